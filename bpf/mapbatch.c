// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapbatch.h"

#include "keyname.h"
#include "mapread_impl.h"
#include "mapvalue.h"
#include "owner.h"
#include "typed_parse.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 1 << 20, ENTRIES = 4096 };

struct mapbatch {
	const struct mapedit *map;
	bool single; /* entries are written one by one */
	uint8_t *keys, *values;
	uint32_t room, n;
	uint64_t written;
};

int mapbatch_open(const struct mapedit *e, struct mapbatch **out)
{
	struct mapbatch *b = calloc(1, sizeof(*b));
	size_t size = e->key_size + e->value_size;

	if (!b)
		return -ENOMEM;
	b->map = e;
	b->single = mapvalue_is_reference(e->map.info.type) || owner_key_size(e->map.info.type);
	b->room = size < BYTES / ENTRIES ? ENTRIES : size < BYTES ? (uint32_t)(BYTES / size) : 1;
	b->keys = calloc(b->room, e->key_size ? e->key_size : 1);
	b->values = calloc(b->room, e->value_size ? e->value_size : 1);
	if (!b->keys || !b->values) {
		mapbatch_close(b);
		return -ENOMEM;
	}
	*out = b;
	return 0;
}

void mapbatch_close(struct mapbatch *b)
{
	if (!b)
		return;
	free(b->keys);
	free(b->values);
	free(b);
}

uint64_t mapbatch_written(const struct mapbatch *b)
{
	return b->written;
}

static int refused(const struct mapbatch *b, const uint8_t *key, int err, struct problem *why)
{
	const struct mapedit *e = b->map;
	struct buf name __buf_free = {};

	keyname_encode(e->types.key, key, e->key_size, &name);
	switch (err) {
	case -E2BIG:
	case -ENOSPC:
		return problem(why, err, NULL,
			       "key %s does not fit: the map has room for %u entries",
			       buf_cstr(&name), e->map.info.max_entries);
	case -EPERM:
		return problem(why, err, NULL,
			       "key %s: the map is frozen or may not be changed from user space",
			       buf_cstr(&name));
	default:
		return problem(why, err, NULL, "key %s: %s", buf_cstr(&name),
			       strerrordesc_np(err == -524 ? EOPNOTSUPP : -err));
	}
}

/* One by one, from the i-th on. */
static int write_each(struct mapbatch *b, uint32_t i, struct problem *why)
{
	const struct mapedit *e = b->map;

	for (; i < b->n; i++) {
		const uint8_t *key = b->keys + i * e->key_size;
		int err =
		    bpf_map_update_elem(e->map.fd, key, b->values + i * e->value_size, BPF_ANY);

		if (err)
			return refused(b, key, err, why);
		b->written++;
	}
	b->n = 0;
	return 0;
}

int mapbatch_flush(struct mapbatch *b, struct problem *why)
{
	uint32_t done = b->n;
	int err;

	if (!b->n)
		return 0;
	err = bpf_map_update_batch(b->map->map.fd, b->keys, b->values, &done, NULL);
	if (!err) {
		b->written += b->n;
		b->n = 0;
		return 0;
	}
	/* whatever was refused, its own update says so once more; none is lost */
	if (no_batches(err) || done >= b->n) /* the count was not touched */
		done = 0;
	b->written += done;
	return write_each(b, done, why);
}

static int add_single(struct mapbatch *b, struct span key, struct span value, struct problem *why)
{
	const struct mapedit *e = b->map;
	char number[12];
	uint32_t id;
	int err = mapedit_key(e, key, b->keys, why);

	if (err)
		return err;
	/* a reference is dumped as the bytes of an id */
	if (mapvalue_is_reference(e->map.info.type) && *value.at == '[' &&
	    e->map.info.value_size == sizeof(id)) {
		err = bytes_parse(value, &id, sizeof(id), why);
		if (err)
			return err;
		value = span_of(number, (size_t)snprintf(number, sizeof(number), "%u", id));
	}
	err = mapedit_update(e, b->keys, value, BPF_ANY, why);
	if (why && value.at == number)
		why->at = NULL;
	b->written += !err;
	return err;
}

int mapbatch_add(struct mapbatch *b, struct span key, struct span value, struct problem *why)
{
	const struct mapedit *e = b->map;
	struct mapvalue v = {.data = b->values + b->n * e->value_size, .fd = -1};
	int err;

	if (b->single)
		return add_single(b, key, value, why);
	memset(v.data, 0, e->value_size);
	err = mapedit_key(e, key, b->keys + b->n * e->key_size, why);
	if (!err)
		err = mapvalue_parse(e, value, &v, why);
	if (err)
		return err;
	b->n++;
	return b->n == b->room ? mapbatch_flush(b, why) : 0;
}
