// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls of every sort but those of kernel functions: sub-programs, tail calls, callbacks. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct bpf_map;

struct sum {
	__u64 total;
	__u32 entries;
	__u32 limit;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

int tail_second(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jump_table SEC(".maps") = {
    .values = {[2] = (void *)&tail_second},
};

static __noinline __u64 mix(__u64 a, __u64 b)
{
	return (a << 7) ^ (b >> 3) ^ a / (b | 1);
}

static __noinline __u64 mix_twice(__u64 a, __u64 b)
{
	return mix(mix(a, b), b) + 1;
}

__noinline int global_sum(int a, int b, int c)
{
	volatile int sum = a + b;

	return sum + c;
}

__noinline int global_deeper(struct __sk_buff *skb)
{
	return global_sum(skb->len, skb->mark, 3) + (int)mix(skb->len, skb->mark);
}

SEC("tc")
int with_subprograms(struct __sk_buff *skb)
{
	return global_deeper(skb) + (int)mix_twice(skb->hash, skb->len);
}

SEC("socket")
int tail_first(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jump_table, 2);
	bpf_tail_call(skb, &jump_table, skb->len & 3);
	return 1;
}

SEC("socket")
int tail_second(struct __sk_buff *skb)
{
	return skb->len;
}

static long add_entry(struct bpf_map *map, __u32 *key, __u64 *value, struct sum *sum)
{
	sum->total += *value;
	return ++sum->entries >= sum->limit;
}

static long add_step(__u32 index, struct sum *sum)
{
	sum->total += index;
	return 0;
}

SEC("tc")
int with_callbacks(struct __sk_buff *skb)
{
	struct sum sum = {.limit = 5};

	bpf_for_each_map_elem(&numbers, add_entry, &sum, 0);
	bpf_loop(skb->len & 0xff, add_step, &sum, 0);
	return (int)sum.total;
}

char _license[] SEC("license") = "GPL";
