/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MINCORE_H
#define BPFVIEW_MINCORE_H

#include "problem.h"

#include <bpf/btf.h>
#include <stddef.h>

/*
 * Of a kernel's BTF, what the CO-RE relocations of some BPF object files ask for: some kilobytes
 * that can be shipped with the objects and handed to libbpf as `btf_custom_path` on kernels that
 * have no BTF of their own.  Relocating with it comes to the same as with the whole, except that
 * bpf_core_type_id_kernel() yields a type's number in the smaller BTF.
 *
 * Kept are all types that have the name (and kind) of one asked for, with the members on the way to
 * the fields, enums whole, and of other types no more than their size.
 *
 * Appends the BTF, raw, in the byte order of `kernel`; 0 or -errno, with words that name the file.
 */
int mincore_write(const struct btf *kernel, const char *const *paths, size_t n, struct buf *out,
		  struct problem *why);

#endif
