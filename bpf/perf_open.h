/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PERF_OPEN_H
#define BPFVIEW_PERF_OPEN_H

#include <linux/perf_event.h>
#include <stdint.h>
#include <sys/types.h>

/* perf_event_open(2), the event not counting yet: a descriptor or -errno.  `attr` needs no size. */
int perf_open(const struct perf_event_attr *attr, pid_t pid, int cpu);

/* Attaches a program to an event by a link, which holds the event from then on, and has it count.
 * Takes over the event's descriptor; a negative one is the error that is returned.  The link's
 * descriptor, or -errno. */
int perf_link(int event, int prog_fd, uint64_t cookie);

#endif
