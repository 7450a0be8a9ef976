// SPDX-License-Identifier: GPL-2.0-or-later
/* A TCP congestion control whose functions the application chooses. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock {
	int unused;
};

struct tcp_congestion_ops {
	__u32 flags;
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*init)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
	void *owner;
};

int inits, other_inits;

SEC("struct_ops")
__u32 BPF_PROG(two, struct sock *sk)
{
	return 2;
}

SEC("struct_ops")
__u32 BPF_PROG(undo, struct sock *sk)
{
	return 2;
}

SEC("struct_ops")
void BPF_PROG(nothing, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops")
void BPF_PROG(init, struct sock *sk)
{
	inits++;
}

SEC("struct_ops")
void BPF_PROG(other_init, struct sock *sk)
{
	other_inits++;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops control = {
    .ssthresh = (void *)two,
    .cong_avoid = (void *)nothing,
    .init = (void *)init,
    .undo_cwnd = (void *)undo,
    .name = "bpfview_skel",
};

char _license[] SEC("license") = "GPL";
