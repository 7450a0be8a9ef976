/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NET_ATTACH_H
#define BPFVIEW_NET_ATTACH_H

#include "net.h"
#include "span.h"

/*
 * Attaches programs to networking, and detaches them.
 *
 * What is attached is held by a link wherever the kernel has links for it, and the link is pinned
 * below bpfview/ in bpffs (pinning.h), since this process does not outlive everything.  Without a
 * link are: classic filters, whose clsact qdisc is made when there is none and goes with the last
 * filter if it was made here; and a program put in the place of one that has no link either.
 *
 * Words come in any order; bpftool's are understood besides.  P is a program as ref_open() takes
 * it, with or without the word `prog` before it; Q a program, or a link if `link` is before it.
 */
#define NET_XDP_WORDS	  "prog P [driver|generic|offload] [overwrite]"
#define NET_CHAIN_WORDS	  "prog P [first|last|before Q|after Q|replace Q|at N]"
#define NET_CLASSIC_WORDS "prog P [prio N] [handle N] [chain N] [protocol WORD|N]"
#define NET_GLOBAL_WORDS  "prog P"
#define NET_NETFILTER_WORDS                                                                        \
	"prog P pf ip|ip6 hook prerouting|input|forward|output|postrouting [priority N] [defrag]"

/* Of detaching: as many as it takes to tell it from others; none where one is attached. */
#define NET_XDP_WHICH	    "[prog P|link N] [driver|generic|offload]"
#define NET_LINK_WHICH	    "[prog P|link N]"
#define NET_CLASSIC_WHICH   "[prog P] [prio N] [handle N] [chain N] [protocol WORD|N]"
#define NET_NETFILTER_WHICH "[prog P|link N] [pf ip|ip6] [hook HOOK] [priority N]"

/* A hook. */
struct net_point {
	const char *netns; /* NULL: the namespace we are in */
	uint32_t ifindex;  /* 0 for hooks of the namespace */
	enum net_hook hook;
};

/* 0 with a line on what was done appended to `done`; or -errno with words, and nothing has
 * changed. */
int net_attach(const struct net_point *at, struct span words, struct buf *done,
	       struct problem *why);

/* The same for detaching.  A link that is not pinned below bpfview/ is somebody else's: -EPERM
 * unless it, or its program, is named by its id.  Pins elsewhere stay, and are of no effect. */
int net_detach(const struct net_point *at, struct span words, struct buf *done,
	       struct problem *why);

/* Detaches one that net_read() found at that hook, whosever it is. */
int net_detach_this(const struct net_point *at, const struct net_attachment *a, struct buf *done,
		    struct problem *why);

#endif
