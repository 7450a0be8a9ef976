// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapcreate_rules.h"

#include <linux/bpf.h>
#include <stddef.h>

const char *mapcreate_rule(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY: return "key 4, and no flag no_prealloc";
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY: return "key 4, value 4";
	case BPF_MAP_TYPE_ARRAY_OF_MAPS: return "key 4, value 4, and an inner_map";
	case BPF_MAP_TYPE_HASH_OF_MAPS: return "value 4, and an inner_map";
	case BPF_MAP_TYPE_STACK_TRACE:
		return "key 4, value a multiple of 8 (of 32 with the flag stack_build_id)";
	case BPF_MAP_TYPE_LPM_TRIE:
		return "flags no_prealloc, and a key of 5 to 260 bytes: a prefix length of 4, then "
		       "data";
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP: return "key 4, value 4 or 8";
	case BPF_MAP_TYPE_XSKMAP: return "key 4, value 4";
	case BPF_MAP_TYPE_SOCKMAP: return "key 4, value 4 or 8";
	case BPF_MAP_TYPE_SOCKHASH:
	case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY: return "value 4 or 8";
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE: return "key 8 or 16, entries 0";
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK: return "no key";
	case BPF_MAP_TYPE_BLOOM_FILTER: return "no key, and a map_extra of at most 15";
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_CGRP_STORAGE:
		return "flags no_prealloc, entries 0, and btf with a key_type of int";
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
		return "no key, no value; entries are its bytes: pages, and a power of 2";
	case 33 /* BPF_MAP_TYPE_ARENA of Linux 6.9 */:
		return "no key, no value, flags mmapable; entries are its pages";
	default: return NULL;
	}
}
