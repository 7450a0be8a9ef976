// SPDX-License-Identifier: GPL-2.0-or-later
#include "netfilter.h"

#include "buf.h"
#include "netfilter_record.h"
#include "shared.h"

#include "bpf/netfilter.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <stdlib.h>
#include <unistd.h>

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

/* --- the namespaces of links --- */

struct table {
	int refusal;	    /* -errno: the iterator does not work here */
	struct buf records; /* struct netfilter_record each */
};

static int read_all(int fd, struct buf *out)
{
	ssize_t n = -1;
	char *room;

	while ((room = buf_room(out, 4096))) {
		n = read(fd, room, 4096);
		if (n > 0)
			out->len += (size_t)n;
		else if (!n || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return out->err ? out->err : n < 0 ? -errno : 0;
}

static int run(struct netfilter_bpf *bpf, struct buf *out)
{
	int err = netfilter_bpf__load(bpf), fd;

	if (!err)
		err = netfilter_bpf__attach(bpf);
	if (err)
		return err;
	fd = bpf_iter_create(bpf_link__fd(bpf->links.bpfview_netfilter));
	err = fd < 0 ? fd : read_all(fd, out);
	if (fd >= 0)
		close(fd);
	return err;
}

static int load(void **out)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bpfview");
	struct table *t = calloc(1, sizeof(*t));
	struct netfilter_bpf *bpf;

	if (!t)
		return -ENOMEM;
	bpf = netfilter_bpf__open_opts(&opts);
	t->refusal = bpf ? run(bpf, &t->records) : -errno;
	netfilter_bpf__destroy(bpf);
	*out = t;
	return 0;
}

static void unload(void *value)
{
	struct table *t = value;

	buf_free(&t->records);
	free(t);
}

static struct shared tables = {.load = load, .unload = unload, .lock = PTHREAD_MUTEX_INITIALIZER};

static int find(const struct table *t, uint32_t link_id, uint64_t *ino)
{
	const struct netfilter_record *r = (const void *)t->records.data;

	if (t->refusal)
		return t->refusal == -ENOENT ? -EOPNOTSUPP : t->refusal;
	for (size_t i = 0; i < t->records.len / sizeof(*r); i++)
		if (r[i].link_id == link_id) {
			*ino = r[i].ns_ino;
			return 0;
		}
	return -ENOENT;
}

int netfilter_netns(uint32_t link_id, uint64_t *ino)
{
	int err = -ENOENT;

	/* A link that is not in the table may be younger than it. */
	for (int fresh = 0; err == -ENOENT && fresh < 2; fresh++) {
		void *t;
		int got = shared_get(&tables, &t);

		if (got)
			return got;
		err = find(t, link_id, ino);
		if (err == -ENOENT)
			shared_drop(&tables, t);
		shared_put(&tables, t);
	}
	return err;
}
