/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPCREATE_H
#define BPFVIEW_MAPCREATE_H

#include "span.h"

#include <stdint.h>

/*
 * Creates a map as words say, those of `bpftool map create` and more, in any order behind the name:
 *
 *   NAME type T key BYTES value BYTES entries N [flags WORD[,WORD]...|NUMBER] [inner_map MAP]
 *        [dev IF] [numa_node N] [map_extra N] [btf map MAP | btf ID key_type T value_type T]
 *        [pin PATH]
 *
 * Sizes that are not given are those of the BTF types.  A map without a pin of its own is pinned as
 * bpfview/NAME, since nothing else would keep it.
 *
 * 0 with *id, and the path of its pin appended to `pinned`; or -errno with words, and no map.
 */
int mapcreate(struct span words, uint32_t *id, struct buf *pinned, struct problem *why);

#endif
