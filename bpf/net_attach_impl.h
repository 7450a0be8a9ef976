/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NET_ATTACH_IMPL_H
#define BPFVIEW_NET_ATTACH_IMPL_H

#include "net_attach.h"
#include "netlink.h"

#include <bpf/bpf.h>

/* What can be said once in a command. */
enum net_word {
	SAYS_MODE,
	SAYS_OVERWRITE,
	SAYS_ORDER,
	SAYS_PRIO,
	SAYS_HANDLE,
	SAYS_CHAIN,
	SAYS_PROTOCOL,
	SAYS_DIRECT,
	SAYS_FAMILY,
	SAYS_HOOK,
	SAYS_PRIORITY,
	SAYS_DEFRAG,
};

enum net_order { ORDER_LAST, ORDER_FIRST, ORDER_BEFORE, ORDER_AFTER, ORDER_REPLACE, ORDER_AT };

/* A command's words, understood. */
struct net_wish {
	unsigned int said;   /* bits 1 << SAYS_* */
	int prog_fd;	     /* -1: no program was said */
	uint32_t prog_id;    /* 0: none */
	uint32_t link_id;    /* of one to be detached; 0: none was said */
	const char *prog_at; /* where they stand in the text, or NULL */
	bool by_id;	     /* as a number */
	uint32_t xdp_mode;   /* XDP_FLAGS_*_MODE */
	enum net_order order;
	struct {
		const char *at;
		uint32_t prog_id, link_id; /* one of them */
		uint32_t position;
	} other;
	struct {
		uint32_t handle, chain;
		uint16_t prio, protocol;
	} tc;
	struct span hook; /* its name: its number depends on the family */
	struct netfilter_place netfilter;
};

static inline bool net_says(const struct net_wish *w, enum net_word word)
{
	return w->said >> word & 1;
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

/* A word that a hook knows, and takes what is behind it. */
struct net_option {
	const char *word; /* NULL ends a table */
	enum net_word says;
	int (*take)(struct net_change *c, struct span *words, uint32_t value);
	uint32_t value;
	bool selects; /* which one to detach, too */
};

/* How programs come to a hook, and go from it. */
struct net_hook_type {
	uint32_t prog_type;
	const struct net_option *options;
	/* Both run in the namespace.  0, or -errno with words; what was done is in c->done. */
	int (*attach)(struct net_change *c);
	/* One that has no link; NULL where all have. */
	int (*detach)(struct net_change *c, const struct net_attachment *a);
	/* What an error of the kernel's means at this hook, NULL when nothing special. */
	const char *(*meaning)(int err);
};

extern const struct net_hook_type net_xdp, net_chain, net_classic, net_flow_dissector,
    net_netfilter, net_sk_lookup;

/* Reads a command, to attach or to detach.  prog_fd is the caller's to close also after a failure.
 */
int net_read_words(struct net_change *c, const struct net_hook_type *type, struct span words,
		   bool attach);

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
void net_say(const struct net_attachment *a, struct buf *out);

/* The XDP_FLAGS_*_MODE that a program runs in. */
uint32_t net_xdp_flag(const struct net_attachment *a);

#endif
