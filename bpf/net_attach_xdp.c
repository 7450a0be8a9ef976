// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

/*
 * XDP: one program a mode.  A link cannot take the place of a program that has none, so that one is
 * replaced, and taken off, with rtnetlink.
 */

uint32_t net_xdp_flag(const struct net_attachment *a)
{
	switch (a->xdp_mode) {
	case XDP_ATTACHED_DRV: return XDP_FLAGS_DRV_MODE;
	case XDP_ATTACHED_SKB: return XDP_FLAGS_SKB_MODE;
	case XDP_ATTACHED_HW: return XDP_FLAGS_HW_MODE;
	default: return 0;
	}
}

uint32_t net_xdp_wish(const struct net_wish *w)
{
	return w->driver    ? XDP_FLAGS_DRV_MODE
	       : w->generic ? XDP_FLAGS_SKB_MODE
	       : w->offload ? XDP_FLAGS_HW_MODE
			    : 0;
}

/* Puts fd (-1: nothing) in the place of `old`, if that is still there. */
static int exchange(struct net_change *c, int fd, const struct net_attachment *old)
{
	struct netlink *nl;
	struct nlmsghdr *h;
	struct ifinfomsg *i;
	struct nlattr *nest;
	int old_fd = bpf_prog_get_fd_by_id(old->prog_id);
	int err = old_fd < 0 ? old_fd : netlink_open(NETLINK_ROUTE, &nl);

	if (err) {
		if (old_fd >= 0)
			close(old_fd);
		return net_refused(c, err, NULL);
	}
	h = netlink_request(nl, RTM_SETLINK, NLM_F_ACK);
	i = mnl_nlmsg_put_extra_header(h, sizeof(*i));
	i->ifi_index = (int)c->at->ifindex;
	nest = mnl_attr_nest_start(h, IFLA_XDP);
	mnl_attr_put_u32(h, IFLA_XDP_FD, (uint32_t)fd);
	mnl_attr_put_u32(h, IFLA_XDP_FLAGS, net_xdp_flag(old) | XDP_FLAGS_REPLACE);
	mnl_attr_put_u32(h, IFLA_XDP_EXPECTED_FD, (uint32_t)old_fd);
	mnl_attr_nest_end(h, nest);
	err = netlink_ask(nl, NULL, NULL);
	if (err)
		net_refused(c, err, netlink_said(nl));
	netlink_close(nl);
	close(old_fd);
	return err;
}

/* The program to be overwritten, NULL when there is none. */
static int current(struct net_change *c, const struct net_attachment **out)
{
	const uint32_t mode = net_xdp_wish(&c->wish);
	size_t n = 0;

	*out = NULL;
	for (size_t i = 0; i < c->net.nattached; i++) {
		const struct net_attachment *a = &c->net.attached[i];

		if (!mode || net_xdp_flag(a) == mode) {
			*out = a;
			n++;
		}
	}
	if (n < 2)
		return 0;
	problem(c->why, -EINVAL, c->wish.prog_at, "say the mode: attached is ");
	if (c->why)
		net_say_all(&c->net, &c->why->words);
	return -EINVAL;
}

static int attach(struct net_change *c)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = net_xdp_wish(&c->wish));
	const struct net_attachment *old = NULL;
	int err = c->wish.overwrite ? current(c, &old) : 0;

	if (err)
		return err;
	if (!old)
		return net_make_link(c, (int)c->at->ifindex, BPF_XDP, &opts);
	if (old->link_id)
		return net_update_link(c, old);
	err = exchange(c, c->wish.prog_fd, old);
	if (!err)
		buf_printf(c->done, "without a link, program %u in place of %u\n", c->wish.prog_id,
			   old->prog_id);
	return err;
}

static int detach(struct net_change *c, const struct net_attachment *a)
{
	return exchange(c, -1, a);
}

static const char *meaning(int err)
{
	switch (err) {
	case -EBUSY: return "there is a program already (overwrite replaces it)";
	case -EEXIST: return "another mode is in use";
	case -EOPNOTSUPP: return "the driver cannot do that (generic works everywhere)";
	default: return NULL;
	}
}

#define MODES                                                                                      \
	{"driver", NULL, NET_AT(driver), CLAUSE_ONCE},                                             \
	    {"xdpdrv", NULL, NET_AT(driver), CLAUSE_INSTEAD},                                      \
	    {"generic", NULL, NET_AT(generic), CLAUSE_INSTEAD},                                    \
	    {"xdpgeneric", NULL, NET_AT(generic), CLAUSE_INSTEAD},                                 \
	    {"offload", NULL, NET_AT(offload), CLAUSE_INSTEAD},                                    \
	{                                                                                          \
		"xdpoffload", NULL, NET_AT(offload), CLAUSE_INSTEAD                                \
	}

static const struct clause attach_words[] = {
    MODES, {"overwrite", NULL, NET_AT(overwrite), CLAUSE_ONCE}, NET_PROGRAM, {}};
static const struct clause detach_words[] = {MODES, NET_ATTACHED, {}};

const struct net_hook_type net_xdp = {
    .prog_type = BPF_PROG_TYPE_XDP,
    .attach_words = attach_words,
    .detach_words = detach_words,
    .attach = attach,
    .detach = detach,
    .meaning = meaning,
};
