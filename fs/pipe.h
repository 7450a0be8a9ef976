/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PIPE_H
#define BPFVIEW_PIPE_H

#include "tree.h"

#include <poll.h>

/*
 * Files that block or consume.  All who have the same file open share one source; what comes goes
 * to who has waited longest, as in a kernel pipe.  A blocked reader is an entry in a list, not a
 * thread, and a source is read only while somebody waits for it, so that nothing is consumed that
 * nobody wants.
 *
 * What is written to such a file are options of its source.  They hold for all who read it, from
 * then on, or when nobody does for those who will; with the last reader they are gone.
 */
struct pipe;

/* Who waits; embedded in what the caller needs to answer. */
struct waiter {
	struct waiter *next;
	size_t room; /* most bytes wanted */
	/* Called once, without locks that the caller could need: data, or len 0 and -errno.  The
	 * waiter is the callback's from then on. */
	void (*answer)(struct waiter *w, const char *data, size_t len, int err);
};

/* Opens the pipe at a place for reading, or shares it with who has it open: 0 or -errno. */
int pipe_open(const struct place *p, struct pipe **out);
/* The last to close it ends the source; who still waits (the daemon ends) is answered EIO. */
void pipe_close(struct pipe *pipe);

/* Sets options, for the row's command: see struct pipe_type's `set`. */
int pipe_set(const struct place *p, void *options, struct problem *why);

/* Appends what is there now, at most `room` bytes: 0, -EAGAIN when there is nothing, other -errno.
 */
int pipe_read(struct pipe *pipe, struct buf *out, size_t room);

/* Queues a waiter behind the others. */
void pipe_wait(struct pipe *pipe, struct waiter *w);
/* Takes a waiter back, known by its address only: true when it was still waiting, and is the
 * caller's again; false when it has been answered. */
bool pipe_cancel(const struct waiter *w);

/* Whether a read would find something; if not, and `notify` is not NULL, notify(arg) is called once
 * when it would.  One watch a `key`: a new one replaces it, and drop(arg) is called for one that
 * ends without its notice. */
bool pipe_poll(struct pipe *pipe, const void *key, void (*notify)(void *arg),
	       void (*drop)(void *arg), void *arg);
void pipe_unwatch(struct pipe *pipe, const void *key);

/* Looks at the sources that somebody waits for. */
struct pipes_tick {
	int ms;	     /* until it should be called again; -1: nobody waits */
	bool served; /* somebody has got something */
	size_t nfds; /* of the descriptors that say earlier that it should */
};
struct pipes_tick pipes_tick(struct pollfd *fds, size_t room);

#endif
