// SPDX-License-Identifier: GPL-2.0-or-later
/* Notes the stacks of one process's system calls: in the kernel, in user space, by build id. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

enum { FRAMES = 32 };

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 64);
	__uint(key_size, 4);
	__uint(value_size, FRAMES * sizeof(__u64));
} kernel_stacks SEC(".maps"), user_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(map_flags, BPF_F_STACK_BUILD_ID);
	__uint(max_entries, 64);
	__uint(key_size, 4);
	__uint(value_size, FRAMES * sizeof(struct bpf_stack_build_id));
} build_ids SEC(".maps");

int kernel_id = -1, user_id = -1, build_id = -1;

SEC("raw_tp")
int note_stacks(struct bpf_raw_tracepoint_args *ctx)
{
	kernel_id = bpf_get_stackid(ctx, &kernel_stacks, BPF_F_REUSE_STACKID);
	user_id = bpf_get_stackid(ctx, &user_stacks, BPF_F_REUSE_STACKID | BPF_F_USER_STACK);
	build_id = bpf_get_stackid(ctx, &build_ids, BPF_F_REUSE_STACKID | BPF_F_USER_STACK);
	return 0;
}

char _license[] SEC("license") = "GPL";
