// SPDX-License-Identifier: GPL-2.0-or-later
#include "btf_type_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Types in types, pointers to functions in parameters of functions, and the like. */
enum { MOST_DEPTH = 256 };

bool type_enter(struct writer *w)
{
	if (w->depth >= MOST_DEPTH && !w->err)
		w->err = -E2BIG;
	if (w->err)
		return false;
	w->depth++;
	return true;
}

void type_leave(struct writer *w)
{
	w->depth--;
}

/* How a type is needed. */
enum need {
	NEED_NAME,  /* behind a pointer: a name that C has not met is fine */
	NEED_SCOPE, /* in a parameter: a new name would be unknown outside it */
	NEED_WHOLE,
};

static void need(struct writer *w, uint32_t id, enum need how);

static void need_members(struct writer *w, const struct btf_type *t)
{
	for (unsigned int i = 0; i < btf_vlen(t); i++)
		need(w, btf_members(t)[i].type, NEED_WHOLE);
}

/* Ends a definition or declaration on a line of its own. */
static void end_line(struct writer *w, const struct btf_type *t)
{
	buf_char(w->out, ';');
	if (btf_is_composite(t) || (btf_is_any_enum(t) && t->size != 4))
		type_put_comment(w->out, "%u bytes", t->size);
	buf_str(w->out, "\n\n");
}

static void declare(struct writer *w, uint32_t id)
{
	if (w->types[id].declared || w->types[id].defined)
		return;
	w->types[id].declared = true;
	type_put_declaration(w, id, "", 0, 0, w->out);
	buf_str(w->out, ";\n\n");
}

static void define(struct writer *w, uint32_t id, const struct btf_type *t)
{
	struct type_state *s = &w->types[id];

	if (s->defined || s->defining)
		return;
	s->defining = true;
	if (btf_is_composite(t))
		need_members(w, t);
	s->defining = false;
	s->defined = true;
	type_put_definition(w, id, 0, 0, w->out);
	end_line(w, t);
}

static void define_typedef(struct writer *w, uint32_t id, const struct btf_type *t, enum need how)
{
	struct type_state *s = &w->types[id];
	const char *name = type_string(w, t->name_off);
	struct buf alias __buf_free = {};

	/* compilers have this one, and not as a typedef */
	if (s->defining || !strcmp(name, "__builtin_va_list"))
		return;
	if (s->declared && (how != NEED_WHOLE || s->defined))
		return;
	s->defining = true;
	need(w, t->type, how);
	s->defining = false;
	s->defined |= how == NEED_WHOLE;
	if (s->declared)
		return;
	s->declared = true;
	type_put_name(w, id, &alias);
	buf_str(w->out, "typedef ");
	type_put_declaration(w, t->type, buf_cstr(&alias), 0, 0, w->out);
	buf_char(w->out, ';');
	if (type_bits(w, id))
		type_put_comment(w->out, "%llu bytes", (unsigned long long)type_bits(w, id) / 8);
	buf_str(w->out, "\n\n");
}

static void need_proto(struct writer *w, const struct btf_type *t)
{
	need(w, t->type, NEED_SCOPE);
	for (unsigned int i = 0; i < btf_vlen(t); i++)
		need(w, btf_params(t)[i].type, NEED_SCOPE);
}

static void need_kind(struct writer *w, uint32_t id, const struct btf_type *t, enum need how)
{
	switch (btf_kind(t)) {
	case BTF_KIND_PTR: need(w, t->type, how == NEED_WHOLE ? NEED_NAME : how); break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG: need(w, t->type, how); break;
	case BTF_KIND_ARRAY: need(w, btf_array(t)->type, NEED_WHOLE); break;
	case BTF_KIND_FUNC_PROTO: need_proto(w, t); break;
	case BTF_KIND_FUNC: need(w, t->type, how); break;
	case BTF_KIND_TYPEDEF: define_typedef(w, id, t, how); break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		if (t->name_off)
			define(w, id, t);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (!t->name_off)
			need_members(w, t);
		else if (how == NEED_WHOLE)
			define(w, id, t);
		else if (how == NEED_SCOPE)
			declare(w, id);
		break;
	case BTF_KIND_FWD:
		if (how != NEED_NAME)
			declare(w, id);
		break;
	default: break;
	}
}

/* Writes what must stand before a use of the type. */
static void need(struct writer *w, uint32_t id, enum need how)
{
	const struct btf_type *t = btf__type_by_id(w->btf, id);

	if (!id || !t || !type_enter(w))
		return;
	need_kind(w, id, t, how);
	type_leave(w);
}

static void put_function(struct writer *w, uint32_t id, const struct btf_type *t)
{
	struct buf name __buf_free = {};

	type_put_name(w, id, &name);
	type_put_declaration(w, t->type, buf_cstr(&name), 0, 0, w->out);
	buf_str(w->out, ";\n\n");
}

int btf_type_render(const struct btf *btf, uint32_t id, struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	struct buf name __buf_free = {};
	struct writer *w;
	int err;

	if (!id || !t || !t->name_off)
		return -EINVAL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->btf = btf;
	w->out = out;
	w->types = calloc(btf__type_cnt(btf), sizeof(*w->types));
	w->err = w->types ? 0 : -ENOMEM;
	if (!w->err) {
		type_put_name(w, id, &name); /* the first to ask for a name gets it as it is */
		need(w, id, NEED_WHOLE);
		if (btf_is_func(t))
			put_function(w, id, t);
		if (out->len && out->data[out->len - 1] == '\n')
			out->len--; /* no empty line at the end */
	}
	err = w->err ? w->err : w->names.err;
	buf_free(&w->names);
	free(w->types);
	free(w);
	return err;
}
