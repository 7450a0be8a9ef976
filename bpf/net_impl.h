/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NET_IMPL_H
#define BPFVIEW_NET_IMPL_H

#include "net.h"
#include "netlink.h"
#include "span.h"

/*
 * The parts of net_read(): each runs in the namespace in question and appends to what is known.
 * 0, or -errno only when it is no use to go on.
 */
struct net_reader {
	const struct net_scope *scope;
	struct netlink *route;
	int ns; /* the namespace's file */
	struct net *net;
};

static inline bool net_wants(const struct net_reader *r, enum net_hook hook)
{
	return r->scope->hooks >> hook & 1;
}

/* Appends an attachment; NULL when out of memory.  Valid until the next. */
struct net_attachment *net_add(struct net_reader *r, enum net_hook hook, uint32_t ifindex,
			       uint32_t prog_id);

/* Asks for a dump that was prepared by `request`, anew when things changed in the middle of it. */
struct net_dump {
	void (*request)(struct net_reader *r, void *arg);
	int (*take)(const struct nlmsghdr *h, void *arg);
	void (*restart)(struct net_reader *r, void *arg); /* forgets what take() took */
	void *arg;
};
int net_ask(struct net_reader *r, const struct net_dump *dump);

/* tcx and netkit chains of a device. */
int net_read_chains(struct net_reader *r, struct net_device *dev);

/* Classic filters: once for the qdiscs of all devices, then for each device. */
struct net_qdiscs;
int net_qdiscs_read(struct net_reader *r, struct net_qdiscs **out);
void net_qdiscs_free(struct net_qdiscs *q);
int net_read_filters(struct net_reader *r, const struct net_qdiscs *q, uint32_t ifindex);

/* What belongs to the namespace itself. */
int net_read_flow_dissector(struct net_reader *r);
/* netfilter, sk_lookup, and the links of XDP programs and others */
int net_read_links(struct net_reader *r);

/* "tcx/ingress" and so on. */
const char *net_hook_word(enum net_hook hook);

/* The number of a protocol by tc(8)'s word. */
bool net_protocol_of(struct span word, uint16_t *out);

#endif
