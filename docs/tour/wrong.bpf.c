// SPDX-License-Identifier: GPL-2.0-or-later
/* For docs/tour.md: what the verifier does not let through. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int read_too_far(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;

	return data[14] == 0x45 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
