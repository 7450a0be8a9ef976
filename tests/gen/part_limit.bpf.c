// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

const volatile __u64 limit = 150;
int exceeded = 40;
static int calls;

/* Another definition takes its place, if there is one. */
__weak int limit_exceeded(__u64 n)
{
	calls++;
	if (n <= limit)
		return 0;
	exceeded++;
	return calls;
}

char _license[] SEC("license") = "GPL";
