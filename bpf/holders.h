/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_HOLDERS_H
#define BPFVIEW_HOLDERS_H

#include "kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Which processes hold which BPF objects through file descriptors.
 *
 * A BPF iterator over all open files, loaded once, fills the table; where it cannot be loaded a
 * walk over /proc/PID/fdinfo gives the same answer.  The table is shared by all readers and kept
 * for a moment only (20 times what it costs to make, at least 5 ms), and never used for an object
 * that is younger than the table.
 *
 * Of this process's own objects only those of its iterators are in the table: the others it has
 * open just to answer somebody.
 */
struct holder {
	pid_t pid;
	char comm[16]; /* of the thread group's leader */
};

struct holders;

/* A table good enough to answer for object `id` of that kind (0: for what existed when the
 * table was made); 0 or -errno. */
int holders_get(enum kind kind, uint32_t id, struct holders **out);
/* The same for all objects that there are now. */
int holders_get_all(struct holders **out);
/* One that is made anew: for what is done because of it. */
int holders_get_now(struct holders **out);
void holders_put(struct holders *h);

/* The holders of one object, ascending by pid, one entry a process; *n is 0 when nobody holds it.
 */
const struct holder *holders_of(const struct holders *h, enum kind kind, uint32_t id, size_t *n);

/* The processes that hold anything, ascending; they live as long as the reference. */
const pid_t *holders_pids(const struct holders *h, size_t *n);

/* Calls fn for each (kind, id) that a process holds, in ascending order; stops when fn returns
 * non-zero and returns that. */
int holders_of_pid(const struct holders *h, pid_t pid,
		   int (*fn)(enum kind kind, uint32_t id, void *arg), void *arg);

/* Which way the table is made: "bpf iterator" or "procfs". */
const char *holders_source(void);

/* Makes all further tables by walking procfs, or no longer so: for tests. */
void holders_force_procfs(bool on);

#endif
