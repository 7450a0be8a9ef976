// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What scripts/quickstart loads to have something to look at: counts the system calls of every
 * process name.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef char comm_t[16];

struct usage {
	__u64 calls;
	__u64 last_ns; /* since boot */
	__u32 last_pid;
	__s32 last_syscall;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, comm_t);
	__type(value, struct usage);
} sample_usage SEC(".maps");

__u64 sample_total;

static void remember(struct usage *u, __s32 syscall)
{
	__sync_fetch_and_add(&u->calls, 1);
	u->last_ns = bpf_ktime_get_boot_ns();
	u->last_pid = bpf_get_current_pid_tgid() >> 32;
	u->last_syscall = syscall;
}

SEC("raw_tracepoint/sys_enter")
int sample_syscalls(struct bpf_raw_tracepoint_args *ctx)
{
	struct usage none = {};
	struct usage *u;
	comm_t comm;

	__sync_fetch_and_add(&sample_total, 1);
	if (bpf_get_current_comm(comm, sizeof(comm)))
		return 0;
	u = bpf_map_lookup_elem(&sample_usage, comm);
	if (!u) {
		bpf_map_update_elem(&sample_usage, comm, &none, BPF_NOEXIST);
		u = bpf_map_lookup_elem(&sample_usage, comm);
	}
	if (u)
		remember(u, ctx->args[1]);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
