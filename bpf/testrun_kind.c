// SPDX-License-Identifier: GPL-2.0-or-later
#include "testrun_kind.h"

#include "kbtf.h"
#include "names.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <string.h>

/* What programs on packets in struct __sk_buff have in common. */
#define SKB(type_)                                                                                 \
	.prog_type = (type_), .takes_data = true, .gives_data = true, .gives_ctx = true,           \
	.ctx = "__sk_buff",                                                                        \
	.takes = "it takes a packet of an Ethernet header at least and about a page at most; of "  \
		 "the context mark, priority, ingress_ifindex, ifindex, cb, tstamp, wire_len, "    \
		 "gso_segs, gso_size and hwtstamp, with zeros elsewhere; neither cpu nor "         \
		 "batch_size, and of the flags skb_checksum_complete"

#define BPF_CODE .verdict = "bpf_ret_code", .verdict_prefix = "BPF_"

static const struct testrun_kind kinds[] = {
    {SKB(BPF_PROG_TYPE_SOCKET_FILTER)},
    {SKB(BPF_PROG_TYPE_SCHED_CLS)},
    {SKB(BPF_PROG_TYPE_SCHED_ACT)},
    {SKB(BPF_PROG_TYPE_CGROUP_SKB)},
    {SKB(BPF_PROG_TYPE_LWT_IN), BPF_CODE},
    {SKB(BPF_PROG_TYPE_LWT_OUT), BPF_CODE},
    {SKB(BPF_PROG_TYPE_LWT_XMIT), BPF_CODE},
    {SKB(BPF_PROG_TYPE_LWT_SEG6LOCAL), BPF_CODE},
    {
	.prog_type = BPF_PROG_TYPE_XDP,
	.takes_data = true,
	.gives_data = true,
	.gives_ctx = true,
	.ctx = "xdp_md",
	.verdict = "xdp_action",
	.verdict_prefix = "XDP_",
	.takes =
	    "it takes a frame of at least an Ethernet header, of more than about a page if it "
	    "is a program for fragments; a context whose data_end is the size of data_in, data "
	    "that of the metadata in front of the frame, and ingress_ifindex and "
	    "rx_queue_index those of an interface; batch_size with the flag xdp_live_frames, "
	    "and no cpu",
    },
    {
	.prog_type = BPF_PROG_TYPE_FLOW_DISSECTOR,
	.takes_data = true,
	.gives_data = true,
	.gives_ctx = true,
	BPF_CODE,
	.ctx = "bpf_flow_keys",
	.takes = "it takes a packet of at least an Ethernet header; of the context `flags`; no "
		 "flags, cpu or batch_size",
    },
    {
	.prog_type = BPF_PROG_TYPE_SK_LOOKUP,
	.gives_ctx = true,
	.ctx = "bpf_sk_lookup",
	.verdict = "sk_action",
	.verdict_prefix = "SK_",
	.takes = "it takes a context with family, protocol, remote_ip4 and so on, without cookie; "
		 "no data, flags, cpu or batch_size",
    },
    {
	.prog_type = BPF_PROG_TYPE_NETFILTER,
	.takes_data = true,
	.ctx = "nf_hook_state",
	.takes =
	    "it takes a packet of an Ethernet and an IP header at least, and as context pf and "
	    "hook; no flags, cpu or batch_size",
    },
    {
	.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.once = true,
	.takes_cpu = true,
	.ctx = "bpf_raw_tracepoint_args",
	.ctx_size = 12 * sizeof(uint64_t),
	.takes =
	    "it takes a context of at most 12 arguments of 8 bytes, and as many as the program "
	    "reads; no data, repeat or batch_size",
    },
    {
	.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
	.once = true,
	.takes_cpu = true,
	.ctx = "bpf_raw_tracepoint_args",
	.ctx_size = 12 * sizeof(uint64_t),
	.takes = "it takes what a raw_tracepoint program does",
    },
    {
	.prog_type = BPF_PROG_TYPE_SYSCALL,
	.once = true,
	.gives_ctx_back = true,
	.takes = "it takes a context of as many bytes as the program uses, 65535 at most; no data, "
		 "repeat, flags, cpu or batch_size",
    },
    {
	.prog_type = BPF_PROG_TYPE_TRACING,
	.takes = "fentry, fexit and fmod_ret programs for the kernel's own test functions are run; "
		 "no flags, cpu or batch_size",
    },
    {
	.prog_type = BPF_PROG_TYPE_STRUCT_OPS,
	.takes =
	    "only those for the kernel's bpf_dummy_ops are run, with arguments of 8 bytes each "
	    "as context",
    },
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

const struct testrun_kind *testrun_kind(uint32_t prog_type)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].prog_type == prog_type)
			return &kinds[i];
	return NULL;
}

void testrun_kinds(struct buf *out)
{
	for (size_t i = 0; i < KINDS; i++)
		buf_printf(out, "%s%s", i ? ", " : "", prog_type_name(kinds[i].prog_type));
}

/* The kernel has no enum for these. */
static const char *tc_action(uint32_t action)
{
	static const char *const words[] = {
	    [TC_ACT_OK] = "ok",		[TC_ACT_RECLASSIFY] = "reclassify",
	    [TC_ACT_SHOT] = "shot",	[TC_ACT_PIPE] = "pipe",
	    [TC_ACT_STOLEN] = "stolen", [TC_ACT_QUEUED] = "queued",
	    [TC_ACT_REPEAT] = "repeat", [TC_ACT_REDIRECT] = "redirect",
	    [TC_ACT_TRAP] = "trap",
	};

	if (action == (uint32_t)TC_ACT_UNSPEC)
		return "unspec";
	return action < sizeof(words) / sizeof(*words) ? words[action] : NULL;
}

char *testrun_verdict(uint32_t prog_type, uint32_t retval)
{
	const struct testrun_kind *kind = testrun_kind(prog_type);
	const char *word = NULL;

	if (kind && kind->verdict)
		return kbtf_enum_word(kind->verdict, kind->verdict_prefix, retval);
	if (prog_type == BPF_PROG_TYPE_SCHED_CLS || prog_type == BPF_PROG_TYPE_SCHED_ACT)
		word = tc_action(retval);
	return word ? strdup(word) : NULL;
}
