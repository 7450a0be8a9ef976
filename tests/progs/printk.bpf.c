// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes a line to the trace pipe whenever it is run. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__u32 cookie = 0;

SEC("syscall")
int say(void *ctx)
{
	bpf_printk("bpfview test %u says hello", cookie);
	return 0;
}

char _license[] SEC("license") = "GPL";
