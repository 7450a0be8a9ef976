// SPDX-License-Identifier: GPL-2.0-or-later
#include "struct_ops.h"

#include "index.h"
#include "kbtf.h"
#include "link.h"
#include "map.h"
#include "prog.h"
#include "typed.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* The kernel wraps struct NAME in a struct of this name, with its own state in front. */
#define VALUE_PREFIX "bpf_struct_ops_"

/* One map, with the BTF that its type is of and its value. */
struct ops {
	struct map map;
	struct btf_ref btf;
	const struct btf_type *type; /* of the value */
	const char *type_name;
	uint8_t *value;
	size_t size;
};

static void ops_close(struct ops *o)
{
	free(o->value);
	if (o->btf.btf)
		btf_close(&o->btf);
	map_close(&o->map);
}

static int ops_read(struct ops *o)
{
	const struct bpf_map_info *info = &o->map.info;
	uint32_t key = 0;
	int err = btf_open_kernels(info->btf_vmlinux_id, &o->btf);

	if (err)
		return err;
	o->type = btf__type_by_id(o->btf.btf, info->btf_vmlinux_value_type_id);
	if (!o->type || !btf_is_struct(o->type) || o->type->size > info->value_size)
		return -EINVAL;
	o->type_name = btf__name_by_offset(o->btf.btf, o->type->name_off);
	o->size = info->value_size;
	o->value = calloc(1, o->size);
	if (!o->value)
		return -ENOMEM;
	return bpf_map_lookup_elem(o->map.fd, &key, o->value);
}

static int ops_open(uint32_t map_id, struct ops *o)
{
	int err;

	*o = (struct ops){.map.fd = -1};
	err = map_open(map_id, false, &o->map);
	if (!err)
		err = o->map.info.type == BPF_MAP_TYPE_STRUCT_OPS ? ops_read(o) : -ENOENT;
	if (err)
		ops_close(o);
	return err;
}

/* The member of that name, its type in *type and its place in *offset, which is moved on; NULL when
 * there is none. */
static const struct btf_type *member(const struct btf *btf, const struct btf_type *t,
				     const char *name, uint32_t *offset)
{
	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;

		if (strcmp(btf__name_by_offset(btf, m->name_off), name) != 0)
			continue;
		*offset += btf_member_bit_offset(t, i) / 8;
		return btf__type_by_id(btf, m->type);
	}
	return NULL;
}

static void describe_state(struct doc *d, const struct ops *o)
{
	uint32_t offset = 0, state;
	const struct btf_type *common = member(o->btf.btf, o->type, "common", &offset);
	char *word;

	/* before Linux 6.9 the members of `common` were the value's own */
	if (!member(o->btf.btf, common && btf_is_struct(common) ? common : o->type, "state",
		    &offset) ||
	    offset + sizeof(state) > o->size)
		return;
	memcpy(&state, o->value + offset, sizeof(state));
	word = kbtf_enum_word("bpf_struct_ops_state", "BPF_STRUCT_OPS_STATE_", state);
	doc_named(d, "state", state, word);
	free(word);
}

/* The name of a program, "" when it has none or is gone. */
static void program_name(uint32_t id, struct buf *out)
{
	struct prog p;

	if (prog_open(id, 0, &p))
		return;
	prog_full_name(&p, out);
	prog_close(&p);
}

static void describe_function(struct doc *d, const char *member_name, uint32_t prog_id)
{
	struct buf name __buf_free = {};

	program_name(prog_id, &name);
	doc_object(d, NULL);
	doc_str(d, "member", member_name);
	doc_u64(d, "prog_id", prog_id);
	if (name.len)
		doc_str(d, "name", buf_cstr(&name));
	doc_close(d);
}

static void describe_functions(struct doc *d, const struct ops *o)
{
	const struct btf *btf = o->btf.btf;
	uint32_t offset = 0;
	const struct btf_type *data = member(btf, o->type, "data", &offset);

	if (!data || !btf_is_struct(data))
		return;
	doc_array(d, "functions");
	for (uint16_t i = 0; i < btf_vlen(data); i++) {
		const struct btf_member *m = btf_members(data) + i;
		const struct btf_type *t = btf__type_by_id(btf, m->type);
		size_t at = offset + btf_member_bit_offset(data, i) / 8;
		uint64_t prog_id;

		if (!t || !btf_is_ptr(t) || at + sizeof(prog_id) > o->size ||
		    !btf_is_func_proto(btf__type_by_id(btf, t->type)))
			continue;
		memcpy(&prog_id, o->value + at, sizeof(prog_id));
		if (prog_id)
			describe_function(d, btf__name_by_offset(btf, m->name_off),
					  (uint32_t)prog_id);
	}
	doc_close(d);
}

int struct_ops_links(uint32_t map_id, struct buf *ids)
{
	const struct index *links;
	int err = index_get(KIND_LINK, &links);

	if (err)
		return err;
	for (size_t i = 0; i < links->n; i++) {
		struct link l;

		if (links->entries[i].type != BPF_LINK_TYPE_STRUCT_OPS ||
		    link_open(links->entries[i].id, &l))
			continue;
		if (l.info.known.struct_ops.map_id == map_id)
			buf_add(ids, &links->entries[i].id, sizeof(uint32_t));
		link_close(&l);
	}
	index_put(KIND_LINK, links);
	return ids->err;
}

/* A map made for it (BPF_F_LINK) is registered by links, any other by itself. */
static void describe_links(struct doc *d, uint32_t map_id)
{
	struct buf ids __buf_free = {};

	if (struct_ops_links(map_id, &ids))
		return;
	doc_array(d, "links");
	for (size_t i = 0; i < ids.len / sizeof(uint32_t); i++)
		doc_u64(d, NULL, ((const uint32_t *)ids.data)[i]);
	doc_close(d);
}

/* 0 or -errno before anything has been written. */
static int describe(struct doc *d, uint32_t map_id)
{
	size_t prefix = strlen(VALUE_PREFIX);
	struct ops o;
	int err = ops_open(map_id, &o);

	if (err)
		return err;
	doc_object(d, NULL);
	doc_u64(d, "id", map_id);
	doc_strn(d, "name", o.map.info.name, strnlen(o.map.info.name, sizeof(o.map.info.name)));
	doc_str(d, "kernel_struct_ops",
		o.type_name + (strncmp(o.type_name, VALUE_PREFIX, prefix) ? 0 : prefix));
	describe_state(d, &o);
	describe_functions(d, &o);
	if (o.map.info.map_flags & BPF_F_LINK)
		describe_links(d, map_id);
	doc_close(d);
	ops_close(&o);
	return 0;
}

static struct doc *begin(enum doc_form form, struct buf *out)
{
	static const char *const columns[] = {
	    "id", "name", "kernel_struct_ops", "state", "functions", "links", NULL};
	struct doc *d = doc_begin(form, out, form == DOC_TABLE ? columns : NULL);

	if (d)
		doc_list(d);
	return d;
}

static int end(struct doc *d, int err)
{
	int done;

	doc_close(d);
	done = doc_end(d);
	return err ? err : done;
}

int struct_ops_info(uint32_t map_id, enum doc_form form, struct buf *out)
{
	struct doc *d = begin(form, out);

	return d ? end(d, describe(d, map_id)) : -ENOMEM;
}

int struct_ops_list(enum doc_form form, struct buf *out)
{
	const struct index *maps;
	int err = index_get(KIND_MAP, &maps);
	struct doc *d;

	if (err)
		return err;
	d = begin(form, out);
	for (size_t i = 0; d && i < maps->n; i++)
		if (maps->entries[i].type == BPF_MAP_TYPE_STRUCT_OPS)
			describe(d, maps->entries[i].id); /* one that is gone is left out */
	index_put(KIND_MAP, maps);
	return d ? end(d, 0) : -ENOMEM;
}

/* --- dump --- */

/* As bpftool says it: NAME/prog_id:ID. */
static void name_program(uint32_t prog_id, struct buf *out)
{
	struct buf name __buf_free = {};

	program_name(prog_id, &name);
	buf_printf(out, "%s%sprog_id:%u", buf_cstr(&name), name.len ? "/" : "", prog_id);
}

/* One object with one member: the value, typed. */
static int dump_value(struct doc *d, const char *key, const struct btf *btf,
		      const struct btf_type *t, uint32_t type_id, const void *data, size_t size)
{
	struct buf json __buf_free = {};
	struct plan *plan;
	int err = plan_compile_ops(btf, type_id, name_program, &plan);

	if (err)
		return err;
	plan_render(plan, data, size < t->size ? size : t->size, &json);
	plan_free(plan);
	doc_object(d, NULL);
	doc_json(d, key, json.data, json.len);
	doc_close(d);
	return json.err;
}

/* All that the kernel tells of the map, also what this build knows no names for. */
static int dump_info(struct doc *d, const struct map *m)
{
	union {
		struct bpf_map_info known;
		uint8_t bytes[512];
	} info = {};
	uint32_t len = sizeof(info);
	struct btf *btf;
	int id, err = bpf_map_get_info_by_fd(m->fd, &info.known, &len);

	if (!err)
		err = kbtf_get(&btf);
	if (err)
		return err;
	id = btf__find_by_name_kind(btf, "bpf_map_info", BTF_KIND_STRUCT);
	err = id > 0 ? dump_value(d, "bpf_map_info", btf, btf__type_by_id(btf, (uint32_t)id),
				  (uint32_t)id, &info, sizeof(info))
		     : -ENOENT;
	kbtf_put(btf);
	return err;
}

int struct_ops_dump(uint32_t map_id, enum doc_form form, struct buf *out)
{
	struct doc *d;
	struct ops o;
	int err = ops_open(map_id, &o);

	if (err)
		return err;
	d = begin(form, out);
	if (d) {
		err = dump_info(d, &o.map);
		if (!err)
			err = dump_value(d, o.type_name, o.btf.btf, o.type,
					 o.map.info.btf_vmlinux_value_type_id, o.value, o.size);
		err = end(d, err);
	}
	ops_close(&o);
	return d ? err : -ENOMEM;
}
