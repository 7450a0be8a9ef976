/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NET_ATTACH_IMPL_H
#define BPFVIEW_NET_ATTACH_IMPL_H

#include "net_attach.h"
#include "netlink.h"
#include "verb.h"

#include <bpf/bpf.h>
#include <stddef.h>
#include <stdint.h>

/* For numbers that may be anything. */
#define NET_UNSAID UINT64_MAX

/* Another of a chain: one of the two, or none. */
struct net_other {
	const char *at;
	uint32_t prog_id, link_id;
};

/* A command's words, understood. */
struct net_wish {
	int prog_fd;	     /* -1: no program was said */
	uint32_t prog_id;    /* 0: none */
	uint32_t link_id;    /* of one to be detached; 0: none was said */
	const char *prog_at; /* where they stand in the text, or NULL */
	bool by_id;	     /* as a number */
	bool driver, generic, offload, overwrite;
	bool first, last;
	struct net_other before, after, replace;
	uint64_t position;
	struct {
		uint64_t prio, handle, chain, protocol;
		bool direct;
	} tc;
	struct {
		uint32_t pf;	  /* 0: not said */
		struct span hook; /* its name: its number depends on the family */
		int64_t prio;	  /* INT64_MAX: not said */
		bool defrag;
	} netfilter;
};

#define NET_NOTHING                                                                                \
	{                                                                                          \
		.prog_fd = -1, .position = NET_UNSAID,                                             \
		.tc = {NET_UNSAID, NET_UNSAID, NET_UNSAID, NET_UNSAID},                            \
		.netfilter.prio = INT64_MAX,                                                       \
	}

/* A command being done. */
struct net_change {
	const struct net_point *at;
	struct net_wish wish;
	struct net net;			     /* what is there, once in the namespace */
	struct netlink *route;		     /* classic filters */
	struct buf name;		     /* of the program to be attached */
	const struct net_attachment *chosen; /* to be detached, when no words say it */
	struct buf *done;
	struct problem *why;
};

/* Clauses fill a struct net_wish. */
#define NET_AT(member) offsetof(struct net_wish, member)

/* The last clause: the program, or when it is to be detached also its link. */
#define NET_PROGRAM                                                                                \
	{                                                                                          \
		"prog P", net_take_program, 0, CLAUSE_OTHER                                        \
	}
#define NET_ATTACHED                                                                               \
	{                                                                                          \
		"prog P|link L", net_take_attached, 0, CLAUSE_OTHER                                \
	}
int net_take_program(struct span *words, void *to, struct problem *why);
int net_take_attached(struct span *words, void *to, struct problem *why);
extern const struct clause net_program_only[], net_attached_only[];

/* How programs come to a hook, and go from it. */
struct net_hook_type {
	uint32_t prog_type;
	const struct clause *attach_words, *detach_words;
	/* Both run in the namespace.  0, or -errno with words; what was done is in c->done. */
	int (*attach)(struct net_change *c);
	/* One that has no link; NULL where all have. */
	int (*detach)(struct net_change *c, const struct net_attachment *a);
	/* What an error of the kernel's means at this hook, NULL when nothing special. */
	const char *(*meaning)(int err);
};

extern const struct net_hook_type net_xdp, net_chain, net_classic, net_flow_dissector,
    net_netfilter, net_sk_lookup;

/* Makes a link, pins it, and says so.  0 or -errno, with words. */
int net_make_link(struct net_change *c, int target, enum bpf_attach_type type,
		  const struct bpf_link_create_opts *opts);
/* Gives a link another program. */
int net_update_link(struct net_change *c, const struct net_attachment *a);

/* Words for what the kernel refuses: its own, if it has said any, else the hook's or those for err;
 * with what is attached if that is in the way.  Returns err. */
int net_refused(struct net_change *c, int err, const char *said);

/* Appends all that is attached: "12 count (xdp/driver, link 7), ...". */
void net_say_all(const struct net *net, struct buf *out);

/* The XDP_FLAGS_*_MODE that a program runs in, and that words say (0: none). */
uint32_t net_xdp_flag(const struct net_attachment *a);
uint32_t net_xdp_wish(const struct net_wish *w);

#endif
