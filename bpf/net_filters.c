// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where filters can hang: a qdisc or a class. */
struct spot {
	uint32_t ifindex;
	uint32_t handle; /* 0: the root qdisc that an interface has by itself */
	char kind[IFNAMSIZ];
};

struct net_qdiscs {
	struct spot *spots;
	size_t n;
	uint32_t only; /* this interface; 0: all */
	bool classes;  /* it is a list of classes */
};

static int take_spot(const struct nlmsghdr *h, void *arg)
{
	struct net_qdiscs *q = arg;
	const struct tcmsg *t = mnl_nlmsg_get_payload(h);
	const struct nlattr *tb[TCA_MAX + 1];
	struct spot *s;
	const char *kind;

	netlink_attrs(h, sizeof(*t), tb, TCA_MAX + 1);
	kind = netlink_str(tb[TCA_KIND]);
	/* Without a handle a qdisc can only be spoken of as the root, and noqueue, which most
	 * virtual interfaces have, takes no filters. */
	if ((q->only && (uint32_t)t->tcm_ifindex != q->only) || !kind ||
	    (!t->tcm_handle && (t->tcm_parent != TC_H_ROOT || !strcmp(kind, "noqueue"))))
		return 0;
	if (!(q->n & (q->n - 1))) {
		s = realloc(q->spots, (q->n ? 2 * q->n : 1) * sizeof(*s));
		if (!s)
			return -ENOMEM;
		q->spots = s;
	}
	s = &q->spots[q->n++];
	*s = (struct spot){.ifindex = (uint32_t)t->tcm_ifindex, .handle = t->tcm_handle};
	snprintf(s->kind, sizeof(s->kind), "%s", kind);
	return 0;
}

/* Qdiscs are told of all interfaces, whatever is asked for; classes of one. */
static void request_spots(struct net_reader *r, void *arg)
{
	const struct net_qdiscs *q = arg;
	struct nlmsghdr *h =
	    netlink_request(r->route, q->classes ? RTM_GETTCLASS : RTM_GETQDISC, NLM_F_DUMP);
	struct tcmsg *t = mnl_nlmsg_put_extra_header(h, sizeof(*t));

	t->tcm_ifindex = (int)q->only;
}

static void forget_spots(struct net_reader *r, void *arg)
{
	(void)r;
	((struct net_qdiscs *)arg)->n = 0;
}

static int read_spots(struct net_reader *r, struct net_qdiscs *q)
{
	const struct net_dump dump = {request_spots, take_spot, forget_spots, q};

	return net_ask(r, &dump);
}

int net_qdiscs_read(struct net_reader *r, struct net_qdiscs **out)
{
	struct net_qdiscs *q = calloc(1, sizeof(*q));
	int err;

	if (!q)
		return -ENOMEM;
	q->only = r->scope->ifindex;
	err = read_spots(r, q);
	if (err)
		net_qdiscs_free(q);
	else
		*out = q;
	return err;
}

void net_qdiscs_free(struct net_qdiscs *q)
{
	if (q)
		free(q->spots);
	free(q);
}

/* --- filters --- */

/* Which attribute of a filter's options its actions are in. */
static const struct {
	const char *kind;
	uint16_t actions;
} filter_kinds[] = {
    {"bpf", TCA_BPF_ACT},     {"u32", TCA_U32_ACT},	      {"flower", TCA_FLOWER_ACT},
    {"basic", TCA_BASIC_ACT}, {"matchall", TCA_MATCHALL_ACT}, {"fw", TCA_FW_ACT},
    {"flow", TCA_FLOW_ACT},   {"cgroup", TCA_CGROUP_ACT},     {"route", TCA_ROUTE4_ACT},
};

/* The filters of one spot, being read. */
struct filters {
	struct net_reader *r;
	const char *where;
	enum net_hook hook;
	uint32_t ifindex, parent;
	size_t from; /* where they begin among the attachments */
};

static const struct nlattr *actions_of(const char *kind, const struct nlattr *options)
{
	const struct nlattr *tb[TCA_FLOWER_MAX + 1];

	for (size_t i = 0; i < sizeof(filter_kinds) / sizeof(filter_kinds[0]); i++)
		if (!strcmp(kind, filter_kinds[i].kind)) {
			netlink_nested(options, tb, TCA_FLOWER_MAX + 1);
			return tb[filter_kinds[i].actions];
		}
	return NULL;
}

/* The options of an action that runs a BPF program, else NULL. */
static const struct nlattr *bpf_action(const struct nlattr *action)
{
	const struct nlattr *tb[TCA_ACT_MAX + 1];
	const char *kind;

	netlink_nested(action, tb, TCA_ACT_MAX + 1);
	kind = netlink_str(tb[TCA_ACT_KIND]);
	return kind && !strcmp(kind, "bpf") ? tb[TCA_ACT_OPTIONS] : NULL;
}

static int name_it(struct net_attachment *a, const struct nlattr *name)
{
	const char *s = netlink_str(name);

	if (s)
		a->tc.name = strdup(s);
	return s && !a->tc.name ? -ENOMEM : 0;
}

static int add_action(struct filters *f, const struct net_attachment *filter,
		      const struct nlattr *options)
{
	const struct nlattr *tb[TCA_ACT_BPF_MAX + 1];
	struct net_attachment as = *filter, *a;

	netlink_nested(options, tb, TCA_ACT_BPF_MAX + 1);
	a = net_add(f->r, f->hook, f->ifindex, (uint32_t)netlink_uint(tb[TCA_ACT_BPF_ID]));
	if (!a)
		return -ENOMEM;
	a->tc = as.tc;
	a->tc.is_action = true;
	a->tc.name = NULL;
	return name_it(a, tb[TCA_ACT_BPF_NAME]);
}

static int add_actions(struct filters *f, const struct net_attachment *filter,
		       const struct nlattr *actions)
{
	const struct nlattr *tb[TCA_ACT_MAX_PRIO + 1];
	const struct net_attachment copy = *filter;
	int err = 0;

	netlink_nested(actions, tb, TCA_ACT_MAX_PRIO + 1);
	for (size_t i = 0; !err && i <= TCA_ACT_MAX_PRIO; i++) {
		const struct nlattr *options = tb[i] ? bpf_action(tb[i]) : NULL;

		if (options)
			err = add_action(f, &copy, options);
	}
	return err;
}

static struct net_attachment *add_filter(struct filters *f, const struct nlmsghdr *h,
					 const struct nlattr *const *tb, const char *kind)
{
	const struct tcmsg *t = mnl_nlmsg_get_payload(h);
	struct net_attachment *a = net_add(f->r, f->hook, f->ifindex, 0);

	if (!a)
		return NULL;
	snprintf(a->tc.where, sizeof(a->tc.where), "%s", f->where);
	snprintf(a->tc.filter, sizeof(a->tc.filter), "%s", kind);
	a->tc.parent = f->parent;
	a->tc.handle = t->tcm_handle;
	a->tc.chain = (uint32_t)netlink_uint(tb[TCA_CHAIN]);
	a->tc.prio = TC_H_MAJ(t->tcm_info) >> 16;
	a->tc.protocol = ntohs(TC_H_MIN(t->tcm_info));
	return a;
}

static int take_bpf_options(struct net_attachment *a, const struct nlattr *options)
{
	const struct nlattr *tb[TCA_BPF_MAX + 1];

	netlink_nested(options, tb, TCA_BPF_MAX + 1);
	a->prog_id = (uint32_t)netlink_uint(tb[TCA_BPF_ID]);
	a->tc.direct = netlink_uint(tb[TCA_BPF_FLAGS]) & TCA_BPF_FLAG_ACT_DIRECT;
	return name_it(a, tb[TCA_BPF_NAME]);
}

/* Each list of filters is announced by a message without options. */
static int take_filter(const struct nlmsghdr *h, void *arg)
{
	struct filters *f = arg;
	struct net *net = f->r->net;
	const struct nlattr *tb[TCA_MAX + 1], *actions;
	struct net_attachment *a;
	const char *kind;
	size_t at = net->nattached;
	bool is_bpf;
	int err = 0;

	netlink_attrs(h, sizeof(struct tcmsg), tb, TCA_MAX + 1);
	kind = netlink_str(tb[TCA_KIND]);
	if (!kind || !tb[TCA_OPTIONS])
		return 0;
	is_bpf = !strcmp(kind, "bpf");
	actions = actions_of(kind, tb[TCA_OPTIONS]);
	if (!is_bpf && !actions)
		return 0;
	a = add_filter(f, h, tb, kind);
	if (!a)
		return -ENOMEM;
	a->tc.has_actions = actions;
	if (is_bpf)
		err = take_bpf_options(a, tb[TCA_OPTIONS]);
	if (!err && actions)
		err = add_actions(f, a, actions);
	if (!is_bpf && net->nattached == at + 1) /* nothing of ours in it */
		net->nattached = at;
	return err;
}

static void request_filters(struct net_reader *r, void *arg)
{
	const struct filters *f = arg;
	struct nlmsghdr *h = netlink_request(r->route, RTM_GETTFILTER, NLM_F_DUMP);
	struct tcmsg *t = mnl_nlmsg_put_extra_header(h, sizeof(*t));

	t->tcm_ifindex = (int)f->ifindex;
	t->tcm_parent = f->parent;
}

static void forget_filters(struct net_reader *r, void *arg)
{
	const struct filters *f = arg;
	struct net *net = r->net;

	while (net->nattached > f->from)
		free(net->attached[--net->nattached].tc.name);
}

static int read_filters(struct net_reader *r, enum net_hook hook, uint32_t ifindex, uint32_t parent,
			const char *where)
{
	struct filters f = {r, where, hook, ifindex, parent, r->net->nattached};
	const struct net_dump dump = {request_filters, take_filter, forget_filters, &f};
	int err = net_wants(r, hook) ? net_ask(r, &dump) : 0;

	/* Other errors are about that qdisc only: it does not take filters, or is gone. */
	return err == -ENOMEM ? err : 0;
}

static bool is_clsact(const struct spot *s)
{
	return !strcmp(s->kind, "clsact");
}

static int read_qdisc(struct net_reader *r, const struct spot *s)
{
	enum net_hook hook = strcmp(s->kind, "ingress") ? NET_TC_EGRESS : NET_TC_INGRESS;

	return read_filters(r, hook, s->ifindex, s->handle, s->kind);
}

static int read_classes(struct net_reader *r, uint32_t ifindex)
{
	struct net_qdiscs classes = {.only = ifindex, .classes = true};
	int err = read_spots(r, &classes);

	for (size_t i = 0; !err && i < classes.n; i++)
		err = read_qdisc(r, &classes.spots[i]);
	free(classes.spots);
	return err == -ENOMEM ? err : 0;
}

static int read_clsact(struct net_reader *r, uint32_t ifindex)
{
	int err = read_filters(r, NET_TC_INGRESS, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
			       "clsact/ingress");

	if (!err)
		err = read_filters(r, NET_TC_EGRESS, ifindex,
				   TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), "clsact/egress");
	return err;
}

/* In bpftool's order: classes, qdiscs, clsact. */
int net_read_filters(struct net_reader *r, const struct net_qdiscs *q, uint32_t ifindex)
{
	bool classful = false, clsact = false;
	int err = 0;

	for (size_t i = 0; i < q->n; i++)
		if (q->spots[i].ifindex == ifindex) {
			clsact |= is_clsact(&q->spots[i]);
			classful |= q->spots[i].handle && !is_clsact(&q->spots[i]);
		}
	if (classful && net_wants(r, NET_TC_EGRESS))
		err = read_classes(r, ifindex);
	for (size_t i = 0; !err && i < q->n; i++)
		if (q->spots[i].ifindex == ifindex && !is_clsact(&q->spots[i]))
			err = read_qdisc(r, &q->spots[i]);
	return err || !clsact ? err : read_clsact(r, ifindex);
}
