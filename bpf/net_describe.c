// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_impl.h"

#include "prog.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <string.h>

/* What a document is made from. */
struct view {
	struct doc *d;
	enum doc_form form;
	const struct net *net;
};

static const char *const hook_words[NET_HOOK_COUNT] = {
    [NET_XDP] = "xdp",
    [NET_TCX_INGRESS] = "tcx/ingress",
    [NET_TCX_EGRESS] = "tcx/egress",
    [NET_NETKIT_PRIMARY] = "netkit/primary",
    [NET_NETKIT_PEER] = "netkit/peer",
    [NET_TC_INGRESS] = "tc/ingress",
    [NET_TC_EGRESS] = "tc/egress",
    [NET_FLOW_DISSECTOR] = "flow_dissector",
    [NET_NETFILTER] = "netfilter",
    [NET_SK_LOOKUP] = "sk_lookup",
};

const char *net_hook_word(enum net_hook hook)
{
	return hook_words[hook];
}

const char *net_xdp_mode(const struct net_attachment *a)
{
	switch (a->xdp_mode) {
	case XDP_ATTACHED_DRV: return "driver";
	case XDP_ATTACHED_SKB: return "generic";
	case XDP_ATTACHED_HW: return "offload";
	default: return "unknown";
	}
}

/* A word where there is one, else the number. */
static void word_or_number(const char *word, uint32_t number, struct buf *out)
{
	if (word)
		buf_str(out, word);
	else
		buf_u64(out, number);
}

void net_place(const struct net_attachment *a, struct buf *out)
{
	switch (a->hook) {
	case NET_XDP: buf_printf(out, "xdp/%s", net_xdp_mode(a)); break;
	case NET_TC_INGRESS:
	case NET_TC_EGRESS: buf_str(out, a->tc.where); break;
	case NET_NETFILTER:
		word_or_number(netfilter_family_name(a->netfilter.pf), a->netfilter.pf, out);
		buf_char(out, '/');
		word_or_number(netfilter_hook_name(a->netfilter.pf, a->netfilter.hook),
			       a->netfilter.hook, out);
		break;
	default: buf_str(out, hook_words[a->hook]); break;
	}
}

void net_prog_name(uint32_t prog_id, struct buf *out)
{
	struct prog p;

	buf_reset(out);
	if (!prog_id || prog_open(prog_id, 0, &p))
		return;
	prog_full_name(&p, out);
	prog_close(&p);
}

/* --- what entries are made of --- */

static bool is_classic(const struct net_attachment *a)
{
	return a->hook == NET_TC_INGRESS || a->hook == NET_TC_EGRESS;
}

static const struct net_device *device_of(const struct net *net, uint32_t ifindex)
{
	for (size_t i = 0; i < net->ndevices; i++)
		if (net->devices[i].ifindex == ifindex)
			return &net->devices[i];
	return NULL;
}

static void describe_device(const struct view *v, uint32_t ifindex)
{
	const struct net_device *dev = device_of(v->net, ifindex);

	if (dev && *dev->name)
		doc_str(v->d, "devname", dev->name);
	if (ifindex)
		doc_u64(v->d, "ifindex", ifindex);
}

/* The program's name, nothing when it has none. */
static void describe_name(const struct view *v, uint32_t prog_id)
{
	struct buf name __buf_free = {};

	net_prog_name(prog_id, &name);
	if (name.len)
		doc_str(v->d, "name", buf_cstr(&name));
}

static void describe_link_id(const struct view *v, const struct net_attachment *a)
{
	if (a->link_id)
		doc_u64(v->d, "link_id", a->link_id);
}

/* Each flag by its value. */
static void describe_mprog_flags(const struct view *v, const char *key, uint32_t flags)
{
	if (!flags && v->form != DOC_JSON)
		return;
	doc_array(v->d, key);
	for (uint32_t bit = 1; bit; bit <<= 1)
		if (flags & bit)
			doc_u64(v->d, NULL, bit);
	doc_close(v->d);
}

/* A qdisc or class as tc(8) writes it: hexadecimal, a qdisc without its minor number. */
static void describe_parent(const struct view *v, uint32_t handle)
{
	struct buf text __buf_free = {};

	if (handle & 0xffff)
		buf_printf(&text, "%x:%x", handle >> 16, handle & 0xffff);
	else
		buf_printf(&text, "%x:", handle >> 16);
	doc_str(v->d, "parent", buf_cstr(&text));
}

/* --- entries: each describes what begins at attachment i and returns how many those are --- */

static void describe_xdp_prog(const struct view *v, const struct net_attachment *a)
{
	doc_str(v->d, "mode", net_xdp_mode(a));
	doc_u64(v->d, "id", a->prog_id);
	describe_name(v, a->prog_id);
	describe_link_id(v, a);
}

static size_t describe_xdp(const struct view *v, size_t i)
{
	const struct net_attachment *a = &v->net->attached[i];
	size_t n = 1;

	while (i + n < v->net->nattached && a[n].hook == NET_XDP && a[n].ifindex == a->ifindex)
		n++;
	describe_device(v, a->ifindex);
	if (n == 1) {
		describe_xdp_prog(v, a);
		return n;
	}
	doc_array(v->d, "multi_attachments");
	for (size_t k = 0; k < n; k++) {
		doc_object(v->d, NULL);
		describe_xdp_prog(v, &a[k]);
		doc_close(v->d);
	}
	doc_close(v->d);
	return n;
}

static size_t describe_chained(const struct view *v, size_t i)
{
	const struct net_attachment *a = &v->net->attached[i];

	describe_device(v, a->ifindex);
	doc_str(v->d, "kind", hook_words[a->hook]);
	describe_name(v, a->prog_id);
	doc_u64(v->d, "prog_id", a->prog_id);
	describe_mprog_flags(v, "prog_flags", a->mprog.prog_flags);
	if (a->link_id || v->form == DOC_JSON) {
		doc_u64(v->d, "link_id", a->link_id);
		describe_mprog_flags(v, "link_flags", a->mprog.link_flags);
	}
	return 1;
}

static void describe_tc_prog(const struct view *v, const struct net_attachment *a)
{
	if (a->tc.name)
		doc_str(v->d, "name", a->tc.name);
	if (a->prog_id)
		doc_u64(v->d, "id", a->prog_id);
}

static size_t describe_actions(const struct view *v, size_t i)
{
	const struct net_attachment *a = &v->net->attached[i];
	size_t n = 1;

	doc_array(v->d, "act");
	for (; i + n < v->net->nattached && is_classic(&a[n]) && a[n].tc.is_action; n++) {
		doc_object(v->d, NULL);
		describe_tc_prog(v, &a[n]);
		doc_close(v->d);
	}
	doc_close(v->d);
	return n;
}

/* The words of tc(8) for the usual ones. */
static const struct {
	uint16_t number;
	const char *word;
} protocols[] = {
    {ETH_P_ALL, "all"}, {ETH_P_IP, "ip"},	 {ETH_P_IPV6, "ipv6"},
    {ETH_P_ARP, "arp"}, {ETH_P_8021Q, "802.1Q"}, {ETH_P_8021AD, "802.1ad"},
};

static const char *protocol_name(uint16_t protocol)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].number == protocol)
			return protocols[i].word;
	return NULL;
}

bool net_protocol_of(struct span word, uint16_t *out)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (span_is(word, protocols[i].word)) {
			*out = protocols[i].number;
			return true;
		}
	return false;
}

static size_t describe_filter(const struct view *v, size_t i)
{
	const struct net_attachment *a = &v->net->attached[i];
	size_t n = 1;

	describe_device(v, a->ifindex);
	doc_str(v->d, "kind", a->tc.where);
	describe_tc_prog(v, a);
	if (a->tc.has_actions)
		n = describe_actions(v, i);
	doc_str(v->d, "filter", a->tc.filter);
	describe_parent(v, a->tc.parent);
	doc_u64(v->d, "prio", a->tc.prio);
	doc_named(v->d, "protocol", a->tc.protocol, protocol_name(a->tc.protocol));
	if (a->tc.chain)
		doc_u64(v->d, "chain", a->tc.chain);
	doc_u64(v->d, "handle", a->tc.handle);
	doc_bool(v->d, "direct_action", a->tc.direct);
	return n;
}

static size_t describe_tc(const struct view *v, size_t i)
{
	return is_classic(&v->net->attached[i]) ? describe_filter(v, i) : describe_chained(v, i);
}

static size_t describe_global(const struct view *v, size_t i)
{
	const struct net_attachment *a = &v->net->attached[i];

	doc_u64(v->d, "id", a->prog_id);
	describe_name(v, a->prog_id);
	describe_link_id(v, a);
	return 1;
}

static size_t describe_netfilter(const struct view *v, size_t i)
{
	const struct net_attachment *a = &v->net->attached[i];

	netfilter_describe(v->d, &a->netfilter);
	doc_u64(v->d, "id", a->prog_id);
	describe_name(v, a->prog_id);
	describe_link_id(v, a);
	return 1;
}

/* --- documents --- */

static const struct {
	const char *key;
	unsigned int hooks;
	size_t (*describe)(const struct view *v, size_t i);
} sections[] = {
    {"xdp", 1 << NET_XDP, describe_xdp},
    {"tc",
     1 << NET_TCX_INGRESS | 1 << NET_TCX_EGRESS | 1 << NET_NETKIT_PRIMARY | 1 << NET_NETKIT_PEER |
	 1 << NET_TC_INGRESS | 1 << NET_TC_EGRESS,
     describe_tc},
    {"flow_dissector", 1 << NET_FLOW_DISSECTOR, describe_global},
    {"netfilter", 1 << NET_NETFILTER, describe_netfilter},
    {"sk_lookup", 1 << NET_SK_LOOKUP, describe_global},
};

static void describe_sections(const struct view *v, unsigned int hooks)
{
	for (size_t s = 0; s < sizeof(sections) / sizeof(sections[0]); s++) {
		if (!(sections[s].hooks & hooks))
			continue;
		doc_array(v->d, sections[s].key);
		for (size_t i = 0; i < v->net->nattached;) {
			if (!(sections[s].hooks & 1U << v->net->attached[i].hook)) {
				i++;
				continue;
			}
			doc_object(v->d, NULL);
			i += sections[s].describe(v, i);
			doc_close(v->d);
		}
		doc_close(v->d);
	}
}

/* A line for each program, wherever it is. */
static void describe_row(const struct view *v, const struct net_attachment *a)
{
	struct buf place __buf_free = {};

	net_place(a, &place);
	doc_object(v->d, NULL);
	doc_str(v->d, "hook", buf_cstr(&place));
	describe_device(v, a->ifindex);
	if (is_classic(a)) {
		describe_parent(v, a->tc.parent);
		doc_u64(v->d, "prio", a->tc.prio);
		doc_str(v->d, "filter", a->tc.is_action ? "action" : a->tc.filter);
	}
	if (a->hook == NET_NETFILTER)
		doc_i64(v->d, "prio", a->netfilter.prio);
	if (a->prog_id)
		doc_u64(v->d, "prog_id", a->prog_id);
	describe_name(v, a->prog_id);
	describe_link_id(v, a);
	doc_close(v->d);
}

static void describe_list(const struct view *v)
{
	doc_list(v->d);
	if (v->form == DOC_TABLE) {
		for (size_t i = 0; i < v->net->nattached; i++)
			describe_row(v, &v->net->attached[i]);
	} else {
		doc_object(v->d, NULL);
		describe_sections(v, NET_ALL_HOOKS);
		doc_close(v->d);
	}
	doc_close(v->d);
}

static void describe_link(const struct view *v, const struct net_device *dev)
{
	static const struct flag_word words[] = {
	    {IFF_UP, "up"},
	    {IFF_BROADCAST, "broadcast"},
	    {IFF_LOOPBACK, "loopback"},
	    {IFF_POINTOPOINT, "pointopoint"},
	    {IFF_RUNNING, "running"},
	    {IFF_NOARP, "noarp"},
	    {IFF_PROMISC, "promisc"},
	    {IFF_ALLMULTI, "allmulti"},
	    {IFF_MASTER, "master"},
	    {IFF_SLAVE, "slave"},
	    {IFF_MULTICAST, "multicast"},
	    {1 << 16, "lower_up"}, /* IFF_LOWER_UP and the following are not in <net/if.h> */
	    {1 << 17, "dormant"},
	    {},
	};

	if (*dev->kind)
		doc_str(v->d, "kind", dev->kind);
	doc_flags(v->d, "flags", "flag_names", dev->flags, words);
	doc_u64(v->d, "mtu", dev->mtu);
}

/* One interface, or one hook of it or of the namespace. */
static void describe_part(const struct view *v, const struct net_scope *scope)
{
	const struct net_device *dev = device_of(v->net, scope->ifindex);
	enum net_hook hook = NET_XDP;

	while (!(scope->hooks >> hook & 1))
		hook++;
	doc_object(v->d, NULL);
	describe_device(v, scope->ifindex);
	if (scope->hooks & (scope->hooks - 1)) {
		if (dev)
			describe_link(v, dev);
	} else {
		doc_str(v->d, "hook", hook_words[hook]);
		if (dev && dev->revisions[hook])
			doc_u64(v->d, "revision", dev->revisions[hook]);
	}
	describe_sections(v, scope->hooks);
	doc_close(v->d);
}

static int render(const struct net_scope *scope, bool all, enum doc_form form, struct buf *out)
{
	static const char *const columns[] = {"hook",	"devname", "ifindex", "parent",	 "prio",
					      "filter", "prog_id", "name",    "link_id", NULL};
	struct view v = {.form = form};
	struct net net;
	int err = net_read(scope, &net);

	if (err)
		return err;
	v.net = &net;
	v.d = doc_begin(form, out, form == DOC_TABLE ? columns : NULL);
	if (v.d && all)
		describe_list(&v);
	else if (v.d)
		describe_part(&v, scope);
	err = v.d ? doc_end(v.d) : -ENOMEM;
	net_free(&net);
	return err;
}

int net_list(const char *netns, enum doc_form form, struct buf *out)
{
	const struct net_scope scope = {.netns = netns, .hooks = NET_ALL_HOOKS};

	return render(&scope, true, form, out);
}

int net_describe_device(const char *netns, uint32_t ifindex, enum doc_form form, struct buf *out)
{
	const struct net_scope scope = {
	    .netns = netns, .ifindex = ifindex, .hooks = (1 << NET_FLOW_DISSECTOR) - 1};

	return render(&scope, false, form, out);
}

int net_describe_hook(const char *netns, uint32_t ifindex, enum net_hook hook, enum doc_form form,
		      struct buf *out)
{
	const struct net_scope scope = {.netns = netns, .ifindex = ifindex, .hooks = 1U << hook};

	return render(&scope, false, form, out);
}
