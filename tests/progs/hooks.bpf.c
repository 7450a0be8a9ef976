// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that count how often each of them ran, to see whether they are attached. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum hook {
	TRACEPOINT,
	RAW_TRACEPOINT,
	BTF_TRACEPOINT,
	UPROBE,
	UPROBE_MULTI,
	PERF_EVENT,
	SK_MSG,
	SK_SKB,
	PARSER,
	VERDICT,
	DISSECTOR,
	INGRESS,
	EGRESS,
	EGRESS_TOO,
	SOCK_CREATE,
	CONNECT4,
	SETSOCKOPT,
	SYSCTL,
	DEVICE,
	KPROBE,
	HOOKS,
};

struct hits {
	__u64 times;
	__u64 cookie;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOOKS);
	__type(key, enum hook);
	__type(value, struct hits);
} hits SEC(".maps");

/* The process that tracing is about. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} watched SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

static __always_inline void hit(enum hook hook, __u64 cookie)
{
	struct hits *h, none = {};

	bpf_map_update_elem(&hits, &hook, &none, BPF_NOEXIST);
	h = bpf_map_lookup_elem(&hits, &hook);
	if (!h)
		return;
	__sync_fetch_and_add(&h->times, 1);
	h->cookie = cookie;
}

static __always_inline int is_watched(void)
{
	__u32 zero = 0, *pid = bpf_map_lookup_elem(&watched, &zero);

	return pid && *pid == bpf_get_current_pid_tgid() >> 32;
}

/* --- tracing --- */

SEC("tp")
int h_tracepoint(void *ctx)
{
	if (is_watched())
		hit(TRACEPOINT, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("raw_tp")
int h_raw_tracepoint(void *ctx)
{
	if (is_watched())
		hit(RAW_TRACEPOINT, 0);
	return 0;
}

SEC("tp_btf/sys_enter")
int h_btf_tracepoint(void *ctx)
{
	if (is_watched())
		hit(BTF_TRACEPOINT, 0);
	return 0;
}

SEC("uprobe")
int h_uprobe(void *ctx)
{
	hit(UPROBE, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("uprobe.multi")
int h_uprobe_multi(void *ctx)
{
	hit(UPROBE_MULTI, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("kprobe")
int h_kprobe(void *ctx)
{
	hit(KPROBE, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("kprobe.multi")
int h_kprobe_multi(void *ctx)
{
	hit(KPROBE, 0);
	return 0;
}

SEC("perf_event")
int h_perf_event(void *ctx)
{
	hit(PERF_EVENT, bpf_get_attach_cookie(ctx));
	return 0;
}

/* --- sockets --- */

SEC("sk_msg")
int h_sk_msg(struct sk_msg_md *msg)
{
	hit(SK_MSG, 0);
	return SK_PASS;
}

SEC("sk_skb")
int h_sk_skb(struct __sk_buff *skb)
{
	hit(SK_SKB, 0);
	return SK_PASS;
}

SEC("sk_skb/stream_parser")
int h_parser(struct __sk_buff *skb)
{
	hit(PARSER, 0);
	return skb->len;
}

SEC("sk_skb/stream_verdict")
int h_verdict(struct __sk_buff *skb)
{
	hit(VERDICT, 0);
	return SK_PASS;
}

SEC("flow_dissector")
int h_dissector(struct __sk_buff *skb)
{
	hit(DISSECTOR, 0);
	return BPF_FLOW_DISSECTOR_CONTINUE;
}

/* --- cgroups --- */

SEC("cgroup_skb/ingress")
int h_ingress(struct __sk_buff *skb)
{
	hit(INGRESS, 0);
	return 1;
}

SEC("cgroup_skb/egress")
int h_egress(struct __sk_buff *skb)
{
	hit(EGRESS, 0);
	return 1;
}

SEC("cgroup_skb/egress")
int h_egress_too(struct __sk_buff *skb)
{
	hit(EGRESS_TOO, 0);
	return 1;
}

SEC("cgroup/sock_create")
int h_sock_create(struct bpf_sock *sock)
{
	hit(SOCK_CREATE, 0);
	return 1;
}

SEC("cgroup/connect4")
int h_connect4(struct bpf_sock_addr *address)
{
	hit(CONNECT4, 0);
	return 1;
}

SEC("cgroup/setsockopt")
int h_setsockopt(struct bpf_sockopt *option)
{
	hit(SETSOCKOPT, 0);
	return 1;
}

SEC("cgroup/sysctl")
int h_sysctl(struct bpf_sysctl *sysctl)
{
	hit(SYSCTL, 0);
	return 1;
}

SEC("cgroup/dev")
int h_device(struct bpf_cgroup_dev_ctx *device)
{
	hit(DEVICE, 0);
	return 1;
}

char _license[] SEC("license") = "GPL";
