// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include "verb.h"

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
    .attach = attach_flow_dissector,
    .detach = detach_flow_dissector,
    .meaning = dissector_meaning,
};

const struct net_hook_type net_sk_lookup = {
    .prog_type = BPF_PROG_TYPE_SK_LOOKUP,
    .attach = attach_sk_lookup,
};

/* --- netfilter --- */

static int hook_number(struct net_change *c)
{
	for (uint32_t hook = 0; hook <= NF_INET_POST_ROUTING; hook++)
		if (span_is(c->wish.hook, netfilter_hook_name(c->wish.netfilter.pf, hook))) {
			c->wish.netfilter.hook = hook;
			return 0;
		}
	return problem(c->why, -EINVAL, c->wish.hook.at,
		       "one of prerouting, input, forward, output, postrouting is expected");
}

static int attach_netfilter(struct net_change *c)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	int err;

	if (!net_says(&c->wish, SAYS_FAMILY) || !net_says(&c->wish, SAYS_HOOK))
		return problem(c->why, -EINVAL, c->wish.prog_at,
			       "say where: pf ip|ip6 hook "
			       "prerouting|input|forward|output|postrouting");
	err = hook_number(c);
	if (err)
		return err;
	opts.netfilter.pf = c->wish.netfilter.pf;
	opts.netfilter.hooknum = c->wish.netfilter.hook;
	opts.netfilter.priority = c->wish.netfilter.prio;
	opts.netfilter.flags = c->wish.netfilter.flags;
	return net_make_link(c, 0, BPF_NETFILTER, &opts);
}

static int take_family(struct net_change *c, struct span *words, uint32_t unused)
{
	static const struct {
		const char *word;
		uint32_t pf;
	} families[] = {
	    {"ip", NFPROTO_IPV4},  {"inet4", NFPROTO_IPV4}, {"ipv4", NFPROTO_IPV4},
	    {"ip6", NFPROTO_IPV6}, {"inet6", NFPROTO_IPV6}, {"ipv6", NFPROTO_IPV6},
	};
	struct span word;
	int err = take_word(words, "a family", &word, c->why);

	(void)unused;
	for (size_t i = 0; !err && i < sizeof(families) / sizeof(families[0]); i++)
		if (span_is(word, families[i].word)) {
			c->wish.netfilter.pf = families[i].pf;
			return 0;
		}
	return err ? err : problem(c->why, -EINVAL, word.at, "ip or ip6 is expected");
}

static int take_hook(struct net_change *c, struct span *words, uint32_t unused)
{
	(void)unused;
	return take_word(words, "a hook", &c->wish.hook, c->why);
}

static int take_priority(struct net_change *c, struct span *words, uint32_t unused)
{
	struct span word;
	unsigned __int128 v;
	bool negative;
	int err = take_word(words, "a number", &word, c->why);

	(void)unused;
	if (err)
		return err;
	if (span_number(word, &v, &negative) || v > (unsigned int)INT_MAX + negative)
		return problem(c->why, -EINVAL, word.at, "a number of 32 bits is expected");
	c->wish.netfilter.prio = negative ? (int32_t) - (int64_t)v : (int32_t)v;
	return 0;
}

static int take_defrag(struct net_change *c, struct span *words, uint32_t flag)
{
	(void)words;
	c->wish.netfilter.flags |= flag;
	return 0;
}

static const struct net_option options[] = {
    {"pf", SAYS_FAMILY, take_family, 0, true},
    {"hook", SAYS_HOOK, take_hook, 0, true},
    {"priority", SAYS_PRIORITY, take_priority, 0, true},
    {"prio", SAYS_PRIORITY, take_priority, 0, true},
    {"defrag", SAYS_DEFRAG, take_defrag, BPF_F_NETFILTER_IP_DEFRAG, false},
    {},
};

static const char *netfilter_meaning(int err)
{
	return err == -EBUSY ? "another program has this priority there" : NULL;
}

const struct net_hook_type net_netfilter = {
    .prog_type = BPF_PROG_TYPE_NETFILTER,
    .options = options,
    .attach = attach_netfilter,
    .meaning = netfilter_meaning,
};
