// SPDX-License-Identifier: GPL-2.0-or-later
/* Linked in front of skel.bpf.c, it moves all variables there to other places. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile int first_constant = 1;
__attribute__((aligned(32))) long first_data[7] = {1, 2};
int first_zeroes[5];
static volatile int own = 40; /* skel.bpf.c has one of its own */

SEC("syscall")
int other(void *ctx)
{
	return own + first_constant + (int)first_data[1] + first_zeroes[0];
}

char _license[] SEC("license") = "GPL";
