/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BTFDUMP_H
#define BPFVIEW_BTFDUMP_H

#include "buf.h"

#include <bpf/btf.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A whole BTF object as a stream, in one of four forms:
 *
 *   BTFDUMP_RAW   a type a line, its members on lines of their own, as `bpftool btf dump`
 *   BTFDUMP_JSON  {"types":[...]}, as `bpftool -j btf dump`
 *   BTFDUMP_C     a header, as `bpftool btf dump ... format c`: types in bpftool's order (anonymous
 *                 enums, enums, integers, structs and unions, functions' types, the rest; by name
 * in each), then the kernel functions that programs may call BTFDUMP_BIN   the blob as the kernel
 * has it
 *
 * Of split BTF (a module's) RAW, JSON and BIN have the types that are its own; the header has those
 * of vmlinux too, so that it stands alone.
 */
enum btfdump_form { BTFDUMP_RAW, BTFDUMP_JSON, BTFDUMP_C, BTFDUMP_BIN };

struct btfdump;

/* Begins to dump the BTF object with an id: 0, or -errno with *out untouched (-ENOENT: no such
 * object; but for BIN what libbpf says to BTF that it cannot read, mostly -EINVAL).  The kernel's
 * object is not held open. */
int btfdump_open(uint32_t id, enum btfdump_form form, struct btfdump **out);

/* The same for BTF that the caller has parsed and keeps until the end; not BIN. */
int btfdump_begin(const struct btf *btf, enum btfdump_form form, struct btfdump **out);

/* Appends at least `want` bytes unless the end comes first.  1: there is more; 0: that was the end;
 * -errno.  Memory: of RAW and JSON one type's rendering, of C some 50 bytes a type. */
int btfdump_more(struct btfdump *d, struct buf *out, size_t want);

void btfdump_close(struct btfdump *d);

#endif
