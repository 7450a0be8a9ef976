// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_impl.h"

#include "kind.h"
#include "netplace.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <unistd.h>

/* What only the links tell: netfilter and sk_lookup links, and the links that XDP programs and flow
 * dissectors are attached by. */

static int link_info(uint32_t id, struct bpf_link_info *info)
{
	uint32_t len = sizeof(*info);
	int fd = kind_open(KIND_LINK, id), err;

	*info = (struct bpf_link_info){};
	if (fd < 0)
		return fd;
	err = bpf_link_get_info_by_fd(fd, info, &len);
	close(fd);
	return err;
}

/* Where the kernel will not say which namespace a link is in, it is shown in each, as bpftool does.
 */
static bool is_here(const struct net_reader *r, const struct netplaces *places,
		    const struct bpf_link_info *info)
{
	struct netplace at;

	return !places || (!netplaces_find(places, info, &at) && at.netns_ino == r->net->ino);
}

static int add_netfilter(struct net_reader *r, const struct bpf_link_info *info)
{
	struct net_attachment *a = net_add(r, NET_NETFILTER, 0, info->prog_id);

	if (!a)
		return -ENOMEM;
	a->link_id = info->id;
	a->netfilter = (struct netfilter_place){info->netfilter.pf, info->netfilter.hooknum,
						info->netfilter.priority, info->netfilter.flags};
	return 0;
}

/* Netlink tells of an XDP program, not of the link that attached it. */
static void note_xdp_links(struct net_reader *r, const struct netplaces *places)
{
	for (size_t i = 0; i < r->net->nattached; i++) {
		struct net_attachment *a = &r->net->attached[i];

		if (a->hook == NET_XDP)
			a->link_id = netplaces_link_at(places, r->net->ino, a->ifindex, a->prog_id);
	}
}

static void note_flow_dissector(struct net_reader *r, const struct bpf_link_info *info)
{
	struct net *net = r->net;

	for (size_t i = 0; i < net->nattached; i++)
		if (net->attached[i].hook == NET_FLOW_DISSECTOR &&
		    net->attached[i].prog_id == info->prog_id)
			net->attached[i].link_id = info->id;
}

static int add_sk_lookup(struct net_reader *r, const struct bpf_link_info *info)
{
	struct net_attachment *a = net_add(r, NET_SK_LOOKUP, 0, info->prog_id);

	if (!a)
		return -ENOMEM;
	a->link_id = info->id;
	return 0;
}

static int take_netns_link(struct net_reader *r, const struct bpf_link_info *info)
{
	if (info->netns.netns_ino != r->net->ino)
		return 0;
	if (info->netns.attach_type == BPF_SK_LOOKUP && net_wants(r, NET_SK_LOOKUP))
		return add_sk_lookup(r, info);
	if (info->netns.attach_type == BPF_FLOW_DISSECTOR)
		note_flow_dissector(r, info);
	return 0;
}

/* netfilter: through the hooks of a family one after the other, and by priority, as packets go.
 * sk_lookup: a new one comes behind the others. */
static int by_order(const void *x, const void *y)
{
	const struct net_attachment *a = x, *b = y;

	if (a->hook != b->hook)
		return a->hook < b->hook ? -1 : 1;
	if (a->hook != NET_NETFILTER)
		return a->link_id < b->link_id ? -1 : a->link_id > b->link_id;
	if (a->netfilter.pf != b->netfilter.pf)
		return a->netfilter.pf < b->netfilter.pf ? -1 : 1;
	if (a->netfilter.hook != b->netfilter.hook)
		return a->netfilter.hook < b->netfilter.hook ? -1 : 1;
	if (a->netfilter.prio != b->netfilter.prio)
		return a->netfilter.prio < b->netfilter.prio ? -1 : 1;
	return a->link_id < b->link_id ? -1 : a->link_id > b->link_id;
}

static int read_namespace_links(struct net_reader *r, const struct netplaces *places)
{
	size_t from = r->net->nattached;
	struct bpf_link_info info;
	uint32_t id = 0;
	int err = 0;

	while (!err && !kind_next_id(KIND_LINK, id, &id)) {
		if (link_info(id, &info))
			continue;
		if (info.type == BPF_LINK_TYPE_NETNS)
			err = take_netns_link(r, &info);
		else if (info.type == BPF_LINK_TYPE_NETFILTER && net_wants(r, NET_NETFILTER) &&
			 is_here(r, places, &info))
			err = add_netfilter(r, &info);
	}
	if (r->net->nattached > from)
		qsort(r->net->attached + from, r->net->nattached - from, sizeof(*r->net->attached),
		      by_order);
	return err;
}

static bool has_xdp(const struct net *net)
{
	for (size_t i = 0; i < net->nattached; i++)
		if (net->attached[i].hook == NET_XDP)
			return true;
	return false;
}

int net_read_links(struct net_reader *r)
{
	bool of_namespace = r->scope->hooks >> NET_FLOW_DISSECTOR;
	struct netplaces *places = NULL;
	int err = 0;

	if ((has_xdp(r->net) || net_wants(r, NET_NETFILTER)) && netplaces_read(&places))
		places = NULL;
	if (places)
		note_xdp_links(r, places);
	if (of_namespace)
		err = read_namespace_links(r, places);
	netplaces_free(places);
	return err;
}
