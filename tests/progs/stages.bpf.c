// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be configured before loading: maps, programs, variables; attached by a section alone. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct flow {
	__u32 saddr;
	__u16 dport;
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct flow);
	__type(value, __u64);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} stages_shared SEC(".maps");

const volatile __u32 watched_pid = 0;
const volatile struct flow first = {.saddr = 1, .dport = 2};
__u64 calls = 5;
__u32 other, neighbour;
char note[8] = "begun";

SEC("raw_tp/sys_enter")
int count_calls(void *ctx)
{
	__u32 key = 0;
	__u64 *count;

	if (bpf_get_current_pid_tgid() >> 32 != watched_pid)
		return 0;
	__sync_fetch_and_add(&calls, 1);
	count = bpf_map_lookup_elem(&counts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

SEC("raw_tp/sys_exit")
int count_returns(void *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == watched_pid)
		__sync_fetch_and_add(&neighbour, 1);
	return 0;
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	__u32 key = 0, *shared = bpf_map_lookup_elem(&stages_shared, &key);
	struct flow flow = {.saddr = first.saddr};
	__u64 *n = bpf_map_lookup_elem(&flows, &flow);

	return (n && shared && other) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
