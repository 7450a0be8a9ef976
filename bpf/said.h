/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SAID_H
#define BPFVIEW_SAID_H

#include "problem.h"

/*
 * What libbpf says while it works, the verifier's log among it.  libbpf has one callback for the
 * whole process; these are the words of the calling thread alone, since it began to listen.  Nobody
 * else hears them: without a listener libbpf is silent.
 */
struct said {
	struct buf text;    /* lines, without libbpf's name in front of each */
	bool debug;	    /* also what only somebody who looks for a fault wants to know */
	struct said *outer; /* who listens again afterwards */
};

/* Between the two, in one thread; pairs may be nested, the inner one hears.  Zero-initialise; text
 * is added to what is there. */
void said_begin(struct said *s);
void said_end(struct said *s);

/* Says as problem_errno() what failed, and behind it, line by line, what libbpf said of it.
 * Returns err, or the errno that comes nearest to one of libbpf's or the kernel's own. */
int said_problem(const struct said *s, struct problem *why, int err, const char *at,
		 const char *what);

void said_free(struct said *s);

/* Takes libbpf's callback; done before main(). */
void said_route(void);

#endif
