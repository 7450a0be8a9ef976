// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs for each place in networking, which count what passes that the tests have sent. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define OUR_PROTOCOL ETH_P_802_EX1 /* for local experiments */
#define OUR_PORT     4242

struct bpf_nf_ctx;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} passed SEC(".maps");

/* The digits of the programs that the last packet went through, in order. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} trail SEC(".maps");

static __always_inline void count(void)
{
	__u32 slot = 0;
	__u64 *n = bpf_map_lookup_elem(&passed, &slot);

	if (n)
		__sync_fetch_and_add(n, 1);
}

static __always_inline int step(struct __sk_buff *skb, __u64 digit)
{
	__u32 slot = 0;
	__u64 *path = bpf_map_lookup_elem(&trail, &slot);

	if (path && skb->protocol == bpf_htons(OUR_PROTOCOL))
		*path = *path * 10 + digit;
	return TCX_NEXT;
}

SEC("xdp")
int count_frames(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) <= end && eth->h_proto == bpf_htons(OUR_PROTOCOL))
		count();
	return XDP_PASS;
}

SEC("xdp")
int count_none(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc")
int count_packets(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(OUR_PROTOCOL))
		count();
	return TC_ACT_UNSPEC;
}

SEC("tc")
int one(struct __sk_buff *skb)
{
	return step(skb, 1);
}

SEC("tc")
int two(struct __sk_buff *skb)
{
	return step(skb, 2);
}

SEC("tc")
int three(struct __sk_buff *skb)
{
	return step(skb, 3);
}

SEC("tc")
int four(struct __sk_buff *skb)
{
	return step(skb, 4);
}

SEC("flow_dissector")
int count_dissected(struct __sk_buff *skb)
{
	if (skb->flow_keys->n_proto == bpf_htons(OUR_PROTOCOL))
		count();
	return BPF_OK;
}

SEC("netfilter")
int count_filtered(struct bpf_nf_ctx *ctx)
{
	count();
	return 1; /* NF_ACCEPT */
}

SEC("sk_lookup")
int count_looked_up(struct bpf_sk_lookup *ctx)
{
	if (ctx->local_port == OUR_PORT)
		count();
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
