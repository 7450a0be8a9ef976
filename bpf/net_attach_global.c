// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <unistd.h>

/* Hooks of a namespace: flow dissector, sk_lookup, netfilter. */

static int link_to_netns(struct net_change *c, enum bpf_attach_type type)
{
	int ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), err;

	if (ns < 0)
		return net_refused(c, -errno, NULL);
	err = net_make_link(c, ns, type, NULL);
	close(ns);
	return err;
}

static int attach_flow_dissector(struct net_change *c)
{
	return link_to_netns(c, BPF_FLOW_DISSECTOR);
}

static int attach_sk_lookup(struct net_change *c)
{
	return link_to_netns(c, BPF_SK_LOOKUP);
}

/* Of the namespace that the thread is in; the kernel wants no target. */
static int detach_flow_dissector(struct net_change *c, const struct net_attachment *a)
{
	int fd = bpf_prog_get_fd_by_id(a->prog_id);
	int err = fd < 0 ? fd : bpf_prog_detach2(fd, 0, BPF_FLOW_DISSECTOR);

	if (fd >= 0)
		close(fd);
	return err ? net_refused(c, err, NULL) : 0;
}

static const char *dissector_meaning(int err)
{
	return err == -EEXIST ? "there is one already, here or, for all, in the initial namespace"
			      : NULL;
}

const struct net_hook_type net_flow_dissector = {
    .prog_type = BPF_PROG_TYPE_FLOW_DISSECTOR,
    .attach_words = net_program_only,
    .detach_words = net_attached_only,
    .attach = attach_flow_dissector,
    .detach = detach_flow_dissector,
    .meaning = dissector_meaning,
};

const struct net_hook_type net_sk_lookup = {
    .prog_type = BPF_PROG_TYPE_SK_LOOKUP,
    .attach_words = net_program_only,
    .detach_words = net_attached_only,
    .attach = attach_sk_lookup,
};

/* --- netfilter --- */

static int hook_number(const struct net_wish *w, uint32_t *out, struct problem *why)
{
	for (*out = 0; *out <= NF_INET_POST_ROUTING; ++*out)
		if (span_is(w->netfilter.hook, netfilter_hook_name(w->netfilter.pf, *out)))
			return 0;
	return problem(why, -EINVAL, w->netfilter.hook.at,
		       "one of prerouting, input, forward, output, postrouting is expected");
}

static int attach_netfilter(struct net_change *c)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	const struct net_wish *w = &c->wish;
	int err;

	if (!w->netfilter.pf || !w->netfilter.hook.at)
		return problem(c->why, -EINVAL, w->prog_at,
			       "say where: pf ip|ip6 hook "
			       "prerouting|input|forward|output|postrouting");
	err = hook_number(w, &opts.netfilter.hooknum, c->why);
	if (err)
		return err;
	opts.netfilter.pf = w->netfilter.pf;
	opts.netfilter.priority = w->netfilter.prio == INT64_MAX ? 0 : (int32_t)w->netfilter.prio;
	opts.netfilter.flags = w->netfilter.defrag ? BPF_F_NETFILTER_IP_DEFRAG : 0;
	return net_make_link(c, 0, BPF_NETFILTER, &opts);
}

static int take_family(struct span *words, void *to, struct problem *why)
{
	static const struct {
		const char *word;
		uint32_t pf;
	} families[] = {
	    {"ip", NFPROTO_IPV4},  {"inet4", NFPROTO_IPV4}, {"ipv4", NFPROTO_IPV4},
	    {"ip6", NFPROTO_IPV6}, {"inet6", NFPROTO_IPV6}, {"ipv6", NFPROTO_IPV6},
	};
	struct span word;
	int err = take_word(words, "a family", &word, why);

	for (size_t i = 0; !err && i < sizeof(families) / sizeof(families[0]); i++)
		if (span_is(word, families[i].word)) {
			*(uint32_t *)to = families[i].pf;
			return 0;
		}
	return err ? err : problem(why, -EINVAL, word.at, "ip or ip6 is expected");
}

static int take_hook(struct span *words, void *to, struct problem *why)
{
	return take_word(words, "a hook", to, why);
}

static int take_priority(struct span *words, void *to, struct problem *why)
{
	struct span word;
	unsigned __int128 v;
	bool negative;
	int err = take_word(words, "a number", &word, why);

	if (err)
		return err;
	if (span_number(word, &v, &negative) || v > (unsigned int)INT_MAX + negative)
		return problem(why, -EINVAL, word.at, "a number of 32 bits is expected");
	*(int64_t *)to = negative ? -(int64_t)v : (int64_t)v;
	return 0;
}

#define PLACE                                                                                      \
	{"pf ip|ip6", take_family, NET_AT(netfilter.pf), CLAUSE_ONCE},                             \
	    {"hook H", take_hook, NET_AT(netfilter.hook), CLAUSE_ONCE},                            \
	    {"priority N", take_priority, NET_AT(netfilter.prio), CLAUSE_ONCE},                    \
	{                                                                                          \
		"prio N", take_priority, NET_AT(netfilter.prio), CLAUSE_INSTEAD                    \
	}

static const struct clause netfilter_attach[] = {
    PLACE, {"defrag", NULL, NET_AT(netfilter.defrag), CLAUSE_ONCE}, NET_PROGRAM, {}};
static const struct clause netfilter_detach[] = {PLACE, NET_ATTACHED, {}};

static const char *netfilter_meaning(int err)
{
	return err == -EBUSY ? "another program has this priority there" : NULL;
}

const struct net_hook_type net_netfilter = {
    .prog_type = BPF_PROG_TYPE_NETFILTER,
    .attach_words = netfilter_attach,
    .detach_words = netfilter_detach,
    .attach = attach_netfilter,
    .meaning = netfilter_meaning,
};
