// SPDX-License-Identifier: GPL-2.0-or-later
/* Two TCP congestion controls, one registered by itself and one by a link, and a program that has
 * nothing to do with them. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock {
	int unused;
};

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops")
__u32 BPF_PROG(two_window, struct sock *sk)
{
	return 2;
}

SEC("struct_ops")
__u32 BPF_PROG(two_undo, struct sock *sk)
{
	return 2;
}

SEC("struct_ops")
void BPF_PROG(two_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("socket")
int unrelated(struct __sk_buff *skb)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops plain_cc = {
    .ssthresh = (void *)two_window,
    .cong_avoid = (void *)two_cong_avoid,
    .undo_cwnd = (void *)two_undo,
    .name = "bpfview_one_",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops by_link_cc = {
    .ssthresh = (void *)two_window,
    .cong_avoid = (void *)two_cong_avoid,
    .undo_cwnd = (void *)two_undo,
    .name = "bpfview_two_",
};

char _license[] SEC("license") = "GPL";
