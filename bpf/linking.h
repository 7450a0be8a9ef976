/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_LINKING_H
#define BPFVIEW_LINKING_H

#include "problem.h"

#include <stddef.h>

/* Links BPF object files into one, with libbpf's static linker, and appends that ELF file.  0 or
 * -errno; the words name the file at fault, and with two definitions of one symbol (-EINVAL) the
 * second file and the symbol. */
int linking_join(const char *const *paths, size_t n, struct buf *out, struct problem *why);

#endif
