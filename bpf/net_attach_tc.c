// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include "net_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <string.h>

/*
 * Classic filters.  They hang on a clsact qdisc, which is made when there is none; one that was
 * made here has an empty chain of filters of this number, so that whoever takes the last filter
 * off, also a later run of this program, knows that the qdisc can go.
 */
enum { OURS = 0xb9f };

/* The qdisc is looked at, and made or removed, by one at a time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- messages --- */

enum { INGRESS = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) };
enum { EGRESS = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS) };

static uint32_t side(const struct net_change *c)
{
	return c->at->hook == NET_TC_INGRESS ? INGRESS : EGRESS;
}

static struct tcmsg *begin(struct net_change *c, uint16_t type, uint16_t flags, uint32_t parent,
			   struct nlmsghdr **h)
{
	struct tcmsg *t;

	*h = netlink_request(c->route, type, flags);
	t = mnl_nlmsg_put_extra_header(*h, sizeof(*t));
	t->tcm_ifindex = (int)c->at->ifindex;
	t->tcm_parent = parent;
	return t;
}

/* --- the qdisc --- */

struct qdisc {
	uint32_t ifindex;
	bool there, clsact;
};

static int note_qdisc(const struct nlmsghdr *h, void *arg)
{
	const struct tcmsg *t = mnl_nlmsg_get_payload(h);
	const struct nlattr *tb[TCA_MAX + 1];
	struct qdisc *q = arg;
	const char *kind;

	netlink_attrs(h, sizeof(*t), tb, TCA_MAX + 1);
	kind = netlink_str(tb[TCA_KIND]);
	if ((uint32_t)t->tcm_ifindex == q->ifindex && t->tcm_parent == TC_H_CLSACT) {
		q->there = true;
		q->clsact = kind && !strcmp(kind, "clsact");
	}
	return 0;
}

/* The qdisc for filters: a clsact, or of kind `ingress`, which has no egress.  To ask for one alone
 * would send the answer to all who listen for changes. */
static struct qdisc find_qdisc(struct net_change *c)
{
	struct qdisc q = {.ifindex = c->at->ifindex};
	struct nlmsghdr *h;

	begin(c, RTM_GETQDISC, NLM_F_DUMP, 0, &h);
	netlink_ask(c->route, note_qdisc, &q);
	return q;
}

static int mark(struct net_change *c)
{
	struct nlmsghdr *h;

	begin(c, RTM_NEWCHAIN, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, INGRESS, &h);
	mnl_attr_put_u32(h, TCA_CHAIN, OURS);
	return netlink_ask(c->route, NULL, NULL);
}

static int make_qdisc(struct net_change *c)
{
	struct nlmsghdr *h;
	int err;

	begin(c, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, TC_H_CLSACT, &h)->tcm_handle =
	    TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(h, TCA_KIND, "clsact");
	err = netlink_ask(c->route, NULL, NULL);
	if (err)
		return net_refused(c, err, netlink_said(c->route));
	mark(c); /* where that cannot be, the qdisc stays */
	return 0;
}

static void remove_qdisc(struct net_change *c)
{
	struct nlmsghdr *h;

	begin(c, RTM_DELQDISC, NLM_F_ACK, TC_H_CLSACT, &h)->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	netlink_ask(c->route, NULL, NULL);
}

static bool is_ours(struct net_change *c)
{
	struct nlmsghdr *h;

	begin(c, RTM_GETCHAIN, NLM_F_ACK, INGRESS, &h);
	mnl_attr_put_u32(h, TCA_CHAIN, OURS);
	return !netlink_ask(c->route, NULL, NULL);
}

static int count(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	++*(size_t *)arg;
	return 0;
}

/* Filters of all kinds; when they cannot be told, there is one. */
static bool has_filters(struct net_change *c, uint32_t parent)
{
	struct nlmsghdr *h;
	size_t n = 0;

	begin(c, RTM_GETTFILTER, NLM_F_DUMP, parent, &h);
	return netlink_ask(c->route, count, &n) || n;
}

/* --- filters --- */

static uint32_t info_of(uint16_t prio, uint16_t protocol)
{
	return TC_H_MAKE((uint32_t)prio << 16, htons(protocol));
}

static int note_filter(const struct nlmsghdr *h, void *arg)
{
	const struct tcmsg *t = mnl_nlmsg_get_payload(h);

	if (mnl_nlmsg_get_payload_len(h) >= sizeof(*t))
		*(struct tcmsg *)arg = *t;
	return 0;
}

static uint32_t said(uint64_t number, uint32_t otherwise)
{
	return number == NET_UNSAID ? otherwise : (uint32_t)number;
}

static int add_filter(struct net_change *c)
{
	const struct net_wish *w = &c->wish;
	struct tcmsg made = {}, *t;
	struct nlattr *nest;
	struct nlmsghdr *h;
	int err;

	t = begin(c, RTM_NEWTFILTER, NLM_F_ACK | NLM_F_ECHO | NLM_F_CREATE | NLM_F_EXCL, side(c),
		  &h);
	t->tcm_handle = said(w->tc.handle, 0);
	t->tcm_info =
	    info_of((uint16_t)said(w->tc.prio, 0), (uint16_t)said(w->tc.protocol, ETH_P_ALL));
	mnl_attr_put_strz(h, TCA_KIND, "bpf");
	if (said(w->tc.chain, 0))
		mnl_attr_put_u32(h, TCA_CHAIN, said(w->tc.chain, 0));
	nest = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put_u32(h, TCA_BPF_FD, (uint32_t)w->prog_fd);
	mnl_attr_put_u32(h, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	if (c->name.len)
		mnl_attr_put_strz(h, TCA_BPF_NAME, buf_cstr(&c->name));
	mnl_attr_nest_end(h, nest);
	err = netlink_ask(c->route, note_filter, &made);
	if (err)
		return net_refused(c, err, netlink_said(c->route));
	buf_printf(c->done, "prio %u handle 0x%x\n", TC_H_MAJ(made.tcm_info) >> 16,
		   made.tcm_handle);
	return 0;
}

static int attach_filter(struct net_change *c)
{
	const struct qdisc q = find_qdisc(c);
	int err = q.there ? 0 : make_qdisc(c);

	if (q.there && !q.clsact && c->at->hook == NET_TC_EGRESS)
		return problem(c->why, -EBUSY, c->wish.prog_at,
			       "there is an ingress qdisc, which has no filters for what goes out: "
			       "clsact in its place has");
	if (err)
		return err;
	err = add_filter(c);
	if (err && !q.there)
		remove_qdisc(c);
	return err;
}

static int remove_filter(struct net_change *c, const struct net_attachment *a)
{
	struct nlmsghdr *h;
	struct tcmsg *t;
	int err;

	if (a->tc.is_action || strcmp(a->tc.filter, "bpf"))
		return problem(c->why, -EOPNOTSUPP, c->wish.prog_at,
			       "it is an action of a filter, which tc(8) removes");
	t = begin(c, RTM_DELTFILTER, NLM_F_ACK, a->tc.parent, &h);
	t->tcm_handle = a->tc.handle;
	t->tcm_info = info_of(a->tc.prio, a->tc.protocol);
	mnl_attr_put_strz(h, TCA_KIND, "bpf");
	mnl_attr_put_u32(h, TCA_CHAIN, a->tc.chain);
	err = netlink_ask(c->route, NULL, NULL);
	if (err)
		return net_refused(c, err, netlink_said(c->route));
	if (!strncmp(a->tc.where, "clsact", 6) && is_ours(c) && !has_filters(c, INGRESS) &&
	    !has_filters(c, EGRESS))
		remove_qdisc(c);
	return 0;
}

static int open_route(struct net_change *c)
{
	int err = netlink_open(NETLINK_ROUTE, &c->route);

	return err ? problem_errno(c->why, err, "netlink") : 0;
}

static int attach(struct net_change *c)
{
	int err = open_route(c);

	if (err)
		return err;
	pthread_mutex_lock(&lock);
	err = attach_filter(c);
	pthread_mutex_unlock(&lock);
	netlink_close(c->route);
	return err;
}

static int detach(struct net_change *c, const struct net_attachment *a)
{
	int err = open_route(c);

	if (err)
		return err;
	pthread_mutex_lock(&lock);
	err = remove_filter(c, a);
	pthread_mutex_unlock(&lock);
	netlink_close(c->route);
	return err;
}

/* --- words --- */

static int take_16_bits(struct span *words, void *to, struct problem *why)
{
	return take_number(words, UINT16_MAX, to, why);
}

static int take_32_bits(struct span *words, void *to, struct problem *why)
{
	return take_number(words, UINT32_MAX, to, why);
}

static int take_protocol(struct span *words, void *to, struct problem *why)
{
	struct span word;
	unsigned __int128 v;
	uint16_t known;
	int err = take_word(words, "a protocol", &word, why);

	if (err)
		return err;
	if (net_protocol_of(word, &known))
		v = known;
	else if (span_number(word, &v, NULL) || v > UINT16_MAX)
		return problem(why, -EINVAL, word.at,
			       "one of all, ip, ipv6, arp, 802.1Q, 802.1ad or a number is "
			       "expected");
	*(uint64_t *)to = (uint64_t)v;
	return 0;
}

#define FILTER                                                                                     \
	{"prio N", take_16_bits, NET_AT(tc.prio), CLAUSE_ONCE},                                    \
	    {"pref N", take_16_bits, NET_AT(tc.prio), CLAUSE_INSTEAD},                             \
	    {"handle N", take_32_bits, NET_AT(tc.handle), CLAUSE_ONCE},                            \
	    {"chain N", take_32_bits, NET_AT(tc.chain), CLAUSE_ONCE},                              \
	{                                                                                          \
		"protocol P", take_protocol, NET_AT(tc.protocol), CLAUSE_ONCE                      \
	}

/* Programs are always attached for direct action. */
static const struct clause attach_words[] = {
    FILTER,
    {"direct-action", NULL, NET_AT(tc.direct), CLAUSE_ONCE},
    {"da", NULL, NET_AT(tc.direct), CLAUSE_INSTEAD},
    NET_PROGRAM,
    {},
};
static const struct clause detach_words[] = {FILTER, NET_ATTACHED, {}};

const struct net_hook_type net_classic = {
    .prog_type = BPF_PROG_TYPE_SCHED_CLS,
    .attach_words = attach_words,
    .detach_words = detach_words,
    .attach = attach,
    .detach = detach,
};
