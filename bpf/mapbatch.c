// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapbatch.h"

#include "maplane.h"
#include "mapvalue.h"
#include "owner.h"
#include "typed_parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 2 };

struct mapbatch {
	const struct mapedit *map;
	bool single; /* entries are written one by one */
	uint8_t *key;
	uint64_t written; /* of those */
	struct maplane *lanes[LANES];
};

int mapbatch_open(const struct mapedit *e, struct mapbatch **out)
{
	struct mapbatch *b = calloc(1, sizeof(*b));
	int err = b ? 0 : -ENOMEM;

	if (err)
		return err;
	b->map = e;
	b->single = mapvalue_is_reference(e->map.info.type) || owner_key_size(e->map.info.type);
	b->key = calloc(1, e->key_size ? e->key_size : 1);
	if (!b->key)
		err = -ENOMEM;
	for (unsigned int i = 0; !err && !b->single && i < LANES; i++)
		err = maplane_open(e, &b->lanes[i]);
	if (err)
		mapbatch_close(b);
	else
		*out = b;
	return err;
}

void mapbatch_close(struct mapbatch *b)
{
	if (!b)
		return;
	for (unsigned int i = 0; i < LANES; i++)
		maplane_close(b->lanes[i]);
	free(b->key);
	free(b);
}

uint64_t mapbatch_written(const struct mapbatch *b)
{
	uint64_t n = b->written;

	for (unsigned int i = 0; !b->single && i < LANES; i++)
		n += maplane_written(b->lanes[i]);
	return n;
}

int mapbatch_flush(struct mapbatch *b, struct problem *why)
{
	int err = 0;

	for (unsigned int i = 0; !err && !b->single && i < LANES; i++)
		err = maplane_begin(b->lanes[i], why);
	for (unsigned int i = 0; !err && !b->single && i < LANES; i++)
		err = maplane_finish(b->lanes[i], why);
	return err;
}

static int add_single(struct mapbatch *b, struct span key, struct span value, struct problem *why)
{
	const struct mapedit *e = b->map;
	char number[12];
	uint32_t id;
	int err = mapedit_key(e, key, b->key, why);

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
	err = mapedit_update(e, b->key, value, BPF_ANY, why);
	if (why && value.at == number)
		why->at = NULL;
	b->written += !err;
	return err;
}

/* A key always takes the same lane: of several values for it the last one wins.  (Multiplicative
 * hashing, Knuth, The Art of Computer Programming 3, 6.4.) */
static struct maplane *lane_of(struct mapbatch *b)
{
	uint64_t h = 0;

	for (size_t i = 0; i < b->map->key_size; i++)
		h = (h ^ b->key[i]) * 0x9e3779b97f4a7c15;
	return b->lanes[(h >> 32) % LANES];
}

int mapbatch_add(struct mapbatch *b, struct span key, struct span value, struct problem *why)
{
	const struct mapedit *e = b->map;
	struct mapvalue v = {.fd = -1};
	struct maplane *lane;
	uint8_t *room;
	int err;

	if (b->single)
		return add_single(b, key, value, why);
	err = mapedit_key(e, key, b->key, why);
	if (err)
		return err;
	lane = lane_of(b);
	maplane_room(lane, &room, &v.data);
	memcpy(room, b->key, e->key_size);
	err = mapvalue_parse(e, value, &v, why);
	return err ? err : maplane_add(lane, why);
}
