// SPDX-License-Identifier: GPL-2.0-or-later
#include "netplace.h"

#include "iterators.h"
#include "net.h"
#include "netplace_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct netplaces {
	size_t n;
	struct netplace_record *records; /* ascending by link_id */
	struct buf buf;			 /* that they are in */
};

static int compare(const void *a, const void *b)
{
	const struct netplace_record *x = a, *y = b;

	return x->link_id < y->link_id ? -1 : x->link_id > y->link_id;
}

int netplaces_read(struct netplaces **out)
{
	struct netplaces *p = calloc(1, sizeof(*p));
	int err = p ? iterator_read(ITERATOR_LINKS, sizeof(*p->records), &p->buf) : -ENOMEM;

	if (err) {
		netplaces_free(p);
		return err;
	}
	p->records = (void *)p->buf.data;
	p->n = p->buf.len / sizeof(*p->records);
	if (p->n)
		qsort(p->records, p->n, sizeof(*p->records), compare);
	*out = p;
	return 0;
}

void netplaces_free(struct netplaces *p)
{
	if (!p)
		return;
	buf_free(&p->buf);
	free(p);
}

/* The device that the info speaks of, and the hooks that the link may be at. */
static uint32_t device_of(const struct bpf_link_info *info, unsigned int *hooks)
{
	switch (info->type) {
	case BPF_LINK_TYPE_XDP: *hooks = 1U << NET_XDP; return info->xdp.ifindex;
	case BPF_LINK_TYPE_TCX:
		*hooks = 1U << NET_TCX_INGRESS | 1U << NET_TCX_EGRESS;
		return info->tcx.ifindex;
	case BPF_LINK_TYPE_NETKIT:
		*hooks = 1U << NET_NETKIT_PRIMARY | 1U << NET_NETKIT_PEER;
		return info->netkit.ifindex;
	default: *hooks = 0; return 0;
	}
}

/* Chains have the ids of their links.  Of an XDP program only the program is known: where it is on
 * the device of that number, it is taken to be there by that link. */
static bool is_at(const struct net_attachment *a, const struct bpf_link_info *info)
{
	return a->hook == NET_XDP ? a->prog_id == info->prog_id : a->link_id == info->id;
}

static int find_at_home(const struct bpf_link_info *info, struct netplace *out)
{
	struct net_scope scope = {};
	struct net net;
	int err;

	scope.ifindex = device_of(info, &scope.hooks);
	err = scope.ifindex ? net_read(&scope, &net) : -ENOENT;
	if (err)
		return -ENOENT;
	err = -ENOENT;
	for (size_t i = 0; err && net.ndevices && i < net.nattached; i++) {
		if (!is_at(&net.attached[i], info))
			continue;
		*out = (struct netplace){.netns_ino = net.ino, .ifindex = scope.ifindex};
		memcpy(out->devname, net.devices[0].name, sizeof(out->devname));
		err = 0;
	}
	net_free(&net);
	return err;
}

int netplaces_find(const struct netplaces *p, const struct bpf_link_info *info,
		   struct netplace *out)
{
	const struct netplace_record key = {.link_id = info->id}, *r;
	unsigned int hooks;

	if (!p)
		return find_at_home(info, out);
	r = p->n ? bsearch(&key, p->records, p->n, sizeof(*r), compare) : NULL;
	/* what was about to go when it was looked at */
	if (!r || r->ifindex != device_of(info, &hooks))
		return -ENOENT;
	*out = (struct netplace){.netns_ino = r->ns_ino, .ifindex = r->ifindex};
	memcpy(out->devname, r->devname, sizeof(out->devname) - 1);
	return 0;
}

uint32_t netplaces_link_at(const struct netplaces *p, uint64_t netns_ino, uint32_t ifindex,
			   uint32_t prog_id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->records[i].ns_ino == netns_ino && p->records[i].ifindex == ifindex &&
		    p->records[i].prog_id == prog_id)
			return p->records[i].link_id;
	return 0;
}
