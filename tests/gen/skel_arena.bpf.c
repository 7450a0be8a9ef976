// SPDX-License-Identifier: GPL-2.0-or-later
/* Variables in memory that programs and the application share. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, 33); /* BPF_MAP_TYPE_ARENA */
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4); /* pages */
} shared SEC(".maps");

int number SEC(".addr_space.1") = 5;
char tag SEC(".addr_space.1") = 'x';
long large SEC(".addr_space.1");
int apart = 6;

SEC("syscall")
int touch(void *ctx)
{
	return apart;
}

char _license[] SEC("license") = "GPL";
