// SPDX-License-Identifier: GPL-2.0-or-later
#include "intern.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct entry {
	struct entry *next_by_handle;
	struct entry *next_by_name;
	uint64_t parent;
	uint64_t value;
	uint64_t references;
	uint32_t handle;
	char name[];
};

/* Worker threads ask for names while the loop adds and forgets them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *by_handle[BUCKETS], *by_name[BUCKETS];
static uint32_t last_handle, count;

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

static struct entry *add(uint64_t parent, const char *name)
{
	size_t size = strlen(name) + 1;
	struct entry *e = calloc(1, sizeof(*e) + size);

	if (!e)
		return NULL;
	memcpy(e->name, name, size);
	e->parent = parent;
	e->handle = free_handle();
	*find_handle(e->handle) = e;
	*find_name(parent, name) = e;
	count++;
	return e;
}

uint32_t intern(uint64_t parent, const char *name, uint64_t value)
{
	uint32_t handle = 0;
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = *find_name(parent, name);
	if (!e)
		e = add(parent, name);
	if (e) {
		e->value = value;
		e->references++;
		handle = e->handle;
	}
	pthread_mutex_unlock(&lock);
	return handle;
}

int intern_get(uint32_t handle, struct interned *out)
{
	const struct entry *e;

	pthread_mutex_lock(&lock);
	e = *find_handle(handle);
	if (e) {
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
