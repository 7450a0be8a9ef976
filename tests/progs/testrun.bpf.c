// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs for test runs: each changes what it is given, so that the output says that it ran. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct order {
	__u32 left;
	__u32 right;
	__s64 sum;
};

__u64 frames, last_arg, cpu_seen = ~0ULL, runs;

SEC("xdp")
int tr_xdp(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 6 > end)
		return XDP_ABORTED;
	for (int i = 0; i < 6; i++)
		data[i] = 0xf0 + i;
	if (bpf_xdp_adjust_head(ctx, -4))
		return XDP_ABORTED;
	return ctx->rx_queue_index ? XDP_DROP : XDP_PASS;
}

/* Sends every frame back to where it came from. */
SEC("xdp")
int tr_back(struct xdp_md *ctx)
{
	return XDP_TX;
}

/* Counts ours among what else goes over an interface. */
SEC("xdp")
int tr_count(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 1 <= end && *data == 'L')
		__sync_fetch_and_add(&frames, 1);
	return XDP_DROP;
}

SEC("xdp.frags")
int tr_frags(struct xdp_md *ctx)
{
	return bpf_xdp_get_buff_len(ctx) > 4096 ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int tr_tc(struct __sk_buff *skb)
{
	__u8 byte = 0xaa;

	bpf_skb_store_bytes(skb, 0, &byte, 1, 0);
	skb->mark += 1;
	skb->cb[1] = skb->len;
	runs++;
	return skb->priority ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("socket")
int tr_socket(struct __sk_buff *skb)
{
	return (int)skb->len;
}

SEC("cgroup_skb/ingress")
int tr_cgroup(struct __sk_buff *skb)
{
	return skb->len == 50;
}

SEC("lwt_xmit")
int tr_lwt(struct __sk_buff *skb)
{
	return skb->len > 60 ? BPF_DROP : BPF_OK;
}

SEC("raw_tp/sched_switch")
int tr_raw(struct bpf_raw_tracepoint_args *ctx)
{
	last_arg = ctx->args[1];
	cpu_seen = bpf_get_smp_processor_id();
	return (int)(ctx->args[0] + ctx->args[1]);
}

SEC("syscall")
int tr_syscall(struct order *order)
{
	order->sum = (__s64)order->left - order->right;
	return 7;
}

SEC("flow_dissector")
int tr_dissector(struct __sk_buff *skb)
{
	struct bpf_flow_keys *keys = skb->flow_keys;

	keys->ip_proto = IPPROTO_UDP;
	keys->sport = bpf_htons(1000);
	keys->thoff = keys->nhoff + 20;
	return keys->flags & BPF_FLOW_DISSECTOR_F_STOP_AT_ENCAP ? BPF_DROP : BPF_OK;
}

SEC("sk_lookup")
int tr_lookup(struct bpf_sk_lookup *ctx)
{
	return ctx->local_port == 7 && ctx->protocol == IPPROTO_TCP ? SK_DROP : SK_PASS;
}

SEC("netfilter")
int tr_netfilter(void *ctx)
{
	return 1;
}

SEC("cgroup/sock_create")
int tr_refused(struct bpf_sock *ctx)
{
	return 1;
}

char _license[] SEC("license") = "GPL";
