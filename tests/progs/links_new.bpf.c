// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs for links that Linux 6.1 does not have yet. */
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
__u32 BPF_PROG(two_ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops")
void BPF_PROG(no_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops")
__u32 BPF_PROG(two_undo_cwnd, struct sock *sk)
{
	return 2;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops linked_cc = {
    .ssthresh = (void *)two_ssthresh,
    .cong_avoid = (void *)no_cong_avoid,
    .undo_cwnd = (void *)two_undo_cwnd,
    .name = "bpfview_linked",
};

SEC("netfilter")
int accept(void *ctx)
{
	return 1;
}

SEC("uprobe.multi")
int on_many_places(void *ctx)
{
	return 0;
}

SEC("kprobe.multi")
int on_many_functions(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
