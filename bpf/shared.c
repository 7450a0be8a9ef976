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
	uint64_t key;
	unsigned int users;
	bool dropped;	   /* lives for its users only */
	uint64_t begun_ns; /* when its load began */
	uint64_t cost_ns;
	uint64_t used_ns; /* when it was put back last */
};

/* While a value is unloaded: when it was used last. */
static _Thread_local uint64_t unloading_used_ns;

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

static void unload_value(struct shared *s, struct shared_value **at)
{
	uint64_t outer = unloading_used_ns;
	struct shared_value *v = *at;

	*at = v->next;
	unloading_used_ns = v->used_ns;
	s->unload(v->value);
	unloading_used_ns = outer;
	free(v);
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
		unload_value(s, at);
		freed = true;
	}
	return freed;
}

/* Unloads the value that nobody has used for the longest time while there are too many of them. */
static void limit_idle(struct shared *s)
{
	struct shared_value **oldest;
	unsigned int idle;

	do {
		oldest = NULL;
		idle = 0;
		for (struct shared_value **at = &s->values; *at; at = &(*at)->next) {
			if ((*at)->users)
				continue;
			idle++;
			if (!oldest || (*at)->used_ns < (*oldest)->used_ns)
				oldest = at;
		}
		if (idle > s->most_idle)
			unload_value(s, oldest);
	} while (idle > s->most_idle);
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
static struct shared_value *current_value(struct shared *s, uint64_t key)
{
	struct shared_value *v;

	for (v = s->values; v && (v->dropped || v->key != key); v = v->next)
		;
	if (!v || !s->fresh || s->fresh(v->value, now_ns() - v->begun_ns, v->cost_ns))
		return v;
	v->dropped = true;
	return NULL;
}

static int load_value(struct shared *s, uint64_t key, struct shared_value **out)
{
	struct shared_value *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return -ENOMEM;
	v->begun_ns = now_ns();
	v->key = key;
	err = s->load_key ? s->load_key(key, &v->value) : s->load(&v->value);
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
	return shared_get_key(s, 0, out);
}

int shared_get_key(struct shared *s, uint64_t key, void **out)
{
	struct shared_value *v;
	int err = 0;

	pthread_mutex_lock(&s->lock);
	if (!s->listed)
		enlist(s);
	v = current_value(s, key);
	if (!v) {
		free_unused(s, is_dropped, 0);
		err = load_value(s, key, &v);
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
	uint64_t when = unloading_used_ns ? unloading_used_ns : now_ns();
	struct shared_value *v;

	if (!value)
		return;
	pthread_mutex_lock(&s->lock);
	v = find(s, value);
	v->users--;
	if (v->used_ns < when)
		v->used_ns = when;
	free_unused(s, is_dropped, 0);
	if (s->load_key)
		limit_idle(s);
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
	bool freed, ever_freed = false, loaded;

	do { /* what is freed may have been the last to use another resource */
		freed = loaded = false;
		for (struct shared *s = all; s; s = s->next) {
			pthread_mutex_lock(&s->lock);
			freed |= free_unused(s, is_idle_since, since);
			loaded |= s->values != NULL;
			pthread_mutex_unlock(&s->lock);
		}
		ever_freed |= freed;
	} while (freed);
	if (ever_freed)
		malloc_trim(0);
	return loaded;
}
