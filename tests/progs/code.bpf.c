// SPDX-License-Identifier: GPL-2.0-or-later
/* Instructions: loops, arithmetic of both widths, byte swaps, atomics, 64-bit immediates. */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} table SEC(".maps");

extern const void bpf_map_fops __ksym __weak;
extern int LINUX_KERNEL_VERSION __kconfig;

__u64 seed = 0x0123456789abcdefULL;
static volatile __u32 zeroed[4];
const volatile __u64 limit = 1000;

SEC("socket")
int arithmetic(struct __sk_buff *skb)
{
	__u64 a = skb->len, b = skb->hash | 1;
	__u32 c = skb->mark, d = skb->priority | 1;
	__s64 e = (__s64)a;

	a = a * b - a / b + a % b;
	c = c * d - c / d + c % d;
	a ^= (a << 13) | (a >> 7) | (__u64)(e >> 3);
	c ^= (c << 5) & ~(c >> 9);
	if ((__s64)a < -5 || (__s32)c > 100)
		a = -a;
	if (a & 0x80 && c >= d)
		a += 0x100000000ULL;
	return (int)(a + c);
}

SEC("socket")
int swaps(struct __sk_buff *skb)
{
	__u64 wide = bpf_get_prandom_u32();

	wide = bpf_cpu_to_be64(wide << 32 | skb->len);
	return bpf_htons((__u16)skb->mark) + bpf_htonl(skb->hash) + (int)(wide >> 11);
}

SEC("socket")
int loops(struct __sk_buff *skb)
{
	__u32 total = 0, i;

	for (i = 0; i < 50; i++) {
		if (i > (skb->len & 31))
			break;
		total += i * skb->mark;
	}
#pragma clang loop unroll(full)
	for (i = 0; i < 4; i++)
		zeroed[i] += total;
	return (int)total;
}

SEC("socket")
int atomics(struct __sk_buff *skb)
{
	__u64 key = skb->hash, *value = bpf_map_lookup_elem(&table, &key);

	__sync_fetch_and_add(&seed, 3);
	__sync_fetch_and_add((__u32 *)&zeroed[1], 1);
	if (value)
		__sync_fetch_and_add(value, limit);
	return 0;
}

SEC("tc")
int immediates(struct __sk_buff *skb)
{
	__u64 key = 0xfedcba9876543210ULL;

	bpf_map_update_elem(&table, &key, &seed, BPF_ANY);
	if (&bpf_map_fops == (void *)key)
		return 1;
	return LINUX_KERNEL_VERSION + (int)limit;
}

char _license[] SEC("license") = "GPL";
