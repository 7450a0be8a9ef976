// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapread_impl.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH_ENTRIES = 4096,
	BATCH_BYTES = 1 << 20,
	BUCKET_BYTES = 64 << 20, /* more than that in one bucket is given up */
	ENOTSUPP = 524,		 /* the kernel's own, in no header of user space */
};

const char *mapread_refusal(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_QUEUE:
		return "a queue shows only its head; to list the rest would take it off";
	case BPF_MAP_TYPE_STACK:
		return "a stack shows only its top; to list the rest would take it off";
	case BPF_MAP_TYPE_BLOOM_FILTER:
		return "a bloom filter keeps no values; it can only be asked whether it contains "
		       "one";
	case BPF_MAP_TYPE_RINGBUF:
		return "what is pending in a ring buffer cannot be read without consuming it";
	case BPF_MAP_TYPE_USER_RINGBUF:
		return "what is pending in a user ring buffer is for BPF programs to read";
	case BPF_MAP_TYPE_ARENA:
		return "an arena has no entries: it is memory that programs and processes share";
	case BPF_MAP_TYPE_SK_STORAGE:
		return "the kernel does not list the sockets that have a value here";
	case BPF_MAP_TYPE_INODE_STORAGE:
		return "the kernel does not list the inodes that have a value here";
	default: return NULL;
	}
}

bool no_batches(int err)
{
	return err == -EINVAL || err == -ENOTSUPP || err == -EOPNOTSUPP;
}

int mapread_lookup(struct mapread *r, const void *key)
{
	r->err = bpf_map_lookup_elem(r->map->fd, key, r->values);
	r->at = 0;
	r->n = 1;
	return r->err;
}

/* Makes room for entries, losing those that are there. */
static int make_room(struct mapread *r, uint32_t cap)
{
	free(r->keys);
	free(r->values);
	r->keys = calloc(cap, r->key_size);
	r->values = calloc(cap, r->value_size);
	if (!r->keys || !r->values)
		return -ENOMEM;
	r->cap = cap;
	return 0;
}

/* The keys of an indexed map are known: each is looked up. */
static int fill_slots(struct mapread *r)
{
	uint32_t type = r->map->info.type;
	/* An empty slot of these is no entry, to bpftool too. */
	bool sparse = type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS;

	while (r->slot < r->map->info.max_entries) {
		memcpy(r->keys, &r->slot, sizeof(r->slot));
		r->slot++;
		if (mapread_lookup(r, r->keys) != -ENOENT || !sparse)
			return 1;
	}
	return 0;
}

/* A bucket that does not fit is refused, and asked for again with more room. */
static int more_room(struct mapread *r)
{
	if (r->cap * (r->key_size + r->value_size) > BUCKET_BYTES / 2)
		return -E2BIG;
	return make_room(r, r->cap * 2);
}

/* Arrays, whose keys never go, and hash tables, whose batches are whole buckets. */
static int fill_batch(struct mapread *r)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	uint8_t *from = r->from;
	int err;

	if (r->ended)
		return 0;
	for (;;) {
		r->n = r->cap;
		err = bpf_map_lookup_batch(r->map->fd, r->started ? from : NULL, r->to, r->keys,
					   r->values, &r->n, &opts);
		if (err != -ENOSPC)
			break;
		err = more_room(r);
		if (err)
			return err;
	}
	if (err && err != -ENOENT)
		return err;
	r->from = r->to;
	r->to = from;
	r->started = true;
	r->ended = err == -ENOENT || !r->n;
	r->at = 0;
	return r->n > 0;
}

/* The first batch tells whether the kernel has them for this map. */
static int fill_first(struct mapread *r)
{
	int err = fill_batch(r);

	if (!no_batches(err)) {
		r->fill = fill_batch;
		return err;
	}
	if (map_type_is_indexed(r->map->info.type)) {
		r->fill = fill_slots;
	} else {
		err = walk_open(r);
		if (err)
			return err;
		r->fill = walk_fill;
	}
	return r->fill(r);
}

/* How the map is read; sets `fill`, and `key_size` where it is not the map's. */
static int choose(struct mapread *r)
{
	switch (r->map->info.type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY: r->fill = fill_first; return 0;
	case BPF_MAP_TYPE_CGRP_STORAGE: r->key_size = sizeof(uint64_t); /* fall through */
	case BPF_MAP_TYPE_TASK_STORAGE: r->fill = owners_fill; return owners_open(r);
	default: break;
	}
	if (map_type_is_indexed(r->map->info.type)) {
		r->fill = fill_slots;
		return 0;
	}
	r->fill = walk_fill;
	return walk_open(r);
}

/* How many entries to read at a time. */
static uint32_t batch_size(const struct mapread *r)
{
	size_t n = BATCH_BYTES / (r->key_size + r->value_size);
	bool single = r->fill == owners_fill || r->fill == fill_slots;

	if (n > BATCH_ENTRIES)
		n = BATCH_ENTRIES;
	if (n > r->map->info.max_entries)
		n = r->map->info.max_entries;
	return single || !n ? 1 : (uint32_t)n;
}

int mapread_open(const struct map *m, struct mapread **out)
{
	size_t position = m->info.key_size < sizeof(uint32_t) ? sizeof(uint32_t) : m->info.key_size;
	struct mapread *r;
	int err;

	if (mapread_refusal(m->info.type) || !m->info.key_size || !m->info.value_size)
		return -EOPNOTSUPP;
	if (map_type_is_indexed(m->info.type) && m->info.key_size != sizeof(uint32_t))
		return -EOPNOTSUPP;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->map = m;
	r->key_size = m->info.key_size;
	r->value_size = map_value_bytes(&m->info);
	r->from = calloc(1, position);
	r->to = calloc(1, position);
	err = r->from && r->to ? choose(r) : -ENOMEM;
	if (!err)
		err = make_room(r, batch_size(r));
	if (err) {
		mapread_close(r);
		return err;
	}
	*out = r;
	return 0;
}

void mapread_close(struct mapread *r)
{
	if (!r)
		return;
	walk_close(r->walk);
	owners_close(r->owners);
	free(r->keys);
	free(r->values);
	free(r->from);
	free(r->to);
	free(r);
}

int mapread_next(struct mapread *r, struct map_entry *e)
{
	if (r->at == r->n) {
		int got = r->fill(r);

		if (got <= 0) {
			r->at = r->n = 0;
			return got;
		}
	}
	e->key = r->keys + r->at * r->key_size;
	e->value = r->err ? NULL : r->values + r->at * r->value_size;
	e->err = r->err;
	r->at++;
	return 1;
}

size_t mapread_key_size(const struct mapread *r)
{
	return r->key_size;
}

uint64_t mapread_skipped(const struct mapread *r)
{
	return r->skipped;
}

bool mapread_lost(const struct mapread *r)
{
	return r->lost;
}
