// SPDX-License-Identifier: GPL-2.0-or-later
/* For docs/tour.md: looks at what goes through the sockets of a map. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} tour_sockets SEC(".maps");

__u64 messages, bytes;

SEC("sk_msg")
int tour_messages(struct sk_msg_md *msg)
{
	__sync_fetch_and_add(&messages, 1);
	__sync_fetch_and_add(&bytes, msg->size);
	return SK_PASS;
}

char _license[] SEC("license") = "GPL";
