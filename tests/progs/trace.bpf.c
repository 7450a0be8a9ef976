// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracing programs: a tracepoint, a raw one, a BTF one, and what they remember. */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef int pid_t;

struct task_struct {
	pid_t pid;
	pid_t tgid;
	char comm[16];
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));

struct seen {
	char comm[16];
	__u64 times;
	pid_t parent;
	__u32 : 32;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, pid_t);
	__type(value, struct seen);
} tasks SEC(".maps");

int watched = 0;

/* What the kernel hands to a tracepoint program of category syscalls. */
struct sys_enter_args {
	__u64 common;
	__s64 nr;
	__u64 args[6];
};

SEC("tracepoint/raw_syscalls/sys_enter")
int on_tracepoint(struct sys_enter_args *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;
	struct seen fresh = {}, *seen;

	if (!watched || pid != watched)
		return 0;
	seen = bpf_map_lookup_elem(&tasks, &pid);
	if (!seen) {
		bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
		fresh.times = ctx->nr >= 0;
		bpf_map_update_elem(&tasks, &pid, &fresh, BPF_ANY);
		return 0;
	}
	seen->times++;
	return 0;
}

SEC("raw_tp/sched_process_exec")
int on_raw_tracepoint(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct seen fresh = {};
	pid_t pid = BPF_CORE_READ(task, pid);

	if (!watched)
		return 0;
	fresh.parent = BPF_CORE_READ(task, real_parent, tgid);
	bpf_probe_read_kernel_str(fresh.comm, sizeof(fresh.comm), &task->comm);
	bpf_map_update_elem(&tasks, &pid, &fresh, BPF_ANY);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_btf_tracepoint, struct task_struct *task)
{
	pid_t pid = task->pid;

	bpf_map_delete_elem(&tasks, &pid);
	return 0;
}

SEC("perf_event")
int on_perf_event(void *ctx)
{
	return bpf_get_smp_processor_id() == 0;
}

char _license[] SEC("license") = "GPL";
