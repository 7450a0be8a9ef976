// SPDX-License-Identifier: GPL-2.0-or-later
#include "seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Every bit of v decides about every bit of the result. */
static uint64_t mix(uint64_t v)
{
	v ^= v >> 32;
	v *= 0xd6e8feb86659fd93;
	v ^= v >> 32;
	v *= 0xd6e8feb86659fd93;
	return v ^ v >> 32;
}

static uint64_t fingerprint(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t hash = n + 1, part;

	for (; n; n -= n < 8 ? n : 8, at += 8) {
		part = 0;
		memcpy(&part, at, n < 8 ? n : 8);
		hash = mix(hash * 31 + part);
	}
	return hash ? hash : 1;
}

/* Where a fingerprint is, or belongs. */
static uint64_t *slot_of(const struct seen *s, uint64_t print)
{
	size_t i = print & (s->nslots - 1);

	while (s->slots[i] && s->slots[i] != print)
		i = (i + 1) & (s->nslots - 1);
	return &s->slots[i];
}

bool seen_has(const struct seen *s, const void *bytes, size_t n)
{
	return s->nslots && *slot_of(s, fingerprint(bytes, n));
}

static int grow(struct seen *s)
{
	struct seen more = {.nslots = s->nslots ? s->nslots * 2 : 1024, .used = s->used};

	if (more.nslots > SEEN_MAX_SLOTS)
		return -E2BIG;
	more.slots = calloc(more.nslots, sizeof(*more.slots));
	if (!more.slots)
		return -ENOMEM;
	for (size_t i = 0; i < s->nslots; i++)
		if (s->slots[i])
			*slot_of(&more, s->slots[i]) = s->slots[i];
	free(s->slots);
	*s = more;
	return 0;
}

int seen_add(struct seen *s, const void *bytes, size_t n)
{
	uint64_t print = fingerprint(bytes, n), *slot;
	int err = s->used >= s->nslots / 4 * 3 ? grow(s) : 0;

	if (err) {
		s->full = true;
		return err;
	}
	slot = slot_of(s, print);
	s->used += !*slot;
	*slot = print;
	return 0;
}

void seen_free(struct seen *s)
{
	free(s->slots);
	*s = (struct seen){};
}
