// SPDX-License-Identifier: GPL-2.0-or-later
/* For docs/tour.md: counts system calls, by command. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, char[16]);
	__type(value, __u64);
} calls SEC(".maps");

__u64 total;

SEC("tp/raw_syscalls/sys_enter")
int tour_calls(void *ctx)
{
	char comm[16] = {};
	__u64 one = 1, *n;

	__sync_fetch_and_add(&total, 1);
	bpf_get_current_comm(comm, sizeof(comm));
	n = bpf_map_lookup_elem(&calls, comm);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&calls, comm, &one, BPF_ANY);
	return 0;
}

char _license[] SEC("license") = "GPL";
