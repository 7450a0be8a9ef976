// SPDX-License-Identifier: GPL-2.0-or-later
#include "apart.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

struct call {
	int (*fn)(void *arg);
	void *arg;
	int result;
};

static void *run(void *arg)
{
	struct call *c = arg;

	c->result = c->fn(c->arg);
	return NULL;
}

int apart_run(int (*fn)(void *arg), void *arg)
{
	struct call c = {.fn = fn, .arg = arg};
	sigset_t all, old;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&thread, NULL, run, &c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return err;
	pthread_join(thread, NULL);
	return c.result;
}
