/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_WORKERS_H
#define BPFVIEW_WORKERS_H

#include <stdbool.h>

/*
 * A few threads for what takes longer than a moment, so that the loop that takes requests is always
 * free.  Threads are started as they are needed.
 */
struct job {
	struct job *next;
	void (*run)(struct job *job);
	bool slow; /* may take seconds: half of the threads are kept for other jobs */
};

/* How many threads at most; with 0 workers_submit() runs the job itself. */
void workers_init(unsigned int max);

/* Has job->run(job) called by some thread; the job belongs to it from here on. */
void workers_submit(struct job *job);

/* Waits until all jobs are done, and ends the threads. */
void workers_stop(void);

#endif
