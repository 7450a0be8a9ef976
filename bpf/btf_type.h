/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BTF_TYPE_H
#define BPFVIEW_BTF_TYPE_H

#include "buf.h"

#include <bpf/btf.h>
#include <stdint.h>

/*
 * Appends one type in C, behind the types that it needs, each member with its offset and size:
 *
 *   struct point {
 *   	short x;		// 0, 2
 *   	short y;		// 2, 2
 *   };				// 4 bytes
 *
 * (as block comments); a bitfield's are `OFFSET:BIT, N bits`.  Offsets are those in the outermost
 * type that has a name.  What a compiler for a 64-bit kernel makes of the text has the same layout
 * as the BTF says: holes that the members' own alignment does not explain are written as members
 * __gapN, packed structs have the attribute.  Types behind pointers are not defined.  Of two types
 * with the same name the one that is needed later gets a suffix, as in libbpf's headers: NAME___2.
 *
 * Takes time in proportion to the types written, not to those in the BTF.  0; -EINVAL for what is
 * no type of the BTF; -E2BIG for one nested too deep; -ENOMEM.
 */
int btf_type_render(const struct btf *btf, uint32_t id, struct buf *out);

#endif
