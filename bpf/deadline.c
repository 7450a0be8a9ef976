// SPDX-License-Identifier: GPL-2.0-or-later
#include "deadline.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

/* timer_create(2); not every C library has a name for the member */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Again, since the first may come just before the call. */
enum { AGAIN_MS = 100 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void ignore(int number)
{
	(void)number;
}

static void take_signal(void)
{
	struct sigaction action = {.sa_handler = ignore};

	sigaction(SIGRTMAX, &action, NULL);
}

int deadline_begin(struct deadline *d, unsigned int ms)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMAX};
	struct itimerspec when = {.it_value = {ms / 1000, ms % 1000 * 1000000L},
				  .it_interval = {0, AGAIN_MS * 1000000L}};
	sigset_t let_in;

	pthread_once(&once, take_signal);
	event.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &d->timer))
		return -errno;
	sigemptyset(&let_in);
	sigaddset(&let_in, SIGRTMAX);
	pthread_sigmask(SIG_UNBLOCK, &let_in, &d->before);
	timer_settime(d->timer, 0, &when, NULL);
	return 0;
}

void deadline_end(struct deadline *d)
{
	timer_delete(d->timer);
	pthread_sigmask(SIG_SETMASK, &d->before, NULL);
}
