/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPDUMP_H
#define BPFVIEW_MAPDUMP_H

#include "buf.h"

#include <stddef.h>
#include <stdint.h>

/*
 * All entries of a map as a stream, in one of three forms.
 *
 * DUMP_JSON: an array, an entry a line:
 *
 *   {"key":K,"value":V}
 *   {"key":K,"values":[{"cpu":0,"value":V},...]}  maps with a value for each CPU
 *   {"key":K,"value":V,"inner_map_id":ID}         maps of maps
 *   {"key":K,"value":{"error":"WORDS"}}           what the kernel refuses to show; an empty slot
 *   {"skipped":N}                                 last, when N keys were gone before they were read
 *   {"error":"WORDS"}                             alone, when the type of map cannot be listed;
 * last, when the map changed too fast to be read to its end
 *
 * K and V are typed by the map's BTF, as bpftool's "formatted" values are (typed.h; maptypes.h says
 * what else has a type); without a type they are bpftool's arrays of bytes, ["0x01","0x00"].
 *
 * DUMP_TEXT: `KEY: VALUE`, an entry a line, in the same JSON; `hex 01 00` for bytes without a type;
 * {"cpu0":V,"cpu1":V} (with "hex 01 00" as V) for each CPU; `KEY: <no entry>` for an empty slot and
 * `KEY: <WORDS>` for what is refused.  What is not an entry stands on lines that begin with `#`.
 *
 * DUMP_BIN: key and value, back to back, nothing between or around them; per-CPU values follow each
 * other, each rounded up to 8 bytes.  Keys of cgroup storage are 8 bytes (see mapread.h).  What is
 * refused is left out.
 */
enum dump_form { DUMP_TEXT, DUMP_JSON, DUMP_BIN };

struct mapdump;

/* Begins to dump a map; it is held open until the end is reached or the dump closed.  0, or -errno
 * with *out untouched (-ENOENT: no such map; for DUMP_BIN also -EOPNOTSUPP: the type cannot be
 * listed). */
int mapdump_open(uint32_t id, enum dump_form form, struct mapdump **out);

/* Appends at least `want` bytes to `out` unless the end comes first.  1: there is more; 0: that was
 * the end; -errno.  Memory: that of mapread.h, and the rendering of one entry. */
int mapdump_more(struct mapdump *d, struct buf *out, size_t want);

void mapdump_close(struct mapdump *d);

#endif
