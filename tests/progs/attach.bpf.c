// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs for network hooks, alike in what the kernel keeps of their names. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

SEC("tc")
int lets_everything_through_first(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

SEC("tc")
int lets_everything_through_second(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

SEC("xdp")
int lets_every_frame_through(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
