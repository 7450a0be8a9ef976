// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapdump.h"

#include "kbtf.h"
#include "map.h"
#include "mapread.h"
#include "typed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct mapdump {
	struct map map;
	struct mapread *read; /* NULL: the end was reached */
	const char *refusal;
	enum dump_form form;
	struct plan *key, *value; /* NULL: bytes */
	size_t key_size, value_size, stride;
	unsigned int cpus; /* 0: one value for all */
	bool begun;
};

/* Types that are known without the map's BTF */

static int add_u64_array(struct btf *btf, uint32_t n)
{
	int u32 = btf__add_int(btf, "u32", 4, 0), u64 = btf__add_int(btf, "u64", 8, 0);

	return btf__add_array(btf, u32, u64, n);
}

static int add_build_ids(struct btf *btf, uint32_t n)
{
	int i32 = btf__add_int(btf, "i32", 4, BTF_INT_SIGNED), u8 = btf__add_int(btf, "u8", 1, 0);
	int u64 = btf__add_int(btf, "u64", 8, 0);
	int id = btf__add_array(btf, i32, u8, BPF_BUILD_ID_SIZE);
	int entry = btf__add_struct(btf, "bpf_stack_build_id", 32);

	btf__add_field(btf, "status", i32, 0, 0);
	btf__add_field(btf, "build_id", id, 32, 0);
	btf__add_field(btf, "offset", u64, 192, 0); /* or the address */
	return btf__add_array(btf, i32, entry, n);
}

static int add_stack(struct btf *btf, const struct bpf_map_info *info)
{
	if (info->map_flags & BPF_F_STACK_BUILD_ID)
		return add_build_ids(btf, info->value_size / sizeof(struct bpf_stack_build_id));
	return add_u64_array(btf, info->value_size / sizeof(uint64_t));
}

/* Compiles a type that `add` puts into a BTF object. */
static int compile_own(int (*add)(struct btf *btf, const struct bpf_map_info *info),
		       const struct bpf_map_info *info, struct plan **out)
{
	struct btf *btf = btf__new_empty();
	int id, err;

	if (!btf)
		return -ENOMEM;
	id = add(btf, info);
	err = id < 0 ? id : plan_compile(btf, (uint32_t)id, out);
	btf__free(btf);
	return err;
}

static int add_number(struct btf *btf, const struct bpf_map_info *info)
{
	bool is_pid = info->type == BPF_MAP_TYPE_TASK_STORAGE;
	uint32_t size = info->type == BPF_MAP_TYPE_CGRP_STORAGE ? 8 : 4;

	return btf__add_int(btf, "id", size, is_pid ? BTF_INT_SIGNED : 0);
}

/* What text shows as numbers although no BTF says so. */
static bool text_has_id(const struct bpf_map_info *info)
{
	return info->type == BPF_MAP_TYPE_PROG_ARRAY || map_type_is_map_of_maps(info->type);
}

static int compile_known(struct mapdump *d)
{
	const struct bpf_map_info *info = &d->map.info;
	bool owned =
	    info->type == BPF_MAP_TYPE_TASK_STORAGE || info->type == BPF_MAP_TYPE_CGRP_STORAGE;
	bool stack = info->type == BPF_MAP_TYPE_STACK_TRACE;
	bool text = d->form == DUMP_TEXT;
	bool indexed = map_type_is_indexed(info->type);
	int err = 0;

	if (owned) { /* in BTF the key is a descriptor */
		plan_free(d->key);
		d->key = NULL;
	}
	if (!d->key && (owned || stack || (indexed && (text || d->value))))
		err = compile_own(add_number, info, &d->key);
	if (!err && !d->value && stack)
		err = compile_own(add_stack, info, &d->value);
	if (!err && !d->value && text && text_has_id(info))
		err = compile_own(add_number, info, &d->value);
	return err;
}

/* A type that does not fit what the kernel gives is not used. */
static int compile(const struct btf *btf, uint32_t type_id, size_t size, struct plan **out)
{
	struct plan *p;
	int err;

	if (!type_id)
		return 0;
	err = plan_compile(btf, type_id, &p);
	if (err == -ENOMEM)
		return err;
	if (err)
		return 0;
	if (plan_size(p) > size)
		plan_free(p);
	else
		*out = p;
	return 0;
}

/* Struct_ops maps have a type of the kernel's, or of a module's. */
static int compile_struct_ops(struct mapdump *d)
{
	const struct bpf_map_info *info = &d->map.info;
	struct btf_ref module = {};
	struct btf *btf = NULL;
	int err = info->btf_vmlinux_id ? btf_open(info->btf_vmlinux_id, &module) : kbtf_get(&btf);

	if (err)
		return 0;
	err = compile(module.btf ? module.btf : btf, info->btf_vmlinux_value_type_id,
		      info->value_size, &d->value);
	if (module.btf)
		btf_close(&module);
	else
		kbtf_put(btf);
	return err;
}

static int compile_types(struct mapdump *d)
{
	const struct bpf_map_info *info = &d->map.info;
	struct btf_ref ref;
	int err = 0;

	if (info->btf_vmlinux_value_type_id) {
		err = compile_struct_ops(d);
	} else if (info->btf_id && !btf_open(info->btf_id, &ref)) {
		err = compile(ref.btf, info->btf_key_type_id, info->key_size, &d->key);
		if (!err)
			err =
			    compile(ref.btf, info->btf_value_type_id, info->value_size, &d->value);
		btf_close(&ref);
	}
	return err ? err : compile_known(d);
}

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
			err = compile_types(d);
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
	plan_free(d->key);
	plan_free(d->value);
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

	render(d, d->value, value, stack ? used_stack(d, value) : d->value_size, out);
}

static const char *words_of(int err)
{
	/* ENOTSUPP is the kernel's own and has no words in C libraries. */
	return strerrordesc_np(err == -524 ? EOPNOTSUPP : -err);
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
	} else if (map_type_is_map_of_maps(d->map.info.type)) {
		memcpy(&id, value, sizeof(id));
		buf_str(out, ",\"inner_map_id\":");
		buf_u64(out, id);
	} else {
		buf_str(out, ",\"value\":");
		render_value(d, value, out);
	}
}

static void json_entry(struct mapdump *d, const struct map_entry *e, struct buf *out)
{
	buf_str(out, d->begun ? ",\n{\"key\":" : "{\"key\":");
	render(d, d->key, e->key, d->key_size, out);
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
			buf_str(out, d->value ? "\":" : "\":\"");
			render_value(d, value + cpu * d->stride, out);
			if (!d->value)
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
		render(d, d->key, e->key, d->key_size, out);
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
