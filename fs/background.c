// SPDX-License-Identifier: GPL-2.0-or-later
#include "background.h"

#include "../bpf/shared.h"
#include "../bpf/object.h"
#include "../bpf/teststage.h"
#include "pipe.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Caches are looked at this often, and dropped when unused for that long.  Of pipes' descriptors
 * beyond MOST_FDS is not waited for: there are intervals, too. */
enum { SWEEP_MS = 10000, IDLE_MS = 30000, MOST_FDS = 63 };

static int wake_fd = -1; /* an eventfd */
static atomic_bool stopping;
static pthread_t thread;
static int (*chore)(void);

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

static int ms_until(const struct timespec *t)
{
	struct timespec now = after_ms(0);
	int64_t ms =
	    (t->tv_sec - now.tv_sec) * INT64_C(1000) + (t->tv_nsec - now.tv_nsec) / 1000000;

	return ms > 0 ? (int)ms : 0;
}

static void sweep(void)
{
	shared_sweep(IDLE_MS * 1000000ULL);
	teststage_sweep();
	objects_sweep();
	malloc_trim(0);
}

/* The first of the descriptors is ours.  Returns whether another one was the reason to look. */
static bool wait(struct pollfd *fds, size_t n, int ms)
{
	int ready = poll(fds, n, ms);

	if (ready > 0 && fds[0].revents) {
		eventfd_read(wake_fd, &(eventfd_t){0});
		ready--;
	}
	return ready > 0;
}

static int least(int ms, int other)
{
	return other >= 0 && other < ms ? other : ms;
}

static void *background(void *arg)
{
	struct timespec next_sweep = after_ms(SWEEP_MS), next_chore = next_sweep;
	struct pollfd fds[1 + MOST_FDS] = {{.fd = wake_fd, .events = POLLIN}};
	bool called = false;

	while (!stopping) {
		struct pipes_tick tick;
		int ms;

		if (!ms_until(&next_sweep)) {
			sweep();
			next_sweep = after_ms(SWEEP_MS);
		}
		if (!ms_until(&next_chore))
			next_chore = after_ms(least(SWEEP_MS, chore()));
		tick = pipes_tick(fds + 1, MOST_FDS);
		ms = least(ms_until(&next_sweep), ms_until(&next_chore));
		/* a descriptor that called for nothing (a record is not complete) would do so
		 * without end */
		called =
		    wait(fds, 1 + (called && !tick.served ? 0 : tick.nfds), least(ms, tick.ms));
	}
	return arg;
}

int background_start(int (*chore_)(void))
{
	chore = chore_;
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return wake_fd < 0 ? -errno : -pthread_create(&thread, NULL, background, NULL);
}

void background_wake(void)
{
	eventfd_write(wake_fd, 1);
}

void background_end(void)
{
	stopping = true;
	background_wake();
}

bool background_has_ended(void)
{
	if (pthread_tryjoin_np(thread, NULL))
		return false;
	close(wake_fd);
	return true;
}
