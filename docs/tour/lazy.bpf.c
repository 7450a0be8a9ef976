// SPDX-License-Identifier: GPL-2.0-or-later
/* For docs/tour.md: a TCP congestion control that never changes its window. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock {
	int unused;
};

struct tcp_sock {
	__u32 snd_cwnd;
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops")
__u32 BPF_PROG(half_ssthresh, struct sock *sk)
{
	__u32 window = ((struct tcp_sock *)sk)->snd_cwnd;

	return window > 4 ? window / 2 : 2;
}

SEC("struct_ops")
void BPF_PROG(lazy_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops")
__u32 BPF_PROG(same_undo_cwnd, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops tour_cc = {
    .ssthresh = (void *)half_ssthresh,
    .cong_avoid = (void *)lazy_cong_avoid,
    .undo_cwnd = (void *)same_undo_cwnd,
    .name = "lazy",
};

char _license[] SEC("license") = "GPL";
