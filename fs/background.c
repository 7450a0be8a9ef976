// SPDX-License-Identifier: GPL-2.0-or-later
#include "background.h"

#include "../bpf/shared.h"
#include "../bpf/teststage.h"
#include "pipe.h"

#include <malloc.h>
#include <pthread.h>
#include <time.h>

/* Caches are looked at this often, and dropped when unused for that long. */
enum { SWEEP_MS = 10000, IDLE_MS = 30000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_t thread;
static bool stopping, woken;

static struct timespec after_ms(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_nsec -= 1000000000L;
		t.tv_sec++;
	}
	return t;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void sweep(void)
{
	shared_sweep(IDLE_MS * 1000000ULL);
	teststage_sweep();
	malloc_trim(0);
}

static void *background(void *arg)
{
	struct timespec next_sweep = after_ms(SWEEP_MS);

	pthread_mutex_lock(&lock);
	while (!stopping) {
		struct timespec until, now;
		int ms;

		pthread_mutex_unlock(&lock);
		now = after_ms(0);
		if (!is_before(&now, &next_sweep)) {
			sweep();
			next_sweep = after_ms(SWEEP_MS);
		}
		ms = pipes_tick();
		until = ms < 0 ? next_sweep : after_ms(ms);
		if (is_before(&next_sweep, &until))
			until = next_sweep;
		pthread_mutex_lock(&lock);
		while (!stopping && !woken && !pthread_cond_timedwait(&changed, &lock, &until))
			;
		woken = false;
	}
	pthread_mutex_unlock(&lock);
	return arg;
}

int background_start(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	pthread_condattr_destroy(&attr);
	return -pthread_create(&thread, NULL, background, NULL);
}

void background_wake(void)
{
	pthread_mutex_lock(&lock);
	woken = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

void background_stop(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
}
