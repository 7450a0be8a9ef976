// SPDX-License-Identifier: GPL-2.0-or-later
#include "net.h"

#include "kind.h"
#include "map.h"
#include "netlink.h"
#include "netns.h"
#include "prog.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netdev.h>
#include <string.h>
#include <sys/stat.h>

/* What the generic netlink family "netdev" (Linux 6.3) tells of an interface. */
struct features {
	uint32_t ifindex;
	char name[IF_NAMESIZE]; /* "" when it has gone meanwhile */
	uint64_t ns_ino;
	uint64_t xdp, rx_metadata, xsk;
	uint32_t zc_max_segs;
};

static int take_features(const struct nlmsghdr *h, void *arg)
{
	struct features *f = arg;
	const struct nlattr *tb[NETDEV_A_DEV_MAX + 1];

	netlink_attrs(h, sizeof(struct genlmsghdr), tb, NETDEV_A_DEV_MAX + 1);
	f->xdp = netlink_uint(tb[NETDEV_A_DEV_XDP_FEATURES]);
	f->zc_max_segs = (uint32_t)netlink_uint(tb[NETDEV_A_DEV_XDP_ZC_MAX_SEGS]);
	f->rx_metadata = netlink_uint(tb[NETDEV_A_DEV_XDP_RX_METADATA_FEATURES]);
	f->xsk = netlink_uint(tb[NETDEV_A_DEV_XSK_FEATURES]);
	return 0;
}

static int ask(struct netlink *nl, struct features *f)
{
	struct genlmsghdr *g;
	struct nlmsghdr *h;
	uint16_t family;
	int err = netlink_family(nl, NETDEV_FAMILY_NAME, &family);

	if (err)
		return err;
	h = netlink_request(nl, family, 0);
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->cmd = NETDEV_CMD_DEV_GET;
	g->version = NETDEV_FAMILY_VERSION;
	mnl_attr_put_u32(h, NETDEV_A_DEV_IFINDEX, f->ifindex);
	return netlink_ask(nl, take_features, f);
}

/* Runs in the namespace. */
static int read_features(void *arg)
{
	struct features *f = arg;
	struct netlink *nl;
	struct stat st;
	int err = netlink_open(NETLINK_GENERIC, &nl);

	if (err)
		return err;
	err = ask(nl, f);
	netlink_close(nl);
	if (!err && stat("/proc/thread-self/ns/net", &st))
		err = -errno;
	if (err)
		return err == -ENODEV ? -ENOENT : err;
	f->ns_ino = st.st_ino;
	if (!if_indextoname(f->ifindex, f->name))
		*f->name = '\0';
	return 0;
}

bool net_can_offload(const char *netns, uint32_t ifindex)
{
	struct features f = {.ifindex = ifindex};

	return !netns_run(netns, read_features, &f) && f.xdp & NETDEV_XDP_ACT_HW_OFFLOAD;
}

static bool is_bound(const struct features *f, uint32_t ifindex, uint64_t ns_ino)
{
	return ifindex == f->ifindex && ns_ino == f->ns_ino;
}

static bool prog_is_bound(const struct features *f, uint32_t id)
{
	struct prog p;
	bool bound;

	if (prog_open(id, 0, &p))
		return false;
	bound = is_bound(f, p.info.ifindex, p.info.netns_ino);
	prog_close(&p);
	return bound;
}

static bool map_is_bound(const struct features *f, uint32_t id)
{
	struct map m;
	bool bound;

	if (map_open(id, false, &m))
		return false;
	bound = is_bound(f, m.info.ifindex, m.info.netns_ino);
	map_close(&m);
	return bound;
}

static void describe_bound(struct doc *d, const char *key, enum kind kind, const struct features *f,
			   bool (*is)(const struct features *f, uint32_t id))
{
	uint32_t id = 0;

	doc_array(d, key);
	while (!kind_next_id(kind, id, &id))
		if (is(f, id))
			doc_u64(d, NULL, id);
	doc_close(d);
}

/* The words are those of the kernel's specification of the family (netdev.yaml). */
static void describe_features(struct doc *d, const struct features *f)
{
	static const struct flag_word xdp[] = {{NETDEV_XDP_ACT_BASIC, "basic"},
					       {NETDEV_XDP_ACT_REDIRECT, "redirect"},
					       {NETDEV_XDP_ACT_NDO_XMIT, "ndo-xmit"},
					       {NETDEV_XDP_ACT_XSK_ZEROCOPY, "xsk-zerocopy"},
					       {NETDEV_XDP_ACT_HW_OFFLOAD, "hw-offload"},
					       {NETDEV_XDP_ACT_RX_SG, "rx-sg"},
					       {NETDEV_XDP_ACT_NDO_XMIT_SG, "ndo-xmit-sg"},
					       {}};
	static const struct flag_word metadata[] = {{NETDEV_XDP_RX_METADATA_TIMESTAMP, "timestamp"},
						    {NETDEV_XDP_RX_METADATA_HASH, "hash"},
						    {NETDEV_XDP_RX_METADATA_VLAN_TAG, "vlan-tag"},
						    {}};
	static const struct flag_word xsk[] = {{NETDEV_XSK_FLAGS_TX_TIMESTAMP, "tx-timestamp"},
					       {NETDEV_XSK_FLAGS_TX_CHECKSUM, "tx-checksum"},
					       {}};

	doc_flags(d, "xdp_features", "xdp_feature_names", f->xdp, xdp);
	doc_flags(d, "xdp_rx_metadata_features", "xdp_rx_metadata_feature_names", f->rx_metadata,
		  metadata);
	doc_flags(d, "xsk_features", "xsk_feature_names", f->xsk, xsk);
	if (f->zc_max_segs)
		doc_u64(d, "xdp_zc_max_segs", f->zc_max_segs);
}

int net_describe_offload(const char *netns, uint32_t ifindex, enum doc_form form, struct buf *out)
{
	struct features f = {.ifindex = ifindex};
	int err = netns_run(netns, read_features, &f);
	struct doc *d;

	if (err)
		return err;
	d = doc_begin(form, out, NULL);
	if (!d)
		return -ENOMEM;
	doc_object(d, NULL);
	if (*f.name)
		doc_str(d, "devname", f.name);
	doc_u64(d, "ifindex", ifindex);
	describe_features(d, &f);
	describe_bound(d, "prog_ids", KIND_PROG, &f, prog_is_bound);
	describe_bound(d, "map_ids", KIND_MAP, &f, map_is_bound);
	doc_close(d);
	return doc_end(d);
}
