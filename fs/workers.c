// SPDX-License-Identifier: GPL-2.0-or-later
#include "workers.h"

#include <pthread.h>

enum { MAX_THREADS = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct job *head, **tail = &head;
static pthread_t threads[MAX_THREADS];
static unsigned int max, started, idle, queued, slow;
static bool stopping;

void workers_init(unsigned int n)
{
	max = n < MAX_THREADS ? n : MAX_THREADS;
}

/* The first job that may be begun now, taken off the queue; NULL when there is none. */
static struct job *take(void)
{
	struct job **at = &head, *job;

	while (*at && (*at)->slow && slow >= (max + 1) / 2)
		at = &(*at)->next;
	job = *at;
	if (!job)
		return NULL;
	*at = job->next;
	if (!job->next)
		tail = at;
	queued--;
	return job;
}

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		struct job *job;
		bool is_slow;

		idle++;
		while (!(job = take()) && !stopping)
			pthread_cond_wait(&work, &lock);
		idle--;
		if (!job)
			break;
		is_slow = job->slow;
		slow += is_slow;
		pthread_mutex_unlock(&lock);
		job->run(job);
		pthread_mutex_lock(&lock);
		slow -= is_slow;
	}
	pthread_mutex_unlock(&lock);
	return arg;
}

void workers_submit(struct job *job)
{
	bool taken = true;

	job->next = NULL;
	pthread_mutex_lock(&lock);
	if (queued >= idle && started < max &&
	    !pthread_create(&threads[started], NULL, worker, NULL))
		started++;
	if (started) {
		*tail = job;
		tail = &job->next;
		queued++;
		pthread_cond_signal(&work);
	} else {
		taken = false;
	}
	pthread_mutex_unlock(&lock);
	if (!taken)
		job->run(job);
}

void workers_stop(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_broadcast(&work);
	pthread_mutex_unlock(&lock);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}
