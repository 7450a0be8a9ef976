// SPDX-License-Identifier: GPL-2.0-or-later
/* Typed maps of kinds that Linux 6.1 does not have yet. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct record {
	__u32 id;
	char tag[4];
	__u64 sum;
};

struct {
	__uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct record);
} k_cgrp_storage SEC(".maps");

char _license[] SEC("license") = "GPL";
