// SPDX-License-Identifier: GPL-2.0-or-later
#include "workers.h"

#include <pthread.h>
#include <stdbool.h>

enum { MAX_THREADS = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct job *head, **tail = &head;
static pthread_t threads[MAX_THREADS];
static unsigned int max, started, idle, queued;
static bool stopping;

void workers_init(unsigned int n)
{
	max = n < MAX_THREADS ? n : MAX_THREADS;
}

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		struct job *job;

		idle++;
		while (!head && !stopping)
			pthread_cond_wait(&work, &lock);
		idle--;
		job = head;
		if (!job)
			break;
		head = job->next;
		if (!head)
			tail = &head;
		queued--;
		pthread_mutex_unlock(&lock);
		job->run(job);
		pthread_mutex_lock(&lock);
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
