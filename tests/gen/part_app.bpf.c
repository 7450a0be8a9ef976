// SPDX-License-Identifier: GPL-2.0-or-later
/* An application on a library in two other objects: a map, variables and functions of theirs. */
#include "library.h"

extern SHARED_MAP;
extern int exceeded;
extern const volatile __u64 limit;

int runs;

SEC("tc")
int count(struct __sk_buff *skb)
{
	__u64 total = tally_add(1, skb->len);
	__u32 slot = 1;
	__u64 *again = bpf_map_lookup_elem(&tally, &slot);

	runs++;
	if (!again || *again != total)
		return 1000;
	return limit_exceeded(total) ? 2000 + exceeded : (int)limit;
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return tally_add(0, 1) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
