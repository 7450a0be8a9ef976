// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct shared_value {
	struct shared_value *next;
	void *value;
	unsigned int users;
	bool dropped;	   /* lives for its users only */
	uint64_t begun_ns; /* when its load began */
	uint64_t cost_ns;
	uint64_t used_ns; /* when it was put back last */
};

/* Resources are only ever added in front, so that a walk needs no lock. */
static _Atomic(struct shared *) all;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

/* With the resource locked, for the first time. */
static void enlist(struct shared *s)
{
	s->listed = true;
	s->next = all;
	while (!atomic_compare_exchange_weak(&all, &s->next, s))
		;
}

/* Unloads all values that `unwanted` picks among those that nobody uses. */
static bool free_unused(struct shared *s, bool (*unwanted)(const struct shared_value *, uint64_t),
			uint64_t arg)
{
	struct shared_value **at = &s->values;
	bool freed = false;

	while (*at) {
		struct shared_value *v = *at;

		if (v->users || !unwanted(v, arg)) {
			at = &v->next;
			continue;
		}
		*at = v->next;
		s->unload(v->value);
		free(v);
		freed = true;
	}
	return freed;
}

static bool is_dropped(const struct shared_value *v, uint64_t arg)
{
	(void)arg;
	return v->dropped;
}

static bool is_idle_since(const struct shared_value *v, uint64_t when)
{
	return v->dropped || v->used_ns <= when;
}

/* The value to hand out, if there is one; a stale one is dropped. */
static struct shared_value *current_value(struct shared *s)
{
	struct shared_value *v;

	for (v = s->values; v && v->dropped; v = v->next)
		;
	if (!v || !s->fresh || s->fresh(v->value, now_ns() - v->begun_ns, v->cost_ns))
		return v;
	v->dropped = true;
	return NULL;
}

static int load_value(struct shared *s, struct shared_value **out)
{
	struct shared_value *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return -ENOMEM;
	v->begun_ns = now_ns();
	err = s->load(&v->value);
	if (err) {
		free(v);
		return err;
	}
	v->cost_ns = now_ns() - v->begun_ns;
	v->next = s->values;
	s->values = v;
	*out = v;
	return 0;
}

int shared_get(struct shared *s, void **out)
{
	struct shared_value *v;
	int err = 0;

	pthread_mutex_lock(&s->lock);
	if (!s->listed)
		enlist(s);
	v = current_value(s);
	if (!v) {
		free_unused(s, is_dropped, 0);
		err = load_value(s, &v);
	}
	if (!err) {
		v->users++;
		*out = v->value;
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

static struct shared_value *find(struct shared *s, const void *value)
{
	struct shared_value *v;

	for (v = s->values; v && v->value != value; v = v->next)
		;
	return v;
}

void shared_put(struct shared *s, void *value)
{
	struct shared_value *v;

	if (!value)
		return;
	pthread_mutex_lock(&s->lock);
	v = find(s, value);
	v->users--;
	v->used_ns = now_ns();
	free_unused(s, is_dropped, 0);
	pthread_mutex_unlock(&s->lock);
}

void shared_drop(struct shared *s, const void *value)
{
	pthread_mutex_lock(&s->lock);
	find(s, value)->dropped = true;
	pthread_mutex_unlock(&s->lock);
}

bool shared_sweep(uint64_t idle_ns)
{
	uint64_t now = now_ns(), since = now > idle_ns ? now - idle_ns : 0;
	bool freed = false, loaded = false;

	for (struct shared *s = all; s; s = s->next) {
		pthread_mutex_lock(&s->lock);
		freed |= free_unused(s, is_idle_since, since);
		loaded |= s->values != NULL;
		pthread_mutex_unlock(&s->lock);
	}
	if (freed)
		malloc_trim(0);
	return loaded;
}
