// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto.h"

/* BTF is checked by whoever made it, but types that refer to themselves must not hang us. */
#define MAX_DEPTH 64

static bool put_type(const struct btf *btf, uint32_t id, unsigned int depth, struct buf *out);

/* Types are followed by a space, which goes away where no name comes after it. */
static void trim_space(struct buf *out, size_t start)
{
	if (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
}

static void put_word(struct buf *out, const char *word)
{
	buf_str(out, word);
	buf_char(out, ' ');
}

static const char *name_of(const struct btf *btf, uint32_t name_off)
{
	const char *name = btf__name_by_offset(btf, name_off);

	return name ? name : "";
}

static bool put_params(const struct btf *btf, uint32_t proto_id, unsigned int depth,
		       struct buf *out)
{
	const struct btf_type *proto = btf__type_by_id(btf, proto_id);
	const struct btf_param *param;
	size_t start = out->len;
	unsigned int i;

	if (!proto || !btf_is_func_proto(proto))
		return false;
	buf_char(out, '(');
	param = btf_params(proto);
	for (i = 0; i < btf_vlen(proto); i++, param++) {
		if (i)
			buf_add(out, ", ", 2);
		if (!param->type) {
			buf_add(out, "...", 3);
			continue;
		}
		if (!put_type(btf, param->type, depth + 1, out))
			return false;
		if (param->name_off)
			buf_str(out, name_of(btf, param->name_off));
		else
			trim_space(out, start);
	}
	buf_char(out, ')');
	return true;
}

static bool put_func(const struct btf *btf, const char *name, uint32_t proto_id, unsigned int depth,
		     struct buf *out)
{
	const struct btf_type *proto = btf__type_by_id(btf, proto_id);

	if (!proto || !btf_is_func_proto(proto) || !put_type(btf, proto->type, depth + 1, out))
		return false;
	buf_str(out, name);
	return put_params(btf, proto_id, depth, out);
}

/* The type that `t` refers to, between two words. */
static bool put_derived(const struct btf *btf, const struct btf_type *t, const char *before,
			const char *after, unsigned int depth, struct buf *out)
{
	buf_str(out, before);
	if (!put_type(btf, t->type, depth + 1, out))
		return false;
	buf_str(out, after);
	return true;
}

static bool put_type(const struct btf *btf, uint32_t id, unsigned int depth, struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	if (!id) {
		put_word(out, "void");
		return true;
	}
	if (!t || depth > MAX_DEPTH)
		return false;
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT: buf_str(out, "struct "); break;
	case BTF_KIND_UNION: buf_str(out, "union "); break;
	case BTF_KIND_FWD: buf_str(out, btf_kflag(t) ? "union " : "struct "); break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: buf_str(out, "enum "); break;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPEDEF: break;
	case BTF_KIND_PTR: return put_derived(btf, t, "", "* ", depth, out);
	case BTF_KIND_VOLATILE: return put_derived(btf, t, "volatile ", "", depth, out);
	case BTF_KIND_CONST: return put_derived(btf, t, "const ", "", depth, out);
	case BTF_KIND_RESTRICT: return put_derived(btf, t, "restrict ", "", depth, out);
	case BTF_KIND_TYPE_TAG: return put_type(btf, t->type, depth + 1, out);
	case BTF_KIND_ARRAY:
		if (!put_type(btf, btf_array(t)->type, depth + 1, out))
			return false;
		buf_printf(out, "[%u]", btf_array(t)->nelems);
		return true;
	case BTF_KIND_FUNC_PROTO: return put_func(btf, "", id, depth, out);
	case BTF_KIND_FUNC: return put_func(btf, name_of(btf, t->name_off), t->type, depth, out);
	default: return false;
	}
	put_word(out, name_of(btf, t->name_off));
	return true;
}

bool proto_render(const struct btf *btf, uint32_t type_id, struct buf *out)
{
	size_t start = out->len;

	if (btf && put_type(btf, type_id, 0, out))
		return true;
	out->len = start;
	return false;
}
