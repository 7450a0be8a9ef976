/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_LINK_TARGET_H
#define BPFVIEW_LINK_TARGET_H

#include "target.h"

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>

/*
 * What a link is attached to: a function (of the kernel or of a program, target.h), a cgroup, or a
 * device or all of a network namespace.
 */
enum link_on { LINK_ON_FUNCTION, LINK_ON_CGROUP, LINK_ON_NET };

struct link_target {
	enum link_on on;
	struct target function;
	char cgroup[PATH_MAX]; /* below the root of all: "/user.slice" */
	struct {
		bool ours;		  /* the namespace that we are in; else that of ... */
		char netns[NAME_MAX + 1]; /* ... this name in /run/netns */
		char device[IF_NAMESIZE]; /* "": the link is the namespace's */
	} net;
};

/* 0 with *out, or -errno (-ENOENT: it is attached to no such thing, to none any more, or to one
 * that has no name for us: in a namespace that is not in /run/netns, or a cgroup beyond the root).
 */
int link_target_find(uint32_t link_id, struct link_target *out);

#endif
