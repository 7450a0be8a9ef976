/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_STRUCT_OPS_H
#define BPFVIEW_STRUCT_OPS_H

#include "doc.h"

#include <stdint.h>

/*
 * What implements an interface of the kernel: maps of type struct_ops, whose value is a struct of
 * functions.  Keys as in `bpftool -j struct_ops`, where one is an array of one; of our own are
 * `state` (what the kernel says, in lower case: init, inuse, tobefree, ready), `functions` (which
 * program is behind which member) and `links` (that register the map, if any).
 *
 * 0 or -errno (-ENOENT: no such map, or none of that type).
 */
int struct_ops_list(enum doc_form form, struct buf *out);
int struct_ops_info(uint32_t map_id, enum doc_form form, struct buf *out);

/* The map's info and the value, as the kernel's BTF lays them out. */
int struct_ops_dump(uint32_t map_id, enum doc_form form, struct buf *out);

/* Appends the ids, as uint32_t, of the links that register a map: 0 or -errno. */
int struct_ops_links(uint32_t map_id, struct buf *ids);

#endif
