// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_impl.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* Chains of several programs that BPF_PROG_QUERY tells of, by the index of the interface in the
 * namespace of the caller. */
static const struct {
	enum net_hook hook;
	enum bpf_attach_type type;
	const char *kind; /* the only kind of interface that has it; NULL: all have */
} chains[] = {
    {NET_TCX_INGRESS, BPF_TCX_INGRESS, NULL},
    {NET_TCX_EGRESS, BPF_TCX_EGRESS, NULL},
    {NET_NETKIT_PRIMARY, BPF_NETKIT_PRIMARY, "netkit"},
    {NET_NETKIT_PEER, BPF_NETKIT_PEER, "netkit"},
};

/* What a query fills: four arrays of `size` in one piece of memory. */
struct answer {
	uint32_t *ids;
	size_t size;
	struct bpf_prog_query_opts opts;
};

enum { FIRST_SIZE = 64 /* the kernel's own limit (BPF_MPROG_MAX) */, MAX_SIZE = 4096 };

static int query(uint32_t ifindex, enum bpf_attach_type type, struct answer *a)
{
	int err = -ENOSPC;

	for (a->size = FIRST_SIZE; err == -ENOSPC && a->size <= MAX_SIZE; a->size *= 2) {
		free(a->ids);
		a->ids = calloc(a->size, 4 * sizeof(*a->ids));
		if (!a->ids)
			return -ENOMEM;
		a->opts = (struct bpf_prog_query_opts){
		    .sz = sizeof(a->opts),
		    .prog_ids = a->ids,
		    .prog_attach_flags = a->ids + a->size,
		    .link_ids = a->ids + 2 * a->size,
		    .link_attach_flags = a->ids + 3 * a->size,
		    .count = (uint32_t)a->size,
		};
		err = bpf_prog_query_opts((int)ifindex, type, &a->opts);
	}
	return err;
}

static int read_chain(struct net_reader *r, struct net_device *dev, size_t chain)
{
	struct answer a = {};
	int err = query(dev->ifindex, chains[chain].type, &a);

	if (err) { /* no such chain: an older kernel, or the peer of a netkit pair */
		free(a.ids);
		return err == -ENOMEM ? err : 0;
	}
	dev->revisions[chains[chain].hook] = a.opts.revision;
	for (uint32_t i = 0; !err && i < a.opts.count; i++) {
		struct net_attachment *at =
		    net_add(r, chains[chain].hook, dev->ifindex, a.opts.prog_ids[i]);

		if (at) {
			at->link_id = a.opts.link_ids[i];
			at->mprog.prog_flags = a.opts.prog_attach_flags[i];
			at->mprog.link_flags = a.opts.link_attach_flags[i];
		} else {
			err = -ENOMEM;
		}
	}
	free(a.ids);
	return err;
}

int net_read_chains(struct net_reader *r, struct net_device *dev)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(chains) / sizeof(chains[0]); i++)
		if (net_wants(r, chains[i].hook) &&
		    (!chains[i].kind || !strcmp(chains[i].kind, dev->kind)))
			err = read_chain(r, dev, i);
	return err;
}

int net_read_flow_dissector(struct net_reader *r)
{
	uint32_t id = 0, count = 1, flags;

	/* Kernels before 5.5 have no such query: nothing is known of them then. */
	if (bpf_prog_query(r->ns, BPF_FLOW_DISSECTOR, 0, &flags, &id, &count) || !count)
		return 0;
	return net_add(r, NET_FLOW_DISSECTOR, 0, id) ? 0 : -ENOMEM;
}
