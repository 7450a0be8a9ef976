/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BTF_TYPES_H
#define BPFVIEW_BTF_TYPES_H

#include "buf.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The types of a BTF object that have a name of their own: structs, unions, enums, typedefs and
 * functions.  For split BTF those of its base are left out.
 *
 * A table is made when it is first asked for (some 10 ms for a kernel's BTF) and shared until
 * nobody has used it for a while.  It goes with the parsed BTF, which never changes.
 */
struct btf_types;

/* The table of the BTF object with an id: 0, or -errno (-ENOENT: no such object; what libbpf says
 * to BTF that it cannot read, mostly -EINVAL). */
int btf_types_get(uint32_t btf_id, const struct btf_types **out);
void btf_types_put(const struct btf_types *x);

/* A table of BTF that the caller has parsed, and keeps until btf_types_free().  NULL: no memory. */
struct btf_types *btf_types_new(const struct btf *btf);
void btf_types_free(struct btf_types *x);

const struct btf *btf_types_btf(const struct btf_types *x);

/* The file's name of a type, by the rule of index_file_name(): NAME, or NAME.ID where several types
 * share it.  Replaces what is in `out`. */
void btf_types_name(const struct btf_types *x, uint32_t type_id, struct buf *out);

/* The type with that file name, 0 when there is none. */
uint32_t btf_types_find(const struct btf_types *x, const char *file_name);

/* The first such type with an id above `after`, 0 when there is none. */
uint32_t btf_types_next(const struct btf_types *x, uint32_t after);

#endif
