// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

#include <errno.h>
#include <linux/btf.h>
#include <string.h>

/*
 * What libbpf keeps of a map of struct_ops before it is loaded is laid out as the object has the
 * struct, but has a struct bpf_program * where that has a pointer to a function.  The application
 * may set those, numbers, and arrays of numbers; the rest is left out as padding.
 */

enum { IN_OPS = 3 }; /* tabs in front of a member */

struct member {
	const char *name;
	const struct btf_type *type;
	uint32_t id, offset, size;
	uint32_t n;   /* of an array's elements, which `type` is of */
	bool is_prog; /* a pointer to a function */
};

static const struct btf_type *resolve(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);

	while (btf_is_mod(t) || btf_is_typedef(t)) {
		*id = t->type;
		t = btf__type_by_id(btf, *id);
	}
	return t;
}

static bool is_func_pointer(const struct btf *btf, const struct btf_type *t)
{
	uint32_t id = t->type;

	return btf_is_ptr(t) && btf_is_func_proto(resolve(btf, &id));
}

static bool is_number(const struct btf_type *t)
{
	return btf_is_int(t) || btf_is_float(t) || btf_is_any_enum(t);
}

/* Whether member i of the struct can be set. */
static bool get_member(const struct btf *btf, const struct btf_type *ops, int i, struct member *out)
{
	const struct btf_member *m = btf_members(ops) + i;
	struct member r = {.name = btf__name_by_offset(btf, m->name_off), .id = m->type};

	r.type = resolve(btf, &r.id);
	r.size = (uint32_t)btf__resolve_size(btf, m->type);
	r.offset = btf_member_bit_offset(ops, (uint32_t)i) / 8;
	if (btf_member_bitfield_size(ops, (uint32_t)i) || !*r.name)
		return false;
	if (btf_is_array(r.type)) {
		r.n = btf_array(r.type)->nelems;
		r.id = btf_array(r.type)->type;
		r.type = resolve(btf, &r.id);
		if (!r.n)
			return false;
	}
	r.is_prog = !r.n && is_func_pointer(btf, r.type);
	*out = r;
	return r.is_prog || is_number(r.type);
}

static int put_member(struct skeleton *s, const struct member *m)
{
	struct buf declarator __buf_free = {};
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts, .indent_level = IN_OPS);
	int err;

	if (m->is_prog) {
		skel_put(s, "\t\t\tstruct bpf_program *%s;\n", m->name);
		return 0;
	}
	buf_str(&declarator, m->name);
	if (m->n)
		buf_printf(&declarator, "[%u]", m->n);
	opts.field_name = buf_cstr(&declarator);
	buf_fill(s->out, '\t', IN_OPS);
	err = btf_dump__emit_type_decl(s->dump, m->id, &opts);
	buf_str(s->out, ";\n");
	return err;
}

static int put_shadow(struct skeleton *s, const struct skel_map *map)
{
	const struct btf_type *ops = map->ops;
	uint32_t end = 0;
	struct member m;
	int err = 0, pads = 0;

	skel_put(s, "\t\tstruct $__%s__%s {\n", map->ident,
		 btf__name_by_offset(s->btf, ops->name_off));
	for (int i = 0; i < btf_vlen(ops) && !err; i++) {
		if (!get_member(s->btf, ops, i, &m) || m.offset < end)
			continue;
		if (m.offset > end)
			skel_put(s, "\t\t\tchar __pad%d[%u];\n", pads++, m.offset - end);
		err = put_member(s, &m);
		end = m.offset + m.size;
	}
	if (ops->size > end)
		skel_put(s, "\t\t\tchar __pad%d[%u];\n", pads, ops->size - end);
	skel_put(s, "\t\t} *%s;\n", map->ident);
	return err;
}

int skel_put_ops(struct skeleton *s)
{
	int err = 0;

	if (!s->has_ops)
		return 0;
	skel_put(s, "\tstruct {\n");
	for (int i = 0; i < s->nmaps && !err; i++)
		if (s->maps[i].ops)
			err = put_shadow(s, &s->maps[i]);
	skel_put(s, "\t} struct_ops;\n");
	return err;
}

void skel_put_ops_set(struct skeleton *s)
{
	for (int i = 0; i < s->nmaps; i++)
		if (s->maps[i].ops)
			skel_put(s,
				 "\tobj->struct_ops.%s = (__typeof__(obj->struct_ops.%s))\n"
				 "\t\tbpf_map__initial_value(obj->maps.%s, NULL);\n",
				 s->maps[i].ident, s->maps[i].ident, s->maps[i].ident);
}
