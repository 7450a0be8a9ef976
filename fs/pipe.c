// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipe.h"

#include "background.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* POLL_ROOM is what is read ahead for poll(2), where no reader has said how much it wants;
 * MOST_UNREAD is how many files' options are kept that nobody reads. */
enum { POLL_ROOM = 4096, MOST_UNREAD = 16 };

struct watch {
	struct watch *next;
	const void *key;
	void (*notify)(void *arg);
	void (*drop)(void *arg);
	void *arg;
};

struct pipe {
	struct pipe *next;
	unsigned int users; /* readers; 0: it only has options for them */
	const struct row *row;
	uint64_t id;
	void *state;
	struct buf pending; /* read, but not handed out yet */
	struct waiter *waiters, **last_waiter;
	struct watch *watches;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pipe *pipes;

static void pipe_free(struct pipe *pipe)
{
	struct pipe **at = &pipes;

	while (*at != pipe)
		at = &(*at)->next;
	*at = pipe->next;
	pipe->row->pipe->close(pipe->state);
	buf_free(&pipe->pending);
	free(pipe);
}

/* Options that nobody has come to read with must not fill the memory: the oldest go. */
static void drop_unread(void)
{
	unsigned int n = 0;

	for (struct pipe *pipe = pipes, *next; pipe; pipe = next) {
		next = pipe->next;
		if (!pipe->users && ++n > MOST_UNREAD)
			pipe_free(pipe);
	}
}

static int pipe_new(const struct place *p, struct pipe **out)
{
	struct pipe *pipe = calloc(1, sizeof(*pipe));
	int err;

	if (!pipe)
		return -ENOMEM;
	err = p->row->pipe->open(p, &pipe->state);
	if (err) {
		free(pipe);
		return err;
	}
	pipe->row = p->row;
	pipe->id = p->id;
	pipe->last_waiter = &pipe->waiters;
	pipe->next = pipes;
	pipes = pipe;
	*out = pipe;
	return 0;
}

static int find_or_make(const struct place *p, struct pipe **out)
{
	for (struct pipe *pipe = pipes; pipe; pipe = pipe->next)
		if (pipe->row == p->row && pipe->id == p->id) {
			*out = pipe;
			return 0;
		}
	return pipe_new(p, out);
}

int pipe_open(const struct place *p, struct pipe **out)
{
	struct pipe *pipe;
	int err;

	pthread_mutex_lock(&lock);
	err = find_or_make(p, &pipe);
	if (!err && !pipe->users && pipe->row->pipe->start) {
		err = pipe->row->pipe->start(pipe->state);
		if (err)
			pipe_free(pipe);
	}
	if (!err) {
		pipe->users++;
		*out = pipe;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int pipe_set(const struct place *p, void *options, struct problem *why)
{
	struct pipe *pipe;
	int err;

	pthread_mutex_lock(&lock);
	err = find_or_make(p, &pipe);
	if (!err)
		err = pipe->row->pipe->set(pipe->state, options, why);
	drop_unread();
	pthread_mutex_unlock(&lock);
	return err;
}

static bool unqueue(struct pipe *pipe, const struct waiter *w)
{
	for (struct waiter **at = &pipe->waiters; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			if (pipe->last_waiter == &w->next)
				pipe->last_waiter = at;
			return true;
		}
	return false;
}

void pipe_close(struct pipe *pipe)
{
	pthread_mutex_lock(&lock);
	if (!--pipe->users) {
		struct waiter *w;

		while ((w = pipe->waiters)) {
			unqueue(pipe, w);
			w->answer(w, NULL, 0, -EIO);
		}
		pipe_free(pipe);
	}
	pthread_mutex_unlock(&lock);
}

/* Makes sure that something is pending: 0, -EAGAIN or another -errno. */
static int fill(struct pipe *pipe, size_t room)
{
	int err;

	if (pipe->pending.len)
		return 0;
	err = pipe->row->pipe->fill(pipe->state, &pipe->pending, room);
	if (!err)
		err = pipe->pending.err;
	return err ? err : pipe->pending.len ? 0 : -EAGAIN;
}

int pipe_read(struct pipe *pipe, struct buf *out, size_t room)
{
	int err;

	pthread_mutex_lock(&lock);
	/* those who have waited longer come first */
	err = pipe->waiters ? -EAGAIN : fill(pipe, room);
	if (!err) {
		size_t n = pipe->pending.len < room ? pipe->pending.len : room;

		buf_add(out, pipe->pending.data, n);
		buf_consume(&pipe->pending, n);
		err = out->err;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

void pipe_wait(struct pipe *pipe, struct waiter *w)
{
	w->next = NULL;
	pthread_mutex_lock(&lock);
	*pipe->last_waiter = w;
	pipe->last_waiter = &w->next;
	pthread_mutex_unlock(&lock);
	background_wake();
}

bool pipe_cancel(const struct waiter *w)
{
	bool found = false;

	pthread_mutex_lock(&lock);
	for (struct pipe *pipe = pipes; pipe && !found; pipe = pipe->next)
		found = unqueue(pipe, w);
	pthread_mutex_unlock(&lock);
	return found;
}

static void unwatch(struct pipe *pipe, const void *key)
{
	for (struct watch **at = &pipe->watches, *w; (w = *at); at = &w->next)
		if (w->key == key) {
			*at = w->next;
			w->drop(w->arg);
			free(w);
			return;
		}
}

void pipe_unwatch(struct pipe *pipe, const void *key)
{
	pthread_mutex_lock(&lock);
	unwatch(pipe, key);
	pthread_mutex_unlock(&lock);
}

bool pipe_poll(struct pipe *pipe, const void *key, void (*notify)(void *arg),
	       void (*drop)(void *arg), void *arg)
{
	struct watch *w = notify ? malloc(sizeof(*w)) : NULL;
	bool ready;

	pthread_mutex_lock(&lock);
	/* an error is something to read, too */
	ready = fill(pipe, POLL_ROOM) != -EAGAIN;
	if (w)
		unwatch(pipe, key);
	if (w && !ready) {
		*w = (struct watch){pipe->watches, key, notify, drop, arg};
		pipe->watches = w;
	}
	pthread_mutex_unlock(&lock);
	if (w && !ready) {
		background_wake();
	} else if (notify) {
		drop(arg);
		free(w);
	}
	return ready;
}

/* Hands out what is there to one waiter after the other.  Returns whether there was something. */
static bool serve(struct pipe *pipe)
{
	struct waiter *w;
	bool served = false;

	while ((w = pipe->waiters)) {
		int err = fill(pipe, w->room);
		size_t n = pipe->pending.len < w->room ? pipe->pending.len : w->room;

		if (err == -EAGAIN)
			return served;
		served = true;
		unqueue(pipe, w);
		w->answer(w, pipe->pending.data, err ? 0 : n, err);
		if (!err)
			buf_consume(&pipe->pending, n);
	}
	if (!pipe->watches || fill(pipe, POLL_ROOM) == -EAGAIN)
		return served;
	while (pipe->watches) {
		struct watch *watch = pipe->watches;

		pipe->watches = watch->next;
		watch->notify(watch->arg);
		free(watch);
	}
	return true;
}

struct pipes_tick pipes_tick(struct pollfd *fds, size_t room)
{
	struct pipes_tick tick = {.ms = -1};

	pthread_mutex_lock(&lock);
	for (struct pipe *pipe = pipes; pipe; pipe = pipe->next) {
		const struct pipe_type *type = pipe->row->pipe;
		int interval = (int)type->interval_ms;

		tick.served |= serve(pipe);
		if (!pipe->waiters && !pipe->watches)
			continue;
		if (tick.ms < 0 || interval < tick.ms)
			tick.ms = interval;
		if (type->fd && tick.nfds < room)
			fds[tick.nfds++] =
			    (struct pollfd){.fd = type->fd(pipe->state), .events = POLLIN};
	}
	pthread_mutex_unlock(&lock);
	return tick;
}
