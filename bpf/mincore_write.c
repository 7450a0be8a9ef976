// SPDX-License-Identifier: GPL-2.0-or-later
#include "mincore_impl.h"

#include <errno.h>
#include <stdlib.h>

/* The BTF that comes out. */
struct writer {
	const struct marks *m;
	struct btf *to;
	uint32_t *ids; /* new for old, 0 for what is left out, which makes it void */
};

/* What is marked gets its number first: types refer to ones behind them. */
static void number(struct writer *w)
{
	uint32_t next = 1;

	for (uint32_t id = 1; id < w->m->end; id++)
		if (w->m->types[id].keep)
			w->ids[id] = next++;
}

static int put_composite(struct writer *w, uint32_t id, const struct btf_type *t, const char *name)
{
	const struct btf_member *member = btf_members(t);
	int err = btf_is_struct(t) ? btf__add_struct(w->to, name, t->size)
				   : btf__add_union(w->to, name, t->size);

	for (uint32_t i = 0; i < btf_vlen(t) && err >= 0; i++)
		if (marks_member(w->m, id, i))
			err = btf__add_field(
			    w->to, btf__str_by_offset(w->m->kernel, member[i].name_off),
			    (int)w->ids[member[i].type], btf_member_bit_offset(t, i),
			    btf_member_bitfield_size(t, i));
	return err;
}

/* Writes the new numbers over the old ones in a type that was copied. */
static void renumber(const struct writer *w, struct btf_type *t)
{
	struct btf_param *param;

	if (btf_is_array(t)) {
		btf_array(t)->type = w->ids[btf_array(t)->type];
		btf_array(t)->index_type = w->ids[btf_array(t)->index_type];
	} else if (btf_is_func_proto(t)) {
		param = btf_params(t);
		t->type = w->ids[t->type];
		for (uint32_t i = 0; i < btf_vlen(t); i++)
			param[i].type = w->ids[param[i].type];
	} else if (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t) || btf_is_ptr(t)) {
		t->type = w->ids[t->type];
	}
}

static int put_type(struct writer *w, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(w->m->kernel, id);
	int at;

	if (btf_is_composite(t))
		return put_composite(w, id, t, btf__str_by_offset(w->m->kernel, t->name_off));
	at = btf__add_type(w->to, w->m->kernel, t);
	if (at > 0)
		renumber(w, (struct btf_type *)btf__type_by_id(w->to, (uint32_t)at));
	return at;
}

static int put_all(struct writer *w, struct buf *out)
{
	const void *data;
	uint32_t size;
	int err = 0;

	for (uint32_t id = 1; id < w->m->end && err >= 0; id++)
		if (w->m->types[id].keep)
			err = put_type(w, id);
	if (err < 0)
		return err;
	err = btf__set_endianness(w->to, btf__endianness(w->m->kernel));
	data = err ? NULL : btf__raw_data(w->to, &size);
	if (data)
		buf_add(out, data, size);
	return err ? err : data ? out->err : -ENOMEM;
}

int marks_write(const struct marks *m, struct buf *out)
{
	struct writer w = {.m = m, .to = btf__new_empty(), .ids = calloc(m->end, sizeof(*w.ids))};
	int err = -ENOMEM;

	if (w.to && w.ids) {
		number(&w);
		err = put_all(&w, out);
	}
	btf__free(w.to);
	free(w.ids);
	return err;
}
