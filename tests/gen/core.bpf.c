// SPDX-License-Identifier: GPL-2.0-or-later
/* A CO-RE relocation of every kind, on types that are in every kernel; what they come to are
 * constants in the code, so that equal code (its tag) means equal relocations. */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct list_head {
	struct list_head *next, *prev;
};

struct thread_info {
	unsigned long flags;
};

struct task_struct {
	struct thread_info thread_info; /* nested */
	char comm[16];
	struct pid *thread_pid;
	struct list_head tasks;
	unsigned int sched_reset_on_fork : 1; /* bit-fields of several words */
	unsigned int sched_contributes_to_load : 1;
	unsigned int in_execve : 1;
};

/* Flavours: the same type as it is known to have been elsewhere. */
struct task_struct___old {
	long state;
};

struct task_struct___new {
	unsigned int __state;
};

struct task_struct___never {
	struct {
		int no_such_member;
	};
};

/* What is in anonymous structs and unions there, and is not here, and the other way round. */
struct sk_buff {
	struct {
		unsigned int len;
	};
	struct sk_buff *next;
	unsigned long _skb_refdst;
	unsigned char pkt_type : 3;
};

struct no_such_struct {
	int x;
};

struct path {
	struct dentry *dentry;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long long counter;
} atomic64_t;

#pragma clang attribute pop

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };
enum bpf_link_type___other { BPF_LINK_TYPE_NETFILTER___other = 99, NO_SUCH_LINK_TYPE = 7 };
enum no_such_enum { NO_SUCH_ENUMERATOR };

typedef int (*initcall_t)(void);
typedef unsigned long long u64___mine;

__u64 results[64];

#define RESULT(n, value) (*(volatile __u64 *)&results[n] = (value))

static __always_inline void fields(struct task_struct *task, struct sk_buff *skb)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);

	RESULT(0, bpf_core_field_offset(task->thread_pid));
	RESULT(1, bpf_core_field_offset(task->thread_info.flags));
	RESULT(2, bpf_core_field_offset(task->comm[3]));
	RESULT(3, bpf_core_field_size(task->comm));
	RESULT(4, bpf_core_field_offset(pid->numbers[0].nr));
	RESULT(5, bpf_core_field_size(pid->numbers));
	RESULT(6, bpf_core_field_offset(task->tasks.prev));
	RESULT(7, BPF_CORE_READ(pid, numbers[0].nr) != 0);
	RESULT(8, bpf_core_field_offset(skb->_skb_refdst));
	RESULT(9, bpf_core_field_offset(skb->len));
	RESULT(10, bpf_core_field_offset(((atomic_t *)0)->counter));
	RESULT(11, bpf_core_field_size(((atomic64_t *)0)->counter));
	RESULT(12, bpf_core_field_offset(struct upid, nr));
	RESULT(13, BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork));
	RESULT(14, BPF_CORE_READ_BITFIELD_PROBED(task, in_execve));
	RESULT(15, __builtin_preserve_field_info(skb->pkt_type, BPF_FIELD_LSHIFT_U64));
	RESULT(17, __builtin_preserve_field_info(pid->numbers[0].nr, BPF_FIELD_SIGNED));
}

static __always_inline void existence(struct task_struct *task)
{
	RESULT(20, bpf_core_field_exists(task->comm));
	RESULT(21, bpf_core_field_exists(((struct task_struct___old *)task)->state));
	RESULT(22, bpf_core_field_exists(((struct task_struct___new *)task)->__state));
	RESULT(23, bpf_core_field_exists(((struct task_struct___never *)task)->no_such_member));
	RESULT(24, bpf_core_field_exists(((struct no_such_struct *)task)->x));
	RESULT(25, bpf_core_type_exists(struct path));
	RESULT(26, bpf_core_type_exists(struct no_such_struct));
	RESULT(27, bpf_core_type_exists(initcall_t));
	RESULT(28, bpf_core_type_exists(u64___mine));
	RESULT(29, bpf_core_enum_value_exists(enum pid_type, PIDTYPE_TGID));
	RESULT(30, bpf_core_enum_value_exists(enum bpf_link_type___other, NO_SUCH_LINK_TYPE));
	RESULT(31, bpf_core_enum_value_exists(enum no_such_enum, NO_SUCH_ENUMERATOR));
}

static __always_inline void types(void)
{
	RESULT(40, bpf_core_type_size(struct task_struct));
	RESULT(41, bpf_core_type_size(atomic64_t));
	RESULT(42, bpf_core_type_size(struct no_such_struct));
	RESULT(43, bpf_core_type_id_local(struct path));
	RESULT(44, bpf_core_enum_value(enum pid_type, PIDTYPE_TGID));
	RESULT(45,
	       bpf_core_enum_value(enum bpf_link_type___other, BPF_LINK_TYPE_NETFILTER___other));
#if __clang_major__ >= 15
	RESULT(46, bpf_core_type_matches(struct list_head));
	RESULT(47, bpf_core_type_matches(struct upid));
	RESULT(48, bpf_core_type_matches(struct task_struct___never));
	RESULT(49, bpf_core_type_matches(struct task_struct));
#endif
}

SEC("tc")
int relocated(struct __sk_buff *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	fields(task, (void *)ctx);
	existence(task);
	types();
	return 0;
}

char _license[] SEC("license") = "GPL";
