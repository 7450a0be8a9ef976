// SPDX-License-Identifier: GPL-2.0-or-later
/* Records for who reads a map of perf events, or a ring buffer. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum colour { RED = 1, GREEN };

/* Its 20 bytes are what perf's padding leaves as they are; those of `sample` are not. */
struct event {
	__u32 number;
	enum colour colour;
	char text[12];
};

struct sample {
	__u64 number;
	__u32 parts[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 16);
	__uint(key_size, 4);
	__uint(value_size, 4);
} perf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} from_user SEC(".maps");

/* Of these types there is BTF. */
struct sample last_sample = {};
struct event last_event = {};

enum { MOST = 4096 };

static char bytes[MOST];

static __u32 size_of(const struct bpf_raw_tracepoint_args *ctx)
{
	__u64 size = ctx->args[1];

	return size < MOST ? size : MOST;
}

/* args: the number, the size, the index (-1: the current CPU's) */
SEC("raw_tp")
int to_perf(struct bpf_raw_tracepoint_args *ctx)
{
	struct event e = {.number = ctx->args[0], .colour = GREEN, .text = "to perf"};
	__u32 size = size_of(ctx);

	last_event = e;
	if (size <= sizeof(e))
		return bpf_perf_event_output(ctx, &perf, ctx->args[2] & BPF_F_INDEX_MASK, &e,
					     sizeof(e));
	return bpf_perf_event_output(ctx, &perf, ctx->args[2] & BPF_F_INDEX_MASK, bytes, size);
}

SEC("raw_tp")
int sample_to_perf(struct bpf_raw_tracepoint_args *ctx)
{
	struct sample s = {.number = ctx->args[0], .parts = {1, 2}};

	last_sample = s;
	return bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &s, sizeof(s));
}

/* args: the number, the size, the flags */
SEC("raw_tp")
int to_ring(struct bpf_raw_tracepoint_args *ctx)
{
	struct event *e = (void *)bytes;
	__u32 size = size_of(ctx);

	e->number = ctx->args[0];
	e->colour = GREEN;
	__builtin_memcpy(e->text, "to the ring", 12);
	return bpf_ringbuf_output(&ring, bytes, size, ctx->args[2]);
}

char _license[] SEC("license") = "GPL";
