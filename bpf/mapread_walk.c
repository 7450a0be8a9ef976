// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapread_impl.h"
#include "seen.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * A walk from key to key.  The kernel finds the next key by the one before; if that was deleted
 * meanwhile it answers with the first key of all, and does not say so.  It shows in a key that has
 * come already.  Then the walk goes on from the key before the last, or the one before that: with
 * one of them still there it goes on where it was.  If all of them are gone it begins anew and
 * passes over what has come.
 */
enum { BEFORE = 16 };

struct walk {
	bool batch;
	bool again;	/* passing over what has come, from the beginning */
	bool under_way; /* with `again`: as far as `cursor` */
	uint8_t *cursor;
	uint8_t *before;   /* the keys that came last, in a ring */
	uint64_t passed;   /* how many keys have come */
	unsigned int back; /* how many of `before` are known to be gone */
	uint64_t steps, most_steps;
	struct seen seen;
};

int walk_open(struct mapread *r)
{
	struct walk *w = calloc(1, sizeof(*w));

	r->walk = w;
	if (!w)
		return -ENOMEM;
	w->batch = r->map->info.type == BPF_MAP_TYPE_LPM_TRIE;
	/* Some types have no limit of entries. */
	w->most_steps = 65536 + 16 * (uint64_t)(r->map->info.max_entries ?: 1 << 20);
	w->cursor = calloc(1, r->key_size);
	w->before = calloc(BEFORE, r->key_size);
	return w->cursor && w->before ? 0 : -ENOMEM;
}

void walk_close(struct walk *w)
{
	if (!w)
		return;
	seen_free(&w->seen);
	free(w->cursor);
	free(w->before);
	free(w);
}

static uint8_t *key_before(const struct mapread *r, unsigned int back)
{
	struct walk *w = r->walk;

	return w->before + (w->passed - 1 - back) % BEFORE * r->key_size;
}

/*
 * Whether key `a` comes before `b` in a walk over an LPM trie (from linux/bpf.h: a prefix length in
 * bits, then the bits, most significant first): longer prefixes before those that hold them, 0
 * before 1.
 */
static bool lpm_precedes(const uint8_t *a, const uint8_t *b, size_t key_size)
{
	uint32_t max = (uint32_t)(key_size - sizeof(uint32_t)) * 8, a_bits, b_bits, shorter;

	memcpy(&a_bits, a, sizeof(a_bits));
	memcpy(&b_bits, b, sizeof(b_bits));
	shorter = a_bits < b_bits ? a_bits : b_bits;
	a += sizeof(a_bits);
	b += sizeof(b_bits);
	for (uint32_t i = 0; i < shorter && i < max; i++) {
		uint8_t differ = (a[i / 8] ^ b[i / 8]) & 0x80 >> i % 8;

		if (differ)
			return b[i / 8] & differ;
		if (!(i % 8) && a[i / 8] == b[i / 8])
			i += 7;
	}
	return a_bits > b_bits;
}

static bool has_come(const struct mapread *r, const uint8_t *key)
{
	const struct walk *w = r->walk;

	if (!w->passed)
		return false;
	if (r->map->info.type == BPF_MAP_TYPE_LPM_TRIE)
		return !lpm_precedes(key_before(r, 0), key, r->key_size);
	return seen_has(&w->seen, key, r->key_size);
}

/* The walk has come to a key: it goes on from here. */
static void pass(struct mapread *r, const uint8_t *key)
{
	struct walk *w = r->walk;

	w->passed++;
	memcpy(key_before(r, 0), key, r->key_size);
	w->again = false;
	w->back = 0;
}

/* The key, and the value unless it came with the key; returns whether there is an entry. */
static bool keep(struct mapread *r, uint32_t kept, uint32_t i)
{
	struct walk *w = r->walk;
	uint8_t *key = r->keys + kept * r->key_size;

	if (kept != i) {
		memcpy(key, r->keys + i * r->key_size, r->key_size);
		memcpy(r->values + kept * r->value_size, r->values + i * r->value_size,
		       r->value_size);
	}
	pass(r, key);
	if (!w->batch && mapread_lookup(r, key) == -ENOENT) {
		r->skipped++;
		return false;
	}
	/* Without room for it a restart further on cannot be survived; see step_back(). */
	if (r->map->info.type != BPF_MAP_TYPE_LPM_TRIE)
		(void)seen_add(&w->seen, key, r->key_size);
	return true;
}

/* Reads the keys behind `from` (NULL: the first) into `keys`: 0 with their number in n, or -errno.
 */
static int fetch(struct mapread *r, const void *from, uint32_t *n)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	struct walk *w = r->walk;
	int err;

	if (w->batch) {
		*n = r->cap;
		err = bpf_map_lookup_batch(r->map->fd, (void *)from, r->to, r->keys, r->values, n,
					   &opts);
		/* Older kernels have no batches here, or break off where a key is gone. */
		if (!no_batches(err) && err != -EINTR) {
			r->ended = err == -ENOENT;
			return r->ended ? 0 : err;
		}
		w->batch = false;
	}
	err = bpf_map_get_next_key(r->map->fd, from, r->keys);
	r->ended = err == -ENOENT;
	*n = !err;
	return r->ended ? 0 : err;
}

/* Where the next keys are to be read from. */
static const void *position(const struct mapread *r)
{
	const struct walk *w = r->walk;

	if (w->again)
		return w->under_way ? w->cursor : NULL;
	return w->passed ? key_before(r, w->back) : NULL;
}

/* The kernel has begun anew; false when there is no way on. */
static bool step_back(struct mapread *r)
{
	struct walk *w = r->walk;

	if (++w->back < BEFORE && w->back < w->passed)
		return true;
	w->again = true;
	w->under_way = false;
	/* What has come must be known to be passed over. */
	return !w->seen.full;
}

/* Keeps those of n entries that are new, as far as they follow on each other; returns how many. */
static uint32_t keep_new(struct mapread *r, uint32_t n)
{
	struct walk *w = r->walk;
	uint32_t kept = 0, i;

	for (i = 0; i < n; i++) {
		const uint8_t *key = r->keys + i * r->key_size;

		if (!has_come(r, key)) {
			kept += keep(r, kept, i);
		} else if (w->again) {
			memcpy(w->cursor, key, r->key_size);
			w->under_way = true;
		} else {
			break;
		}
	}
	if (i < n) {
		r->ended = false;
		/* With new keys before it the walk simply goes on from the last of them. */
		if (!i && !step_back(r))
			r->lost = r->ended = true;
	}
	return kept;
}

int walk_fill(struct mapread *r)
{
	struct walk *w = r->walk;
	uint32_t n;
	int err;

	while (!r->ended) {
		err = fetch(r, position(r), &n);
		if (err)
			return err;
		w->steps += n + 1;
		if (w->steps > w->most_steps) {
			r->lost = r->ended = true;
			return 0;
		}
		r->n = keep_new(r, n);
		r->at = 0;
		if (r->n)
			return 1;
	}
	return 0;
}
