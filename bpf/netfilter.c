// SPDX-License-Identifier: GPL-2.0-or-later
#include "netfilter.h"

#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *netfilter_family_name(uint32_t pf)
{
	static const char *const words[] = {
	    [NFPROTO_INET] = "inet",	 [NFPROTO_IPV4] = "ip",	      [NFPROTO_ARP] = "arp",
	    [NFPROTO_NETDEV] = "netdev", [NFPROTO_BRIDGE] = "bridge", [NFPROTO_IPV6] = "ip6",
	};

	return pf < COUNT(words) ? words[pf] : NULL;
}

const char *netfilter_hook_name(uint32_t pf, uint32_t hook)
{
	static const char *const inet[] = {
	    [NF_INET_PRE_ROUTING] = "prerouting",   [NF_INET_LOCAL_IN] = "input",
	    [NF_INET_FORWARD] = "forward",	    [NF_INET_LOCAL_OUT] = "output",
	    [NF_INET_POST_ROUTING] = "postrouting", [NF_INET_INGRESS] = "ingress",
	};
	static const char *const arp[] = {
	    [NF_ARP_IN] = "input", [NF_ARP_OUT] = "output", [NF_ARP_FORWARD] = "forward"};

	switch (pf) {
	case NFPROTO_INET:
	case NFPROTO_IPV4:
	case NFPROTO_IPV6:
	case NFPROTO_BRIDGE: return hook < COUNT(inet) ? inet[hook] : NULL;
	case NFPROTO_ARP: return hook < COUNT(arp) ? arp[hook] : NULL;
	default: return NULL;
	}
}

void netfilter_describe(struct doc *d, const struct netfilter_place *p)
{
	static const struct flag_word flags[] = {{BPF_F_NETFILTER_IP_DEFRAG, "ip_defrag"}, {}};

	doc_u64(d, "pf", p->pf);
	doc_named(d, "pf_name", p->pf, netfilter_family_name(p->pf));
	doc_u64(d, "hook", p->hook);
	doc_named(d, "hook_name", p->hook, netfilter_hook_name(p->pf, p->hook));
	doc_i64(d, "prio", p->prio);
	doc_flags(d, "flags", "flag_names", p->flags, flags);
}
