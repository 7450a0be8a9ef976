// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

SHARED_MAP;

/* Its name is another's too. */
static int calls;

static __noinline __u64 add(__u64 *to, __u64 n)
{
	calls++;
	*to += n;
	return *to;
}

__u64 tally_add(__u32 slot, __u64 n)
{
	__u64 *found = bpf_map_lookup_elem(&tally, &slot);

	return found ? add(found, n) : 0;
}

char _license[] SEC("license") = "GPL";
