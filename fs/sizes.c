// SPDX-License-Identifier: GPL-2.0-or-later
#include "sizes.h"

#include <pthread.h>

enum { SLOTS = 4096, NOT_OPENED = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot {
	uint64_t node;
	uint64_t size;
	uint64_t fingerprint; /* of what the page cache may have */
	bool cached; /* an open file of the node goes through the page cache: the slot stays as it
			is */
} slots[SLOTS];

/* Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4). */
static struct slot *slot_of(uint64_t node)
{
	return &slots[(node * 0x9e3779b97f4a7c15) >> 52];
}

uint64_t size_of(uint64_t node)
{
	const struct slot *s = slot_of(node);
	uint64_t size;

	pthread_mutex_lock(&lock);
	size = s->node == node ? s->size : NOT_OPENED;
	pthread_mutex_unlock(&lock);
	return size;
}

struct size_use size_open(uint64_t node, uint64_t size, uint64_t fingerprint)
{
	struct slot *s = slot_of(node);
	struct size_use use = {};

	pthread_mutex_lock(&lock);
	if (!s->cached) {
		use.cached = size != SIZE_UNKNOWN;
		use.changed = s->node != node || s->size != size;
		use.same =
		    !use.changed && use.cached && fingerprint && s->fingerprint == fingerprint;
		*s = (struct slot){node, size, fingerprint, use.cached};
	}
	pthread_mutex_unlock(&lock);
	return use;
}

void size_close(uint64_t node)
{
	pthread_mutex_lock(&lock);
	slot_of(node)->cached = false;
	pthread_mutex_unlock(&lock);
}
