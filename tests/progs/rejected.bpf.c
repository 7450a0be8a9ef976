// SPDX-License-Identifier: GPL-2.0-or-later
/* A program that is fine, and one that the verifier rejects unless it is told not to worry. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

const volatile __u32 careful = 0;

SEC("socket")
int is_fine(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("socket")
int is_careless(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *slot = bpf_map_lookup_elem(&slots, &key);

	if (careful) {
		if (!slot)
			return 0;
	}
	/* the compiler would take away the check, since NULL is used behind it */
	asm volatile("" : "+r"(slot));
	*slot += skb->len;
	return 0;
}

char _license[] SEC("license") = "GPL";
