/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NETNS_H
#define BPFVIEW_NETNS_H

#include <stdint.h>

/*
 * Network namespaces by the names that `ip netns` knows them by: mounts in /run/netns.
 *
 * Much of what the kernel tells about networking, it tells of the namespace that the caller is in.
 * So a thread that lives for one question enters the namespace; this process stays where it is,
 * and nothing holds the namespace afterwards.
 */

/* Runs fn(arg) inside the namespace `name` (NULL: in the one we are in) and returns what it
 * returns, or -errno when there is no way in (-ENOENT: no namespace has that name). */
int netns_run(const char *name, int (*fn)(void *arg), void *arg);

/* The same by a descriptor of a namespace (/proc/PID/ns/net). */
int netns_run_in(int ns, int (*fn)(void *arg), void *arg);

/* Takes the calling thread, and those that it starts, into a namespace for good: 0 or -errno. */
int netns_enter(const char *name);

/* 0 when a namespace has that name, else -ENOENT. */
int netns_find(const char *name);

/* Calls fn with each name and the inode number of its namespace's file, in no order, until it
 * returns non-zero, and returns that; else 0 or -errno.  That there are none is no error. */
int netns_each(int (*fn)(const char *name, uint64_t ino, void *arg), void *arg);

/* The inode number of the namespace that this process is in; 0 when that cannot be found out. */
uint64_t netns_own(void);

#endif
