// SPDX-License-Identifier: GPL-2.0-or-later
#include "btf_type_impl.h"

#include <string.h>

enum { COMMENT_COLUMN = 56, TAB = 8 };

void type_put_comment(struct buf *out, const char *fmt, ...)
{
	size_t start = out->len, column = 0;
	va_list ap;

	while (start && out->data[start - 1] != '\n')
		start--;
	for (; start < out->len; start++)
		column = out->data[start] == '\t' ? column / TAB * TAB + TAB : column + 1;
	buf_fill(out, ' ', column < COMMENT_COLUMN ? COMMENT_COLUMN - column : 1);
	buf_str(out, "/* ");
	va_start(ap, fmt);
	buf_vprintf(out, fmt, ap);
	va_end(ap);
	buf_str(out, " */");
}

/* --- enums --- */

/* The attribute that gives an enum a size that its values do not. */
static void put_enum_size(const struct btf_type *t, struct buf *out)
{
	const char *mode = t->size == 1 ? "QI" : t->size == 2 ? "HI" : t->size == 8 ? "DI" : NULL;

	if (mode)
		buf_printf(out, " __attribute__((mode(%s)))", mode);
}

static void put_value(const struct btf_type *t, unsigned int i, struct buf *out)
{
	bool wide = btf_is_enum64(t);

	if (wide && btf_kflag(t))
		buf_printf(out, "%lldLL", (long long)btf_enum64_value(btf_enum64(t) + i));
	else if (wide)
		buf_printf(out, "%lluULL", (unsigned long long)btf_enum64_value(btf_enum64(t) + i));
	else if (btf_kflag(t))
		buf_i64(out, btf_enum(t)[i].val);
	else
		buf_u64(out, (uint32_t)btf_enum(t)[i].val);
}

static void put_enumerators(struct writer *w, uint32_t id, unsigned int indent, struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(w->btf, id);

	if (!btf_vlen(t)) /* declared only */
		return;
	buf_str(out, " {\n");
	for (unsigned int i = 0; i < btf_vlen(t); i++) {
		uint32_t name =
		    btf_is_enum(t) ? btf_enum(t)[i].name_off : btf_enum64(t)[i].name_off;

		buf_fill(out, '\t', indent + 1);
		type_put_enumerator_name(w, id, name, out);
		buf_str(out, " = ");
		put_value(t, i, out);
		buf_str(out, ",\n");
	}
	buf_fill(out, '\t', indent);
	buf_char(out, '}');
	put_enum_size(t, out);
}

/* --- structs and unions --- */

struct body {
	struct writer *w;
	const struct btf_type *t;
	unsigned int indent;
	uint64_t at; /* where the struct begins in the outermost one */
	struct buf *out;
};

/* Offset and size, in bytes. */
static void put_place(struct buf *out, unsigned long long at, unsigned long long size)
{
	type_put_comment(out, "%llu, %llu", at, size);
}

static void put_gap_bits(const struct body *b, uint64_t bits)
{
	buf_fill(b->out, '\t', b->indent);
	buf_printf(b->out, "unsigned char : %llu;\n", (unsigned long long)bits);
}

static void put_gap_bytes(const struct body *b, uint64_t from, uint64_t n)
{
	buf_fill(b->out, '\t', b->indent);
	buf_printf(b->out, "unsigned char __gap%u[%llu];", ++b->w->gaps, (unsigned long long)n);
	put_place(b->out, b->at / 8 + from, n);
	buf_char(b->out, '\n');
}

/* Members that fill the bits from `pos` to `end`. */
static void put_gap(const struct body *b, uint64_t pos, uint64_t end)
{
	uint64_t from = (pos + 7) / 8, to = end / 8;

	if (pos / 8 == end / 8) {
		put_gap_bits(b, end - pos);
		return;
	}
	if (from < to)
		put_gap_bytes(b, from, to - from);
	else
		put_gap_bits(b, 0);
	if (end % 8)
		put_gap_bits(b, end % 8);
}

static void put_member(const struct body *b, unsigned int i)
{
	const struct btf_member *m = btf_members(b->t) + i;
	unsigned int bits = btf_member_bitfield_size(b->t, i);
	uint64_t at = b->at + btf_member_bit_offset(b->t, i);
	unsigned long long byte = at / 8;

	buf_fill(b->out, '\t', b->indent);
	type_put_declaration(b->w, m->type, type_string(b->w, m->name_off), b->indent, at, b->out);
	if (bits)
		buf_printf(b->out, " : %u", bits);
	buf_char(b->out, ';');
	if (bits)
		type_put_comment(b->out, "%llu:%u, %u bits", byte, (unsigned int)(at % 8), bits);
	else
		put_place(b->out, byte, type_bits(b->w, m->type) / 8);
	buf_char(b->out, '\n');
}

static void put_members(const struct body *b, bool packed, unsigned int align)
{
	uint64_t pos = 0, end = 0, size = (uint64_t)b->t->size * 8;

	for (unsigned int i = 0; i < btf_vlen(b->t); i++) {
		uint64_t bits = btf_member_bitfield_size(b->t, i);
		uint64_t at = btf_member_bit_offset(b->t, i);

		if (at > pos && type_place(b->w, b->t, i, packed, pos) != at)
			put_gap(b, pos, at);
		put_member(b, i);
		pos = at + (bits ? bits : type_bits(b->w, btf_members(b->t)[i].type));
		if (pos > end)
			end = pos;
		if (btf_is_union(b->t))
			pos = 0;
	}
	align *= 8;
	if ((end + align - 1) / align * align < size)
		put_gap(b, btf_is_union(b->t) ? 0 : end, size);
}

static void put_body(struct writer *w, uint32_t id, unsigned int indent, uint64_t at,
		     struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(w->btf, id);
	struct body body = {w, t, indent + 1, at, out};
	bool packed = type_is_packed(w, id);

	buf_str(out, " {\n");
	put_members(&body, packed, type_align(w, id));
	buf_fill(out, '\t', indent);
	buf_str(out, packed ? "} __attribute__((packed))" : "}");
}

/* --- declarations --- */

static void put_keyword(const struct btf_type *t, struct buf *out)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT: buf_str(out, "struct"); break;
	case BTF_KIND_UNION: buf_str(out, "union"); break;
	case BTF_KIND_FWD: buf_str(out, btf_kflag(t) ? "union" : "struct"); break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: buf_str(out, "enum"); break;
	default: return;
	}
}

void type_put_definition(struct writer *w, uint32_t id, unsigned int indent, uint64_t at,
			 struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(w->btf, id);

	if (!type_enter(w))
		return;
	put_keyword(t, out);
	if (t->name_off) {
		buf_char(out, ' ');
		type_put_name(w, id, out);
	}
	if (btf_is_composite(t))
		put_body(w, id, indent, at, out);
	else
		put_enumerators(w, id, indent, out);
	type_leave(w);
}

/* What a declaration begins with: the type that is left without pointers, arrays and parameters. */
static void put_base(struct writer *w, uint32_t id, unsigned int indent, uint64_t at,
		     struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(w->btf, id);

	if (!id || !t) {
		buf_str(out, "void");
	} else if (btf_is_int(t) || btf_is_float(t)) {
		buf_str(out, type_string(w, t->name_off));
	} else if (!t->name_off) {
		type_put_definition(w, id, indent, at, out);
	} else {
		if (!btf_is_typedef(t)) {
			put_keyword(t, out);
			buf_char(out, ' ');
		}
		type_put_name(w, id, out);
	}
}

static void put_before(struct buf *out, const char *s)
{
	size_t n = strlen(s);

	if (!buf_room(out, n))
		return;
	memmove(out->data + n, out->data, out->len);
	memcpy(out->data, s, n);
	out->len += n;
}

static void put_params(struct writer *w, const struct btf_type *t, struct buf *out)
{
	unsigned int n = btf_vlen(t);

	buf_char(out, '(');
	for (unsigned int i = 0; i < n; i++) {
		const struct btf_param *p = btf_params(t) + i;

		if (i)
			buf_str(out, ", ");
		if (!p->type && i == n - 1)
			buf_str(out, "...");
		else
			type_put_declaration(w, p->type, type_string(w, p->name_off), 0, 0, out);
	}
	buf_str(out, n ? ")" : "void)");
}

enum { QUAL_CONST = 1, QUAL_VOLATILE = 2, QUAL_RESTRICT = 4 };

static void put_quals_before(struct buf *out, unsigned int quals)
{
	if (quals & QUAL_RESTRICT)
		put_before(out, "restrict ");
	if (quals & QUAL_VOLATILE)
		put_before(out, "volatile ");
	if (quals & QUAL_CONST)
		put_before(out, "const ");
}

/* Follows pointers, arrays, functions and qualifiers from the outside, and writes them around the
 * name in `out`, where C has them.  Returns the type that is left, and its qualifiers. */
static uint32_t put_declarator(struct writer *w, uint32_t id, struct buf *out, unsigned int *quals)
{
	const struct btf_type *t;

	*quals = 0;
	for (unsigned int links = 0; (t = btf__type_by_id(w->btf, id)) && links < 64; links++) {
		bool is_pointer = out->len && out->data[0] == '*';

		switch (btf_kind(t)) {
		case BTF_KIND_CONST: *quals |= QUAL_CONST; break;
		case BTF_KIND_VOLATILE: *quals |= QUAL_VOLATILE; break;
		case BTF_KIND_RESTRICT: *quals |= QUAL_RESTRICT; break;
		case BTF_KIND_TYPE_TAG: break;
		case BTF_KIND_PTR:
			put_quals_before(out, *quals);
			put_before(out, "*");
			*quals = 0;
			break;
		case BTF_KIND_ARRAY:
		case BTF_KIND_FUNC_PROTO:
			if (is_pointer) {
				put_before(out, "(");
				buf_char(out, ')');
			}
			if (btf_is_array(t))
				buf_printf(out, "[%u]", btf_array(t)->nelems);
			else
				put_params(w, t, out);
			break;
		default: return id;
		}
		id = btf_is_array(t) ? btf_array(t)->type : t->type;
	}
	return id;
}

void type_put_declaration(struct writer *w, uint32_t id, const char *name, unsigned int indent,
			  uint64_t at, struct buf *out)
{
	struct buf declarator __buf_free = {};
	unsigned int quals;
	uint32_t base;

	if (!type_enter(w))
		return;
	buf_str(&declarator, name);
	base = put_declarator(w, id, &declarator, &quals);
	if (quals & QUAL_CONST)
		buf_str(out, "const ");
	if (quals & QUAL_VOLATILE)
		buf_str(out, "volatile ");
	put_base(w, base, indent, at, out);
	if (declarator.len) {
		buf_char(out, ' ');
		buf_add(out, declarator.data, declarator.len);
	}
	type_leave(w);
}
