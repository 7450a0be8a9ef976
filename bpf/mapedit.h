/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPEDIT_H
#define BPFVIEW_MAPEDIT_H

#include "map.h"
#include "maptypes.h"
#include "span.h"

/*
 * Single entries of a map, looked up and changed with keys and values as people write them.
 *
 * Keys are as keyname_decode() takes them.  Values are as plan_parse() takes them, and
 *
 *   per CPU       one value for all CPUs; {"cpu0":V,...}, [V,...] or [{"cpu":0,"value":V},...], no
 *                 CPU twice;
 *                 `cpu N VALUE`, which is read, changed and written where the kernel cannot set one
 *                 (before BPF_F_CPU): what a program changes meanwhile on other CPUs is lost then
 *   programs      of a prog_array: what ref_open() takes
 *   maps          of a map of maps: the same
 *   cgroups       of a cgroup_array: a path
 *   sockets       of socket maps: `pid P fd N`, a descriptor of that process
 *   devices       of devmaps: `ifindex` may be a name
 *
 * The keys of task and cgroup storage are thread ids, and cgroups' ids or paths.
 *
 * All functions return 0 or -errno, with words in `why`.
 */
struct mapedit {
	struct map map;
	struct maptypes types;
	size_t key_size;   /* as it is written: of ids where the kernel wants descriptors */
	size_t value_size; /* map_value_bytes() */
};

/* Opens a map, for changing it or (where that is not allowed) only for reading.  -ENOENT: no such
 * map. */
int mapedit_open(uint32_t id, struct mapedit *out, struct problem *why);
void mapedit_close(struct mapedit *e);

/* A key from its name or another spelling; `key` has key_size bytes. */
int mapedit_key(const struct mapedit *e, struct span text, void *key, struct problem *why);

/* Looks up: value has value_size bytes.  -ENOENT: no such entry. */
int mapedit_lookup(const struct mapedit *e, const void *key, void *value, struct problem *why);
/* Whether there is an entry, also where values cannot be read. */
bool mapedit_has(const struct mapedit *e, const void *key);

enum { MAPEDIT_LOCK = 4 /* BPF_F_LOCK */ };

/* Sets a value, or one field of it (".path=V"); flags are BPF_ANY, BPF_EXIST or BPF_NOEXIST, and
 * MAPEDIT_LOCK.  A field is changed under the value's spin lock when it has one. */
int mapedit_update(const struct mapedit *e, const void *key, struct span value, uint64_t flags,
		   struct problem *why);
/* Adds an entry of zeros. */
int mapedit_add(const struct mapedit *e, const void *key, struct problem *why);
int mapedit_delete(const struct mapedit *e, const void *key, struct problem *why);
/* Deletes all entries that can be: *n of them. */
int mapedit_delete_all(const struct mapedit *e, uint64_t *n, struct problem *why);

/* Queues, stacks and bloom filters, which have no keys: puts a value in, looks at the head, takes
 * it off, asks whether a bloom filter may have the value. */
int mapedit_push(const struct mapedit *e, struct span value, struct problem *why);
int mapedit_peek(const struct mapedit *e, void *value, struct problem *why);
int mapedit_pop(const struct mapedit *e, void *value, struct problem *why);
int mapedit_contains(const struct mapedit *e, struct span value, bool *yes, struct problem *why);

/* Says in words why the kernel refused something; returns err. */
int mapedit_explain(const struct mapedit *e, int err, struct problem *why);

/* Appends a value as its file shows it: JSON, or "hex 01 02" without a type. */
void mapedit_render(const struct mapedit *e, const void *value, struct buf *out);

#endif
