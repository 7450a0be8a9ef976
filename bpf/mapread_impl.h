/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPREAD_IMPL_H
#define BPFVIEW_MAPREAD_IMPL_H

#include "mapread.h"

/* Between mapread.c and the ways it reads maps by. */

/* A walk by keys; see mapread_walk.c. */
struct walk;
/* A search of all tasks or cgroups; see mapread_owners.c. */
struct owners;

struct mapread {
	const struct map *map;
	/* Reads some entries: 1 with `n` of them, 0 at the end, or -errno. */
	int (*fill)(struct mapread *r);
	size_t key_size, value_size;

	uint8_t *keys, *values; /* the entries read last */
	uint32_t cap, n;	/* room for, and there are */
	uint32_t at;		/* the next to be handed out */
	int err;		/* of the one entry there is */

	bool started, ended;
	uint8_t *from, *to; /* a batch's position in the map */
	uint32_t slot;	    /* the next slot of an indexed map */
	struct walk *walk;
	struct owners *owners;

	uint64_t skipped;
	bool lost;
};

/* What BPF_MAP_LOOKUP_BATCH answers where a type of map, or the kernel, does not have it. */
bool no_batches(int err);

/* Looks up the value of the key at `keys` into `values`, as the one entry there is. */
int mapread_lookup(struct mapread *r, const void *key);

int walk_open(struct mapread *r);
int walk_fill(struct mapread *r);
void walk_close(struct walk *w);

int owners_open(struct mapread *r);
int owners_fill(struct mapread *r);
void owners_close(struct owners *o);

#endif
