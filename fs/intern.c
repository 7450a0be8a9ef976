// SPDX-License-Identifier: GPL-2.0-or-later
#include "intern.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

enum { BUCKETS = 4096 };

struct entry {
	struct entry *next_by_handle;
	struct entry *next_by_name;
	TAILQ_ENTRY(entry) by_use; /* unless it is of a folder */
	uint64_t parent;
	uint64_t value;
	uint64_t references;
	uint32_t handle;
	uint32_t used; /* second() of the last use */
	bool folder;
	char name[];
};

/* Worker threads ask for names while the loop adds and forgets them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *by_handle[BUCKETS], *by_name[BUCKETS];
/* The longest unused first. */
static TAILQ_HEAD(names, entry) by_use = TAILQ_HEAD_INITIALIZER(by_use);
static uint32_t last_handle, count;

static uint32_t second(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint32_t)t.tv_sec;
}

/* FNV-1a (Fowler, Noll, Vo). */
static size_t name_bucket(uint64_t parent, const char *name)
{
	uint64_t h = 0xcbf29ce484222325 ^ parent;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return (h ^ h >> 32) % BUCKETS;
}

static struct entry **find_handle(uint32_t handle)
{
	struct entry **at = &by_handle[handle % BUCKETS];

	while (*at && (*at)->handle != handle)
		at = &(*at)->next_by_handle;
	return at;
}

static struct entry **find_name(uint64_t parent, const char *name)
{
	struct entry **at = &by_name[name_bucket(parent, name)];

	while (*at && ((*at)->parent != parent || strcmp((*at)->name, name)))
		at = &(*at)->next_by_name;
	return at;
}

static uint32_t free_handle(void)
{
	do
		last_handle++;
	while (!last_handle || *find_handle(last_handle));
	return last_handle;
}

static void use(struct entry *e)
{
	uint32_t now = second();

	if (e->folder || e->used == now)
		return;
	e->used = now;
	TAILQ_REMOVE(&by_use, e, by_use);
	TAILQ_INSERT_TAIL(&by_use, e, by_use);
}

static struct entry *add(uint64_t parent, const char *name, bool folder)
{
	size_t size = strlen(name) + 1;
	struct entry *e = calloc(1, sizeof(*e) + size);

	if (!e)
		return NULL;
	memcpy(e->name, name, size);
	e->parent = parent;
	e->handle = free_handle();
	e->used = second();
	e->folder = folder;
	if (!folder)
		TAILQ_INSERT_TAIL(&by_use, e, by_use);
	*find_handle(e->handle) = e;
	*find_name(parent, name) = e;
	count++;
	return e;
}

uint32_t intern(uint64_t parent, const char *name, uint64_t value, bool folder)
{
	uint32_t handle = 0;
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = *find_name(parent, name);
	if (!e)
		e = add(parent, name, folder);
	if (e) {
		use(e);
		e->value = value;
		e->references++;
		handle = e->handle;
	}
	pthread_mutex_unlock(&lock);
	return handle;
}

int intern_get(uint32_t handle, struct interned *out)
{
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = *find_handle(handle);
	if (e) {
		use(e);
		out->parent = e->parent;
		out->value = e->value;
		memcpy(out->name, e->name, strlen(e->name) + 1);
	}
	pthread_mutex_unlock(&lock);
	return e ? 0 : -ENOENT;
}

void intern_forget(uint32_t handle, uint64_t times)
{
	struct entry **at, *e;

	pthread_mutex_lock(&lock);
	at = find_handle(handle);
	e = *at;
	if (e && e->references > times) {
		e->references -= times;
	} else if (e) {
		*at = e->next_by_handle;
		*find_name(e->parent, e->name) = e->next_by_name;
		if (!e->folder)
			TAILQ_REMOVE(&by_use, e, by_use);
		count--;
		free(e);
	}
	pthread_mutex_unlock(&lock);
}

uint32_t intern_count(void)
{
	uint32_t n;

	pthread_mutex_lock(&lock);
	n = count;
	pthread_mutex_unlock(&lock);
	return n;
}

size_t intern_unused(uint32_t seconds, struct interned *out, size_t most)
{
	uint32_t now = second();
	struct entry *e;
	size_t n = 0;

	pthread_mutex_lock(&lock);
	while (n < most && (e = TAILQ_FIRST(&by_use)) && now - e->used >= seconds) {
		out[n].parent = e->parent;
		out[n].value = e->value;
		memcpy(out[n++].name, e->name, strlen(e->name) + 1);
		use(e);
	}
	pthread_mutex_unlock(&lock);
	return n;
}
