// SPDX-License-Identifier: GPL-2.0-or-later
/* For docs/tour.md: counts packets at XDP, tcx and a cgroup, and goes on by a tail call. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum protocol { OTHER = 0, ICMP = IPPROTO_ICMP, TCP = IPPROTO_TCP, UDP = IPPROTO_UDP };

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, enum protocol);
	__type(value, struct traffic);
} traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} jumps SEC(".maps");

const volatile enum protocol dropped = OTHER;
__u64 seen, jumped, sent;

static void count(enum protocol protocol, __u64 bytes)
{
	struct traffic none = {}, *t = bpf_map_lookup_elem(&traffic, &protocol);

	if (!t) {
		bpf_map_update_elem(&traffic, &protocol, &none, BPF_NOEXIST);
		t = bpf_map_lookup_elem(&traffic, &protocol);
	}
	if (t) {
		__sync_fetch_and_add(&t->packets, 1);
		__sync_fetch_and_add(&t->bytes, bytes);
	}
}

static enum protocol protocol_of(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return OTHER;
	return ip->protocol;
}

SEC("xdp")
int tour_frames(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	enum protocol protocol = protocol_of(data, end);

	count(protocol, end - data);
	if (dropped && protocol == dropped)
		return XDP_DROP;
	bpf_tail_call(ctx, &jumps, 0);
	return XDP_PASS;
}

SEC("xdp")
int tour_jump(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&jumped, 1);
	return XDP_PASS;
}

SEC("tcx/ingress")
int tour_packets(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return TCX_NEXT;
}

SEC("cgroup_skb/egress")
int tour_sent(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&sent, skb->len);
	return 1;
}

char _license[] SEC("license") = "GPL";
