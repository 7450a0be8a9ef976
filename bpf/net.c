// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_impl.h"

#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often a dump is made anew that changes came into; then it is taken as it is. */
enum { DUMP_TRIES = 4 };

/* Room for one more: arrays grow whenever they are as long as a power of two. */
static void *grow(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : realloc(array, (n ? 2 * n : 1) * size);
}

struct net_attachment *net_add(struct net_reader *r, enum net_hook hook, uint32_t ifindex,
			       uint32_t prog_id)
{
	struct net *net = r->net;
	struct net_attachment *all = grow(net->attached, net->nattached, sizeof(*all));

	if (!all)
		return NULL;
	net->attached = all;
	all += net->nattached++;
	*all = (struct net_attachment){.hook = hook, .ifindex = ifindex, .prog_id = prog_id};
	return all;
}

int net_ask(struct net_reader *r, const struct net_dump *dump)
{
	int err = -EINTR;

	for (int i = 0; err == -EINTR && i < DUMP_TRIES; i++) {
		if (i)
			dump->restart(r, dump->arg);
		dump->request(r, dump->arg);
		err = netlink_ask(r->route, dump->take, dump->arg);
	}
	return err == -EINTR ? 0 : err;
}

/* --- interfaces and XDP, which come together --- */

static int add_xdp(struct net_reader *r, uint32_t ifindex, uint8_t mode, const struct nlattr *id)
{
	struct net_attachment *a;

	if (!id)
		return 0;
	a = net_add(r, NET_XDP, ifindex, (uint32_t)netlink_uint(id));
	if (!a)
		return -ENOMEM;
	a->xdp_mode = mode;
	return 0;
}

static int take_xdp(struct net_reader *r, uint32_t ifindex, const struct nlattr *nest)
{
	const struct nlattr *tb[IFLA_XDP_MAX + 1];
	uint8_t mode;
	int err;

	netlink_nested(nest, tb, IFLA_XDP_MAX + 1);
	mode = (uint8_t)netlink_uint(tb[IFLA_XDP_ATTACHED]);
	if (mode == XDP_ATTACHED_NONE)
		return 0;
	if (mode != XDP_ATTACHED_MULTI)
		return add_xdp(r, ifindex, mode, tb[IFLA_XDP_PROG_ID]);
	err = add_xdp(r, ifindex, XDP_ATTACHED_SKB, tb[IFLA_XDP_SKB_PROG_ID]);
	if (!err)
		err = add_xdp(r, ifindex, XDP_ATTACHED_DRV, tb[IFLA_XDP_DRV_PROG_ID]);
	if (!err)
		err = add_xdp(r, ifindex, XDP_ATTACHED_HW, tb[IFLA_XDP_HW_PROG_ID]);
	return err;
}

static void copy_word(char *to, size_t size, const struct nlattr *a)
{
	const char *s = netlink_str(a);

	snprintf(to, size, "%s", s ? s : "");
}

static int take_link(const struct nlmsghdr *h, void *arg)
{
	struct net_reader *r = arg;
	struct net *net = r->net;
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	const struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	struct net_device *dev = grow(net->devices, net->ndevices, sizeof(*dev));

	if (!dev)
		return -ENOMEM;
	net->devices = dev;
	dev += net->ndevices++;
	netlink_attrs(h, sizeof(*i), tb, IFLA_MAX + 1);
	netlink_nested(tb[IFLA_LINKINFO], info, IFLA_INFO_MAX + 1);
	*dev = (struct net_device){.ifindex = (uint32_t)i->ifi_index,
				   .flags = i->ifi_flags,
				   .mtu = (uint32_t)netlink_uint(tb[IFLA_MTU])};
	copy_word(dev->name, sizeof(dev->name), tb[IFLA_IFNAME]);
	copy_word(dev->kind, sizeof(dev->kind), info[IFLA_INFO_KIND]);
	return net_wants(r, NET_XDP) ? take_xdp(r, dev->ifindex, tb[IFLA_XDP]) : 0;
}

/* The counters of traffic, the largest part of an answer, are left out. */
static void request_links(struct net_reader *r, void *arg)
{
	uint32_t ifindex = r->scope->ifindex;
	struct nlmsghdr *h = netlink_request(r->route, RTM_GETLINK, ifindex ? 0 : NLM_F_DUMP);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	(void)arg;
	i->ifi_index = (int)ifindex;
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

static void forget_links(struct net_reader *r, void *arg)
{
	(void)arg;
	r->net->ndevices = r->net->nattached = 0;
}

/* --- all of it --- */

static int read_devices(struct net_reader *r)
{
	const struct net_dump links = {request_links, take_link, forget_links, r};
	struct net_qdiscs *qdiscs = NULL;
	struct net *net = r->net;
	int err = net_ask(r, &links);

	if (err == -ENODEV)
		err = -ENOENT;
	if (!err && (net_wants(r, NET_TC_INGRESS) || net_wants(r, NET_TC_EGRESS)))
		err = net_qdiscs_read(r, &qdiscs);
	for (size_t i = 0; !err && i < net->ndevices; i++) {
		err = net_read_chains(r, &net->devices[i]);
		if (!err && qdiscs)
			err = net_read_filters(r, qdiscs, net->devices[i].ifindex);
	}
	net_qdiscs_free(qdiscs);
	return err;
}

static int read_open(struct net_reader *r)
{
	int err = 0;

	/* Without an interface to look at, only what the namespace itself has is wanted. */
	if (r->scope->hooks & ((1 << NET_FLOW_DISSECTOR) - 1) || r->scope->ifindex)
		err = read_devices(r);
	if (!err && net_wants(r, NET_FLOW_DISSECTOR))
		err = net_read_flow_dissector(r);
	if (!err)
		err = net_read_links(r);
	return err;
}

/* Runs in the namespace. */
static int read_here(void *arg)
{
	struct net_reader *r = arg;
	struct stat st;
	int err;

	r->ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (r->ns < 0)
		return -errno;
	err = fstat(r->ns, &st) ? -errno : netlink_open(NETLINK_ROUTE, &r->route);
	if (!err) {
		r->net->ino = st.st_ino;
		err = read_open(r);
		netlink_close(r->route);
	}
	close(r->ns);
	return err;
}

int net_read(const struct net_scope *scope, struct net *out)
{
	struct net net = {};
	struct net_reader r = {.scope = scope, .net = &net};
	int err = netns_run(scope->netns, read_here, &r);

	if (err)
		net_free(&net);
	else
		*out = net;
	return err;
}

void net_free(struct net *n)
{
	for (size_t i = 0; i < n->nattached; i++)
		if (n->attached[i].hook == NET_TC_INGRESS || n->attached[i].hook == NET_TC_EGRESS)
			free(n->attached[i].tc.name);
	free(n->attached);
	free(n->devices);
	*n = (struct net){};
}
