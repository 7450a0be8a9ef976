// SPDX-License-Identifier: GPL-2.0-or-later
/* Names longer than the kernel keeps, alike in what it keeps, and metadata. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const char bpf_metadata_author[] SEC(".rodata") = "bpfview's tests";
const int bpf_metadata_build SEC(".rodata") = 42;
const struct {
	int major;
	int minor;
} bpf_metadata_version SEC(".rodata") = {1, 7};
const volatile __u32 not_metadata = 5;

SEC("socket")
int a_name_longer_than_the_kernel_keeps(struct __sk_buff *skb)
{
	return (int)not_metadata;
}

SEC("socket")
int a_name_longer_than_the_rest(struct __sk_buff *skb)
{
	return (int)not_metadata + 1;
}

char _license[] SEC("license") = "GPL";
