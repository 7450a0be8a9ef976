// SPDX-License-Identifier: GPL-2.0-or-later
#include "maplane.h"

#include "keyname.h"
#include "mapread_impl.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 1 << 20, ENTRIES = 4096 };

struct entries {
	uint8_t *keys, *values;
	uint32_t n;
};

struct maplane {
	const struct mapedit *map;
	uint32_t room;		/* entries of a batch */
	struct entries filling; /* the caller's */

	pthread_t thread;
	bool threaded, stopping;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool busy;		/* `writing` is the thread's */
	struct entries writing; /* else the caller's */
	uint64_t written;
	int err; /* the first there was; nothing more is written */
	struct problem why;
};

static int make_room(const struct maplane *l, struct entries *e)
{
	e->keys = calloc(l->room, l->map->key_size ? l->map->key_size : 1);
	e->values = calloc(l->room, l->map->value_size ? l->map->value_size : 1);
	return e->keys && e->values ? 0 : -ENOMEM;
}

int maplane_open(const struct mapedit *e, struct maplane **out)
{
	struct maplane *l = calloc(1, sizeof(*l));
	size_t size = e->key_size + e->value_size;
	int err;

	if (!l)
		return -ENOMEM;
	l->map = e;
	l->room = size < BYTES / ENTRIES ? ENTRIES : size < BYTES ? (uint32_t)(BYTES / size) : 1;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	err = make_room(l, &l->filling);
	if (err)
		maplane_close(l);
	else
		*out = l;
	return err;
}

void maplane_close(struct maplane *l)
{
	if (!l)
		return;
	if (l->threaded) {
		pthread_mutex_lock(&l->lock);
		l->stopping = true;
		pthread_cond_broadcast(&l->changed);
		pthread_mutex_unlock(&l->lock);
		pthread_join(l->thread, NULL);
	}
	free(l->filling.keys);
	free(l->filling.values);
	free(l->writing.keys);
	free(l->writing.values);
	problem_free(&l->why);
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* --- writing --- */

static int refused(const struct mapedit *e, const uint8_t *key, int err, struct problem *why)
{
	struct buf name __buf_free = {};

	keyname_encode(e->types.key, key, e->key_size, &name);
	mapedit_explain(e, err, why);
	buf_printf(&why->words, " (key %s)", buf_cstr(&name));
	return err;
}

/* One by one, from the i-th on. */
static int write_each(const struct mapedit *m, const struct entries *e, uint32_t *i,
		      struct problem *why)
{
	for (; *i < e->n; ++*i) {
		const uint8_t *key = e->keys + *i * m->key_size;
		int err =
		    bpf_map_update_elem(m->map.fd, key, e->values + *i * m->value_size, BPF_ANY);

		if (err)
			return refused(m, key, err, why);
	}
	return 0;
}

/* Writes a batch; *done of it are then in the map. */
static int write_batch(const struct mapedit *m, const struct entries *e, uint32_t *done,
		       struct problem *why)
{
	uint32_t count = e->n;
	int err;

	*done = e->n;
	if (!e->n)
		return 0;
	err = bpf_map_update_batch(m->map.fd, e->keys, e->values, &count, NULL);
	if (!err)
		return 0;
	/* whatever was refused, its own update says so once more; none is lost */
	*done = no_batches(err) || count >= e->n ? 0 : count;
	return write_each(m, e, done, why);
}

static void write_now(struct maplane *l, const struct entries *e)
{
	uint32_t done = 0;
	int err = l->err ? l->err : write_batch(l->map, e, &done, &l->why);

	pthread_mutex_lock(&l->lock);
	l->written += done;
	l->err = err;
	pthread_mutex_unlock(&l->lock);
}

static void *run(void *arg)
{
	struct maplane *l = arg;

	pthread_mutex_lock(&l->lock);
	while (!l->stopping) {
		if (!l->busy) {
			pthread_cond_wait(&l->changed, &l->lock);
			continue;
		}
		pthread_mutex_unlock(&l->lock);
		write_now(l, &l->writing);
		pthread_mutex_lock(&l->lock);
		l->busy = false;
		pthread_cond_broadcast(&l->changed);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* Waits for the thread; reports what went wrong. */
static int settle(struct maplane *l, struct problem *why)
{
	int err;

	pthread_mutex_lock(&l->lock);
	while (l->busy)
		pthread_cond_wait(&l->changed, &l->lock);
	err = l->err;
	pthread_mutex_unlock(&l->lock);
	return err ? problem(why, err, NULL, "%s", buf_cstr(&l->why.words)) : 0;
}

static void hand_over(struct maplane *l)
{
	struct entries filled = l->filling;

	pthread_mutex_lock(&l->lock);
	l->filling = l->writing;
	l->filling.n = 0;
	l->writing = filled;
	l->busy = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

int maplane_begin(struct maplane *l, struct problem *why)
{
	int err = settle(l, why);

	if (err)
		return err;
	if (l->threaded) {
		hand_over(l);
		return 0;
	}
	write_now(l, &l->filling);
	l->filling.n = 0;
	return settle(l, why);
}

int maplane_finish(struct maplane *l, struct problem *why)
{
	return settle(l, why);
}

uint64_t maplane_written(struct maplane *l)
{
	uint64_t n;

	pthread_mutex_lock(&l->lock);
	n = l->written;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void maplane_room(struct maplane *l, uint8_t **key, uint8_t **value)
{
	*key = l->filling.keys + l->filling.n * l->map->key_size;
	*value = l->filling.values + l->filling.n * l->map->value_size;
	memset(*value, 0, l->map->value_size);
}

int maplane_add(struct maplane *l, struct problem *why)
{
	if (++l->filling.n < l->room)
		return 0;
	if (!l->threaded && !make_room(l, &l->writing))
		l->threaded = !pthread_create(&l->thread, NULL, run, l);
	return maplane_begin(l, why);
}
