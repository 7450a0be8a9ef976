// SPDX-License-Identifier: GPL-2.0-or-later
#include "events.h"

#include "map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

/* Memory for the events of a CPU: records that find no room in it are lost. */
enum { PAGES = 64 };

struct events {
	uint32_t id;
	struct events_options options;
	bool running;
	struct map map; /* open while it runs */
	struct perf_buffer *perf;
	struct ring_buffer *ring;
	size_t next; /* the CPU whose turn it is, so that a busy one does not silence others */
	/* what is being read */
	struct buf *out;
	size_t until; /* out's length at which it is enough */
};

/* --- rendering --- */

static void add_bytes(struct buf *out, const uint8_t *data, size_t size)
{
	buf_char(out, '[');
	for (size_t i = 0; i < size; i++) {
		if (i)
			buf_char(out, ',');
		buf_u64(out, data[i]);
	}
	buf_char(out, ']');
}

/* A perf event's data is filled up so that it ends 4 bytes behind a multiple of 8. */
static size_t padded(size_t size)
{
	return (size + 4 + 7) / 8 * 8 - 4;
}

static void add_data(const struct events *e, const void *data, size_t size)
{
	const struct plan *p = e->options.plan;
	struct buf *out = e->out;
	size_t typed;

	buf_str(out, "\"data\":");
	if (!p) {
		add_bytes(out, data, size);
		return;
	}
	plan_render(p, data, size, out);
	typed = plan_is_flexible(p) ? size : plan_size(p);
	if (size <= typed || (e->perf && size == padded(typed)))
		return;
	buf_str(out, ",\"rest\":");
	add_bytes(out, (const uint8_t *)data + typed, size - typed);
}

/* --- perf events --- */

/* The kernel's PERF_RECORD_SAMPLE for the sample_type that we ask for, and PERF_RECORD_LOST
 * (linux/perf_event.h). */
struct sample {
	struct perf_event_header header;
	uint64_t time;
	uint32_t size;
	uint8_t data[];
};

struct lost {
	struct perf_event_header header;
	uint64_t id, count;
};

static void add_sample(const struct events *e, const struct sample *s)
{
	size_t room = s->header.size - offsetof(struct sample, data);

	buf_str(e->out, ",\"timestamp\":");
	buf_u64(e->out, s->time);
	buf_char(e->out, ',');
	add_data(e, s->data, s->size < room ? s->size : room);
}

static enum bpf_perf_event_ret take_event(void *ctx, int cpu, struct perf_event_header *header)
{
	struct events *e = ctx;
	const struct events_options *o = &e->options;

	buf_printf(e->out, "{\"type\":%u,\"cpu\":%d,\"index\":%u", header->type, cpu,
		   o->has_slot ? o->index : (uint32_t)cpu);
	if (header->type == PERF_RECORD_SAMPLE && header->size >= offsetof(struct sample, data)) {
		add_sample(e, (const struct sample *)header);
	} else if (header->type == PERF_RECORD_LOST && header->size >= sizeof(struct lost)) {
		const struct lost *lost = (const struct lost *)header;

		buf_printf(e->out, ",\"lost\":{\"id\":%llu,\"count\":%llu}",
			   (unsigned long long)lost->id, (unsigned long long)lost->count);
	}
	buf_str(e->out, "}\n");
	return e->out->len < e->until ? LIBBPF_PERF_EVENT_CONT : LIBBPF_PERF_EVENT_DONE;
}

static int start_perf(struct events *e)
{
	struct perf_event_attr attr = {
	    .size = sizeof(attr),
	    .type = PERF_TYPE_SOFTWARE,
	    .config = PERF_COUNT_SW_BPF_OUTPUT,
	    .sample_type = PERF_SAMPLE_RAW | PERF_SAMPLE_TIME,
	    .sample_period = 1,
	    .wakeup_events = 1,
	};
	int cpu = (int)e->options.cpu, index = (int)e->options.index;
	LIBBPF_OPTS(perf_buffer_raw_opts, opts);

	if (e->options.has_slot) {
		opts.cpu_cnt = 1;
		opts.cpus = &cpu;
		opts.map_keys = &index;
	}
	e->next = 0;
	e->perf = perf_buffer__new_raw(e->map.fd, PAGES, &attr, take_event, e, &opts);
	return e->perf ? 0 : -errno;
}

static int read_perf(struct events *e)
{
	size_t n = perf_buffer__buffer_cnt(e->perf);
	int err = 0;

	for (size_t i = 0; !err && i < n && e->out->len < e->until; i++) {
		e->next = (e->next + 1) % n;
		err = perf_buffer__consume_buffer(e->perf, e->next);
		if (err == -ENOENT) /* a CPU that is offline has none */
			err = 0;
	}
	return err;
}

/* --- ring buffers --- */

static int take_record(void *ctx, void *data, size_t size)
{
	struct events *e = ctx;

	buf_char(e->out, '{');
	add_data(e, data, size);
	buf_str(e->out, "}\n");
	/* the record counts as taken in any case */
	return e->out->len < e->until ? 0 : -EAGAIN;
}

static int start_ring(struct events *e)
{
	e->ring = ring_buffer__new(e->map.fd, take_record, e, NULL);
	return e->ring ? 0 : -errno;
}

static int read_ring(struct events *e)
{
	int n = ring_buffer__consume(e->ring);

	return n < 0 && n != -EAGAIN ? n : 0;
}

/* --- both --- */

bool events_has(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERF_EVENT_ARRAY || type == BPF_MAP_TYPE_RINGBUF;
}

int events_open(uint32_t map_id, struct events **out)
{
	struct events *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->id = map_id;
	e->map.fd = -1;
	*out = e;
	return 0;
}

static void stop(struct events *e)
{
	if (!e->running)
		return;
	if (e->perf)
		perf_buffer__free(e->perf);
	if (e->ring)
		ring_buffer__free(e->ring);
	e->perf = NULL;
	e->ring = NULL;
	map_close(&e->map);
	e->running = false;
}

void events_close(struct events *e)
{
	stop(e);
	events_options_free(&e->options);
	free(e);
}

int events_start(struct events *e)
{
	int err = map_open(e->id, true, &e->map);

	if (err)
		return err;
	if (!events_has(e->map.info.type))
		err = -EOPNOTSUPP;
	else
		err = e->map.info.type == BPF_MAP_TYPE_RINGBUF ? start_ring(e) : start_perf(e);
	e->running = !err;
	if (err)
		map_close(&e->map);
	return err;
}

int events_set(struct events *e, struct events_options *o, struct problem *why)
{
	struct events_options old = e->options, *now = &e->options;
	int err = 0;

	if (o->reset)
		*now = (struct events_options){};
	if (o->has_slot) {
		now->has_slot = true;
		now->cpu = o->cpu;
		now->index = o->index;
	}
	if (o->plan)
		now->plan = o->plan;
	if (e->running &&
	    (now->has_slot != old.has_slot || now->cpu != old.cpu || now->index != old.index)) {
		stop(e);
		err = events_start(e);
	}
	if (err) {
		*now = old;
		events_start(e);
		return problem_errno(why, err, "perf events");
	}
	o->plan = NULL;
	if (old.plan != now->plan)
		plan_free(old.plan);
	return 0;
}

int events_fd(const struct events *e)
{
	if (!e->running)
		return -1;
	return e->perf ? perf_buffer__epoll_fd(e->perf) : ring_buffer__epoll_fd(e->ring);
}

int events_read(struct events *e, struct buf *out, size_t room)
{
	int err;

	if (!e->running)
		return -EIO;
	e->out = out;
	e->until = out->len + room;
	err = e->perf ? read_perf(e) : read_ring(e);
	e->out = NULL;
	return err ? err : out->err;
}
