/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LIBRARY_H
#define LIBRARY_H

/* What the three objects of a library share: part_app, part_tally, part_limit. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define SHARED_MAP                                                                                 \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(max_entries, 2);                                                            \
		__type(key, __u32);                                                                \
		__type(value, __u64);                                                              \
	} tally SEC(".maps")

/* part_tally: adds to a slot of the map and returns what is in it then. */
__u64 tally_add(__u32 slot, __u64 n);

/* part_limit: whether a number is too large; how often that was so is in `exceeded`. */
int limit_exceeded(__u64 n);

#endif
