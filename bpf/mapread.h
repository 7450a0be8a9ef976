/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPREAD_H
#define BPFVIEW_MAPREAD_H

#include "map.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The entries of a map, one after the other, whatever its type: in the kernel's batches where it
 * has them, else key by key, slot by slot, or (task and cgroup storage) owner by owner.
 *
 * While the map changes under the reader
 *
 *   - no key comes twice and the reading ends;
 *   - an entry that stays for the whole time comes, unless mapread_lost() says that the reading was
 * cut short;
 *   - an entry that comes or goes meanwhile may or may not be seen.
 *
 * Hash tables come in batches of whole buckets, in which nothing can come twice.  LPM tries come in
 * an order in which each key can be compared with the last.  Other maps are walked by their keys:
 * when the last key was deleted meanwhile the kernel begins anew, so the walk steps back over the
 * keys before, and what has come is remembered, by fingerprints.
 *
 * Memory: a batch of at most 4096 entries and 1 MiB, or one bucket or entry if that is larger (at
 * most 64 MiB), and for the walk by keys at most 4 MiB of fingerprints (390,000 keys; if a larger
 * map has to be walked anew the reading is cut short).
 */
struct mapread;

struct map_entry {
	const void *key;
	const void *value; /* map_value_bytes() of it; NULL when err is set */
	int err; /* why the kernel refuses the value; -ENOENT: a slot with nothing in it */
};

/* Why maps of this type cannot be listed, in words; NULL when they can. */
const char *mapread_refusal(uint32_t type);

/* Begins to read; `m` must stay open until mapread_close().  0, -EOPNOTSUPP where mapread_refusal()
 * has words, -ENOMEM, or -errno. */
int mapread_open(const struct map *m, struct mapread **out);
void mapread_close(struct mapread *r);

/* The next entry: 1, 0 at the end, -errno.  What *e points to is valid until the next call. */
int mapread_next(struct mapread *r, struct map_entry *e);

/* Size of the keys that come: the map's, but for cgroup storage, where descriptors of cgroups are
 * the keys, 8: their ids are shown instead (uint64_t).  For task storage they are thread ids
 * (int32_t). */
size_t mapread_key_size(const struct mapread *r);

/* How many keys were gone when their value was asked for. */
uint64_t mapread_skipped(const struct mapread *r);
/* Whether the map changed so fast that the reading was cut short. */
bool mapread_lost(const struct mapread *r);

#endif
