// SPDX-License-Identifier: GPL-2.0-or-later
/* Slow jobs, however many, leave threads for others, and are all done in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/workers.h"

#include <semaphore.h>
#include <time.h>

enum { THREADS = 4, JOBS = 9 };

static sem_t gate, slow_done, quick_done;

static void run_slow(struct job *job)
{
	(void)job;
	sem_wait(&gate);
	sem_post(&slow_done);
}

static void run_quick(struct job *job)
{
	(void)job;
	sem_post(&quick_done);
}

static bool comes(sem_t *sem)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	return !sem_timedwait(sem, &until);
}

static void test_slow_jobs_leave_room(void **state)
{
	static struct job slow[JOBS], quick[JOBS];
	int i;

	(void)state;
	workers_init(THREADS);
	sem_init(&gate, 0, 0);
	sem_init(&slow_done, 0, 0);
	sem_init(&quick_done, 0, 0);
	for (i = 0; i < JOBS; i++) {
		slow[i] = (struct job){.run = run_slow, .slow = true};
		workers_submit(&slow[i]);
	}
	for (i = 0; i < JOBS; i++) {
		quick[i] = (struct job){.run = run_quick};
		workers_submit(&quick[i]);
	}
	for (i = 0; i < JOBS; i++)
		assert_true(comes(&quick_done));
	for (i = 0; i < JOBS; i++)
		sem_post(&gate);
	for (i = 0; i < JOBS; i++)
		assert_true(comes(&slow_done));
	workers_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slow_jobs_leave_room),
	};

	return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
