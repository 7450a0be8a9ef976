// SPDX-License-Identifier: GPL-2.0-or-later
/* Networking programs of several types that share a typed map. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct flow {
	__be32 saddr;
	__be32 daddr;
	__u8 protocol;
};

struct counts {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct flow);
	__type(value, struct counts);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct counts);
} per_hook SEC(".maps");

static __always_inline void count(struct flow *flow, __u64 bytes)
{
	struct counts *known, first = {1, bytes};

	known = bpf_map_lookup_elem(&flows, flow);
	if (!known) {
		bpf_map_update_elem(&flows, flow, &first, BPF_NOEXIST);
		return;
	}
	__sync_fetch_and_add(&known->packets, 1);
	__sync_fetch_and_add(&known->bytes, bytes);
}

SEC("xdp")
int count_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct flow flow = {};

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	flow.saddr = ip->saddr;
	flow.daddr = ip->daddr;
	flow.protocol = ip->protocol;
	count(&flow, bpf_ntohs(ip->tot_len));
	return ip->protocol == IPPROTO_ICMP ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int count_tc(struct __sk_buff *skb)
{
	struct flow flow = {};

	if (bpf_skb_load_bytes(skb, ETH_HLEN + 12, &flow.saddr, 8))
		return 0;
	count(&flow, skb->len);
	return 0;
}

SEC("socket")
int first_byte(struct __sk_buff *skb)
{
	__u32 slot = skb->protocol == bpf_htons(ETH_P_IP);
	struct counts *mine = bpf_map_lookup_elem(&per_hook, &slot);
	__u8 byte = 0;

	if (mine)
		mine->packets++;
	if (bpf_skb_load_bytes(skb, 0, &byte, 1))
		return 0;
	return byte > 0x45 ? skb->len : 0;
}

SEC("cgroup_skb/egress")
int let_out(struct __sk_buff *skb)
{
	return skb->len < 9000 && skb->priority != 7;
}

SEC("sk_lookup")
int choose_socket(struct bpf_sk_lookup *ctx)
{
	return ctx->local_port == 7 && ctx->protocol == IPPROTO_TCP ? SK_DROP : SK_PASS;
}

char _license[] SEC("license") = "GPL";
