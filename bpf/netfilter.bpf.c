// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A BPF iterator over all links, which writes a record for each that is a netfilter link: the
 * kernel's info on them does not say which network namespace they are in.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "netfilter_record.h"

/* The parts of the kernel's types that are looked at; CO-RE finds them wherever they are. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

struct bpf_link {
	__u32 id;
	enum bpf_link_type type;
};

struct bpf_nf_link {
	struct bpf_link link;
	struct net *net;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__bpf_link {
	struct bpf_iter_meta *meta;
	struct bpf_link *link;
};

#pragma clang attribute pop

char LICENSE[] SEC("license") = "GPL";

SEC("iter/bpf_link")
int bpfview_netfilter(struct bpf_iter__bpf_link *ctx)
{
	struct bpf_link *link = ctx->link;
	struct netfilter_record record = {};

	if (!link || link->type != BPF_LINK_TYPE_NETFILTER)
		return 0;
	record.link_id = link->id;
	record.ns_ino = BPF_CORE_READ((struct bpf_nf_link *)link, net, ns.inum);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
