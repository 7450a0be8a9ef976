/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SHARED_H
#define BPFVIEW_SHARED_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Expensive things that many readers share: the symbol table, vmlinux BTF, who holds what.
 *
 * A resource is a static `struct shared`, loaded by the first shared_get() and kept until it is
 * stale or has been idle for a while (shared_sweep()).  A stale value that somebody still uses
 * lives until its last user puts it back, next to the fresh one.  Dropping a resource never loses
 * anything.
 *
 * A resource may have a value for each of many keys (load_key and shared_get_key()), such as the
 * ids of objects.
 *
 * load, unload and fresh run under the resource's lock: they may get another resource, never their
 * own.  A value that holds another resource lets go of it in unload; that one then counts as used
 * when its holder was used last.
 */
struct shared_value;

struct shared {
	/* Makes the value (never NULL); returns 0 or -errno. */
	int (*load)(void **out);
	/* The same for a resource with keys, in place of load. */
	int (*load_key)(uint64_t key, void **out);
	/* With keys: how many values to keep that nobody uses. */
	unsigned int most_idle;
	void (*unload)(void *value);
	/* Whether a value whose load began age_ns ago and took cost_ns may still be used; NULL: for
	 * ever. */
	bool (*fresh)(const void *value, uint64_t age_ns, uint64_t cost_ns);

	pthread_mutex_t lock; /* PTHREAD_MUTEX_INITIALIZER */
	struct shared_value *values;
	struct shared *next; /* all that were ever asked for */
	bool listed;
};

/* A reference to the value in *out, loading it when there is none or it is stale.  Whoever else
 * asks meanwhile waits for that one load.  Returns 0, or load's -errno with *out untouched. */
int shared_get(struct shared *s, void **out);
int shared_get_key(struct shared *s, uint64_t key, void **out);

/* Gives a reference back; the value must come from shared_get() of the same resource.  NULL is
 * fine. */
void shared_put(struct shared *s, void *value);

/* Makes the next shared_get() load anew, unless somebody has replaced this value already.  The
 * caller holds a reference to it and still has to put it back. */
void shared_drop(struct shared *s, const void *value);

/* Frees what nobody has used for idle_ns, and gives the memory back to the system; 0 frees
 * everything that is not in use at the moment.  Returns whether anything is still loaded, that is,
 * whether another sweep will be worth while. */
bool shared_sweep(uint64_t idle_ns);

#endif
