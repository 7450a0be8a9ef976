// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls of kernel functions, which Linux 6.1 does not have yet. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} guarded SEC(".maps");

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

SEC("syscall")
int with_kernel_functions(void *ctx)
{
	__u32 key = 1;
	__u64 *number, copy = 0;

	bpf_rcu_read_lock();
	number = bpf_map_lookup_elem(&guarded, &key);
	if (number)
		copy = *number;
	bpf_rcu_read_unlock();
	return copy ? (int)bpf_ktime_get_ns() : 7;
}

char _license[] SEC("license") = "GPL";
