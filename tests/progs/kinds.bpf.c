// SPDX-License-Identifier: GPL-2.0-or-later
/* Typed maps of many kinds. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct record {
	__u32 id;
	char tag[4];
	__u64 sum;
};

struct prefix {
	__u32 bits;
	__u8 address[4];
};

#define TYPED(name, kind, keytype, valuetype, map_flags_)                                          \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_##kind);                                                 \
		__uint(max_entries, 16);                                                           \
		__uint(map_flags, map_flags_);                                                     \
		__type(key, keytype);                                                              \
		__type(value, valuetype);                                                          \
	} name SEC(".maps")

#define STORAGE(name, kind)                                                                        \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_##kind);                                                 \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__type(key, int);                                                                  \
		__type(value, struct record);                                                      \
	} name SEC(".maps")

#define QUEUE(name, kind)                                                                          \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_##kind);                                                 \
		__uint(max_entries, 16);                                                           \
		__uint(value_size, sizeof(struct record));                                         \
	} name SEC(".maps")

TYPED(k_hash, HASH, __u32, struct record, 0);
TYPED(k_hash_lazy, HASH, __u64, struct record, BPF_F_NO_PREALLOC);
TYPED(k_array, ARRAY, __u32, struct record, 0);
TYPED(k_array_mmap, ARRAY, __u32, __u64, BPF_F_MMAPABLE);
TYPED(k_percpu_hash, PERCPU_HASH, __u32, struct record, 0);
TYPED(k_percpu_array, PERCPU_ARRAY, __u32, __u32, 0);
TYPED(k_lru_hash, LRU_HASH, __u32, struct record, 0);
TYPED(k_lru_percpu_hash, LRU_PERCPU_HASH, __u32, __u64, 0);
TYPED(k_lpm_trie, LPM_TRIE, struct prefix, struct record, BPF_F_NO_PREALLOC);
STORAGE(k_sk_storage, SK_STORAGE);
STORAGE(k_task_storage, TASK_STORAGE);
STORAGE(k_inode_storage, INODE_STORAGE);
QUEUE(k_queue, QUEUE);
QUEUE(k_stack, STACK);
QUEUE(k_bloom_filter, BLOOM_FILTER);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} k_ringbuf SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct record);
} k_inner_a SEC(".maps"), k_inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} k_array_of_maps SEC(".maps") = {
    .values = {[0] = &k_inner_a, [3] = &k_inner_b},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} k_hash_of_maps SEC(".maps") = {
    .values = {[0] = &k_inner_a},
};

char _license[] SEC("license") = "GPL";
