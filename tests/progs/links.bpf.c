// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs for links of many types, next to those of net.bpf.c, trace.bpf.c and iter.bpf.c. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	int tgid;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct cgroup;

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
} __attribute__((preserve_access_index));

struct bpf_map;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 200000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} numbers SEC(".maps");

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d %d\n", task->tgid, task->pid);
	return 0;
}

SEC("iter/task")
int list_nothing(struct bpf_iter__task *ctx)
{
	return 0;
}

SEC("iter/cgroup")
int list_cgroups(struct bpf_iter__cgroup *ctx)
{
	if (ctx->cgroup)
		BPF_SEQ_PRINTF(ctx->meta->seq, "cgroup\n");
	return 0;
}

SEC("iter/bpf_map_elem")
int list_numbers(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	char record[200] = {};

	if (!key)
		return 0;
	*(__u32 *)record = *key;
	bpf_seq_write(ctx->meta->seq, record, sizeof(record));
	return 0;
}

SEC("flow_dissector")
int dissect(struct __sk_buff *skb)
{
	return BPF_FLOW_DISSECTOR_CONTINUE;
}

SEC("sk_msg")
int let_message(struct sk_msg_md *msg)
{
	return SK_PASS;
}

SEC("kprobe")
int on_probe(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
