/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_DEADLINE_H
#define BPFVIEW_DEADLINE_H

#include <signal.h>
#include <time.h>

/*
 * A limit of time for a system call that would go on for as long as it was told to: behind it the
 * calling thread gets a signal (SIGRTMAX, which does nothing else) again and again, so that the
 * call returns EINTR.
 */
struct deadline {
	timer_t timer;
	sigset_t before;
};

/* 0 or -errno; every success is followed by an end, in the same thread. */
int deadline_begin(struct deadline *d, unsigned int ms);
void deadline_end(struct deadline *d);

#endif
