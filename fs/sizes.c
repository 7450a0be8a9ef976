// SPDX-License-Identifier: GPL-2.0-or-later
#include "sizes.h"

#include <pthread.h>

/* Streams of less than LEAST are made at open.  What is told of one while it is read is a multiple
 * of PAGE, so that the last byte of it is not the first of a page. */
enum { SLOTS = 4096, PAGE = 4096, LEAST = 1 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot {
	uint64_t node;
	uint64_t size;
	uint64_t fingerprint; /* of what the page cache may have */
	uint64_t ended;	      /* of a stream: the size it was last found to have */
	struct timespec since;
	unsigned int open; /* files that were noted: the slot stays the node's */
	bool stream;
} slots[SLOTS];

/* Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4). */
static struct slot *slot_of(uint64_t node)
{
	return &slots[(node * 0x9e3779b97f4a7c15) >> 52];
}

struct size_told size_told(uint64_t node)
{
	const struct slot *s = slot_of(node);
	struct size_told told = {.size = PAGE};

	pthread_mutex_lock(&lock);
	if (s->node == node)
		told = (struct size_told){s->size, s->stream, s->since};
	pthread_mutex_unlock(&lock);
	return told;
}

static void tell(struct slot *s, uint64_t size)
{
	if (s->size != size)
		clock_gettime(CLOCK_REALTIME, &s->since);
	s->size = size;
}

static bool is_larger(const struct slot *s, uint64_t node, uint64_t size)
{
	return size > (s->node == node ? s->size : PAGE);
}

static struct size_use open_stream(struct slot *s, uint64_t node)
{
	struct size_use use = {.noted = true};

	if (s->node != node || !s->stream) {
		use.changed = true;
		use.larger = is_larger(s, node, LEAST);
		*s = (struct slot){.node = node, .ended = LEAST, .open = s->open, .stream = true};
		tell(s, LEAST);
	}
	return use;
}

static struct size_use open_whole(struct slot *s, uint64_t node, uint64_t size,
				  uint64_t fingerprint)
{
	struct size_use use = {.cached = true, .noted = true};

	use.changed = s->node != node || s->stream || s->size != size;
	use.larger = is_larger(s, node, size);
	use.same = !use.changed && fingerprint && s->fingerprint == fingerprint;
	*s = (struct slot){.node = node, .size = size, .fingerprint = fingerprint};
	return use;
}

struct size_use size_open(uint64_t node, uint64_t size, uint64_t fingerprint)
{
	struct slot *s = slot_of(node);
	struct size_use use = {};

	pthread_mutex_lock(&lock);
	if (size == SIZE_UNKNOWN && (!s->open || (s->node == node && s->stream)))
		use = open_stream(s, node);
	else if (size != SIZE_UNKNOWN && !s->open)
		use = open_whole(s, node, size, fingerprint);
	s->open += use.noted;
	pthread_mutex_unlock(&lock);
	return use;
}

void size_close(uint64_t node)
{
	struct slot *s = slot_of(node);

	pthread_mutex_lock(&lock);
	s->open--;
	if (s->stream && !s->open)
		s->size = s->ended;
	pthread_mutex_unlock(&lock);
}

uint64_t size_grow(uint64_t node, uint64_t end)
{
	struct slot *s = slot_of(node);
	uint64_t size;

	pthread_mutex_lock(&lock);
	size = (2 * end / PAGE + 1) * PAGE;
	if (s->node == node && s->stream && s->size < size)
		tell(s, size);
	pthread_mutex_unlock(&lock);
	return size;
}

void size_ended(uint64_t node, uint64_t size)
{
	struct slot *s = slot_of(node);

	pthread_mutex_lock(&lock);
	if (s->node == node && s->stream) {
		tell(s, size);
		s->ended = size;
	}
	pthread_mutex_unlock(&lock);
}
