// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs for links of many types, next to those of net.bpf.c, trace.bpf.c and iter.bpf.c. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 seq_num;
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

struct kallsym_iter;

struct bpf_iter__ksym {
	struct bpf_iter_meta *meta;
	struct kallsym_iter *ksym;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

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

#define MANY 80000

/* Much text, of which each record knows its place: fewer than the kernel has symbols. */
SEC("iter/ksym")
int list_many(struct bpf_iter__ksym *ctx)
{
	char record[400] = {};

	if (!ctx->ksym || ctx->meta->seq_num >= MANY)
		return 0;
	*(__u64 *)record = ctx->meta->seq_num;
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
