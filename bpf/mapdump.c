// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapdump.h"

#include "map.h"
#include "mapread.h"
#include "maptypes.h"
#include "problem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct mapdump {
	struct map map;
	struct mapread *read; /* NULL: the end was reached */
	const char *refusal;
	enum dump_form form;
	struct maptypes types;
	size_t key_size, value_size, stride;
	unsigned int cpus; /* 0: one value for all */
	bool begun;
};

/* The end: the map is let go at once, whatever becomes of the dump. */
static void let_go(struct mapdump *d)
{
	mapread_close(d->read);
	d->read = NULL;
	map_close(&d->map);
}

int mapdump_open(uint32_t id, enum dump_form form, struct mapdump **out)
{
	struct mapdump *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	d->form = form;
	err = map_open(id, false, &d->map);
	if (!err) {
		d->refusal = mapread_refusal(d->map.info.type);
		if (!d->refusal || form == DUMP_BIN)
			err = mapread_open(&d->map, &d->read);
	}
	if (!err && d->read) {
		d->key_size = mapread_key_size(d->read);
		d->value_size = d->map.info.value_size;
		if (map_type_is_per_cpu(d->map.info.type)) {
			d->cpus = map_cpus();
			d->stride = map_value_stride(&d->map.info);
		}
		if (form != DUMP_BIN)
			err = maptypes_compile(&d->map.info, form == DUMP_JSON, &d->types);
	}
	if (err) {
		mapdump_close(d);
		return err;
	}
	*out = d;
	return 0;
}

void mapdump_close(struct mapdump *d)
{
	if (!d)
		return;
	let_go(d);
	maptypes_free(&d->types);
	free(d);
}

/* Rendering */

/* ["0x01","0x00"] */
static void json_bytes(struct buf *out, const uint8_t *bytes, size_t n)
{
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		buf_str(out, i ? ",\"0x" : "\"0x");
		buf_hex(out, bytes + i, 1);
		buf_char(out, '"');
	}
	buf_char(out, ']');
}

/* hex 01 00 */
static void text_bytes(struct buf *out, const uint8_t *bytes, size_t n)
{
	buf_str(out, "hex");
	for (size_t i = 0; i < n; i++) {
		buf_char(out, ' ');
		buf_hex(out, bytes + i, 1);
	}
}

static void render(struct mapdump *d, const struct plan *plan, const void *data, size_t size,
		   struct buf *out)
{
	if (plan)
		plan_render(plan, data, size, out);
	else if (d->form == DUMP_JSON)
		json_bytes(out, data, size);
	else
		text_bytes(out, data, size);
}

/* The bytes themselves, where JSON of a type does not say all of them: so that a dump can be put
 * back. */
static void render_rest(struct mapdump *d, const struct plan *plan, const char *name,
			const void *data, size_t size, size_t from, struct buf *out)
{
	if (!plan || d->form != DUMP_JSON || out->err ||
	    plan_is_exact(plan, data, size, out->data + from, out->len - from))
		return;
	buf_printf(out, ",\"%s\":", name);
	json_bytes(out, data, size);
}

/* Frames that a stack does not have are 0. */
static size_t used_stack(const struct mapdump *d, const uint8_t *value)
{
	size_t step = d->map.info.map_flags & BPF_F_STACK_BUILD_ID
			  ? sizeof(struct bpf_stack_build_id)
			  : sizeof(uint64_t);
	size_t n = d->value_size;

	while (n && !value[n - 1])
		n--;
	return (n + step - 1) / step * step;
}

static void render_value(struct mapdump *d, const uint8_t *value, struct buf *out)
{
	bool stack = d->map.info.type == BPF_MAP_TYPE_STACK_TRACE;
	size_t from = out->len;

	render(d, d->types.value, value, stack ? used_stack(d, value) : d->value_size, out);
	if (!stack)
		render_rest(d, d->types.value, "value_bytes", value, d->value_size, from, out);
}

static const char *words_of(int err)
{
	/* ENOTSUPP is the kernel's own and has no words in C libraries. */
	return strerrordesc_np(-errno_known(err));
}

static void json_value(struct mapdump *d, const struct map_entry *e, struct buf *out)
{
	const uint8_t *value = e->value;
	uint32_t id;

	if (e->err) {
		buf_printf(out, ",\"value\":{\"error\":\"%s\"}", words_of(e->err));
	} else if (d->cpus) {
		for (unsigned int cpu = 0; cpu < d->cpus; cpu++) {
			buf_str(out, cpu ? "},{\"cpu\":" : ",\"values\":[{\"cpu\":");
			buf_u64(out, cpu);
			buf_str(out, ",\"value\":");
			render_value(d, value + cpu * d->stride, out);
		}
		buf_str(out, "}]");
	} else {
		buf_str(out, ",\"value\":");
		render_value(d, value, out);
		if (map_type_is_map_of_maps(d->map.info.type)) {
			memcpy(&id, value, sizeof(id));
			buf_str(out, ",\"inner_map_id\":");
			buf_u64(out, id);
		}
	}
}

static void json_entry(struct mapdump *d, const struct map_entry *e, struct buf *out)
{
	size_t from;

	buf_str(out, d->begun ? ",\n{\"key\":" : "{\"key\":");
	from = out->len;
	render(d, d->types.key, e->key, d->key_size, out);
	render_rest(d, d->types.key, "key_bytes", e->key, d->key_size, from, out);
	json_value(d, e, out);
	buf_char(out, '}');
}

static void text_value(struct mapdump *d, const struct map_entry *e, struct buf *out)
{
	const uint8_t *value = e->value;

	if (e->err == -ENOENT) {
		buf_str(out, "<no entry>");
	} else if (e->err) {
		buf_printf(out, "<%s>", words_of(e->err));
	} else if (d->cpus) {
		for (unsigned int cpu = 0; cpu < d->cpus; cpu++) {
			buf_str(out, cpu ? ",\"cpu" : "{\"cpu");
			buf_u64(out, cpu);
			buf_str(out, d->types.value ? "\":" : "\":\"");
			render_value(d, value + cpu * d->stride, out);
			if (!d->types.value)
				buf_char(out, '"');
		}
		buf_char(out, '}');
	} else {
		render_value(d, value, out);
	}
}

static void show_entry(struct mapdump *d, const struct map_entry *e, struct buf *out)
{
	switch (d->form) {
	case DUMP_TEXT:
		render(d, d->types.key, e->key, d->key_size, out);
		buf_add(out, ": ", 2);
		text_value(d, e, out);
		buf_char(out, '\n');
		break;
	case DUMP_JSON: json_entry(d, e, out); break;
	case DUMP_BIN:
		if (e->err)
			break;
		buf_add(out, e->key, d->key_size);
		buf_add(out, e->value, d->cpus ? d->cpus * d->stride : d->value_size);
	}
	d->begun = true;
}

/* A remark in words; the words need no escaping. */
static void remark(struct mapdump *d, const char *words, struct buf *out)
{
	if (d->form == DUMP_TEXT)
		buf_printf(out, "# %s\n", words);
	else if (d->form == DUMP_JSON)
		buf_printf(out, "%s{\"error\":\"%s\"}", d->begun ? ",\n" : "", words);
	d->begun = true;
}

static void finish(struct mapdump *d, struct buf *out)
{
	uint64_t skipped = d->read ? mapread_skipped(d->read) : 0;

	if (d->refusal)
		remark(d, d->refusal, out);
	if (d->read && mapread_lost(d->read))
		remark(d, "the map changed too fast to be read to its end", out);
	if (skipped && d->form == DUMP_TEXT)
		buf_printf(out, "# %" PRIu64 " entries were gone before they were read\n", skipped);
	if (skipped && d->form == DUMP_JSON)
		buf_printf(out, "%s{\"skipped\":%" PRIu64 "}", d->begun ? ",\n" : "", skipped);
	if (d->form == DUMP_JSON)
		buf_str(out, "]\n");
	let_go(d);
}

int mapdump_more(struct mapdump *d, struct buf *out, size_t want)
{
	size_t enough = out->len + want;
	struct map_entry e;
	int got;

	if (d->map.fd < 0)
		return 0;
	if (!d->begun && d->form == DUMP_JSON)
		buf_char(out, '[');
	do {
		got = d->read ? mapread_next(d->read, &e) : 0;
		if (got < 0)
			return got;
		if (got)
			show_entry(d, &e, out);
		else
			finish(d, out);
	} while (got && out->len < enough && !out->err);
	return out->err ? out->err : got;
}
