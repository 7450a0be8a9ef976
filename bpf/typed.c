// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_plan.h"

#include "proto.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WEIGHTLESS = 64 };

/* Where a value stands in what is around it. */
struct place {
	uint64_t offset;  /* from the beginning of the plan or of the array element */
	const char *name; /* as a member; NULL: it has none */
	bool first;	  /* nothing stands before it at its level */
	bool last;	  /* nothing lies behind it in memory: it may be a flexible array */
	uint64_t end;	  /* if last: where the memory ends; 0: with the value */
};

/* Enumerators are compiled once for each enum, however many members have its type. */
struct known_enum {
	uint32_t id, first, count;
};

struct compiler {
	const struct btf *btf;
	struct plan *plan;
	unsigned int depth;
	uint64_t weightless; /* elements without a size, in all arrays around */
	uint32_t ops_cap, enumerators_cap;
	struct known_enum *enums;
	uint32_t nenums, enums_cap;
};

static int compile_type(struct compiler *c, uint32_t id, struct place at);

/* Room for one more element; returns 0 or -errno. */
static int grow(void **array, uint32_t n, uint32_t *cap, size_t element)
{
	uint32_t more = *cap ? *cap * 2 : 16;
	void *moved;

	if (n < *cap)
		return 0;
	if (n >= PLAN_MAX_OPS)
		return -E2BIG;
	moved = realloc(*array, more * element);
	if (!moved)
		return -ENOMEM;
	*array = moved;
	*cap = more;
	return 0;
}

static int add_label(struct plan *p, const struct place *at, struct plan_op *op)
{
	op->label = (uint32_t)p->names.len;
	if (!at->first)
		buf_char(&p->names, ',');
	if (at->name) {
		buf_json_str(&p->names, at->name, strlen(at->name));
		buf_char(&p->names, ':');
	}
	op->label_len = (uint32_t)p->names.len - op->label;
	return p->names.len > PLAN_MAX_NAMES ? -E2BIG : p->names.err;
}

static int add_op(struct compiler *c, struct plan_op op, const struct place *at)
{
	struct plan *p = c->plan;
	int err = grow((void **)&p->ops, p->nops, &c->ops_cap, sizeof(op));

	if (err)
		return err;
	if (at->offset > UINT32_MAX)
		return -E2BIG;
	op.offset = (uint32_t)at->offset;
	err = add_label(p, at, &op);
	p->ops[p->nops++] = op;
	return err;
}

/* An op that closes something. */
static int add_end(struct compiler *c, enum plan_kind kind)
{
	return add_op(c, (struct plan_op){.kind = kind}, &(struct place){.first = true});
}

/* Closes what the op at `begin` opened. */
static int close_at(struct compiler *c, uint32_t begin, enum plan_kind kind)
{
	int err = add_end(c, kind);

	c->plan->ops[begin].first = c->plan->nops;
	return err;
}

/* The type behind modifiers, typedefs and variables; NULL when BTF has no such type. */
static const struct btf_type *resolve(const struct btf *btf, uint32_t *id)
{
	for (uint32_t n = btf__type_cnt(btf); n; n--) {
		const struct btf_type *t = btf__type_by_id(btf, *id);

		if (!t || !(btf_is_mod(t) || btf_is_typedef(t) || btf_is_var(t)))
			return t;
		*id = t->type;
	}
	return NULL;
}

static const char *name_of(const struct compiler *c, uint32_t at)
{
	const char *name = btf__name_by_offset(c->btf, at);

	return name ? name : "";
}

/* Whether an array of this type can be text: of `char` itself, whatever its qualifiers. */
static bool is_char(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name;

	for (unsigned int n = 0; t && btf_is_mod(t) && n < PLAN_DEPTH; n++)
		t = btf__type_by_id(btf, t->type);
	if (!t || !btf_is_int(t) || t->size != 1)
		return false;
	name = btf__name_by_offset(btf, t->name_off);
	return name && !strcmp(name, "char");
}

static int compile_bits(struct compiler *c, uint32_t bit, uint32_t bits, struct place at)
{
	struct plan_op op = {.kind = PLAN_BITS, .bits_at = bit % 8, .bits = (uint8_t)bits};

	if (!bits || bits > 128)
		return -EINVAL;
	op.size = (bit % 8 + bits + 7) / 8;
	at.offset += bit / 8;
	return add_op(c, op, &at);
}

/* Whether an INT is a number of whole bytes that C has a type for, not a bitfield. */
static bool is_whole(const struct btf_type *t)
{
	uint8_t bits = btf_int_bits(t);

	return !btf_int_offset(t) && (bits == 8 || bits == 16 || bits == 32 || bits == 64);
}

static int compile_int(struct compiler *c, const struct btf_type *t, struct place at)
{
	uint8_t encoding = btf_int_encoding(t);
	struct plan_op op = {.kind = PLAN_UINT, .size = btf_int_bits(t) / 8};

	if (!is_whole(t))
		return compile_bits(c, btf_int_offset(t), btf_int_bits(t), at);
	if (encoding & BTF_INT_BOOL)
		op.kind = PLAN_BOOL;
	else if (encoding & BTF_INT_CHAR && op.size == 1)
		op.kind = PLAN_CHAR;
	else if (encoding & BTF_INT_SIGNED)
		op.kind = PLAN_INT;
	return add_op(c, op, &at);
}

static int by_value(const void *one, const void *other)
{
	const struct plan_enumerator *a = one, *b = other;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	/* Of several names the one declared first is found. */
	return a->name < b->name ? -1 : a->name > b->name;
}

static int add_enumerator(struct compiler *c, uint32_t name_off, uint64_t value, uint32_t size)
{
	struct plan *p = c->plan;
	struct plan_enumerator *e;
	const char *name = name_of(c, name_off);
	int err = grow((void **)&p->enumerators, p->nenumerators, &c->enumerators_cap, sizeof(*e));

	if (err)
		return err;
	e = &p->enumerators[p->nenumerators++];
	e->value = size < 8 ? value & ((1ULL << 8 * size) - 1) : value;
	e->name = (uint32_t)p->names.len;
	buf_json_str(&p->names, name, strlen(name));
	e->name_len = (uint32_t)p->names.len - e->name;
	return p->names.len > PLAN_MAX_NAMES ? -E2BIG : p->names.err;
}

static int add_enum(struct compiler *c, uint32_t id, const struct btf_type *t)
{
	int err = grow((void **)&c->enums, c->nenums, &c->enums_cap, sizeof(*c->enums));
	uint32_t first = c->plan->nenumerators;
	uint16_t count = btf_vlen(t);

	for (uint16_t i = 0; !err && i < count; i++) {
		const struct btf_enum64 *wide = btf_enum64(t) + i;
		const struct btf_enum *narrow = btf_enum(t) + i;

		if (btf_is_enum64(t))
			err = add_enumerator(c, wide->name_off, btf_enum64_value(wide), t->size);
		else
			err = add_enumerator(c, narrow->name_off, (uint64_t)(int64_t)narrow->val,
					     t->size);
	}
	if (err)
		return err;
	if (count)
		qsort(&c->plan->enumerators[first], count, sizeof(struct plan_enumerator),
		      by_value);
	c->enums[c->nenums++] = (struct known_enum){id, first, count};
	return 0;
}

static int compile_enum(struct compiler *c, uint32_t id, const struct btf_type *t, struct place at)
{
	struct plan_op op = {.kind = PLAN_ENUM, .size = t->size};
	uint32_t i;
	int err;

	if (!t->size || t->size > 8 || (t->size & (t->size - 1)))
		return -EINVAL;
	for (i = 0; i < c->nenums && c->enums[i].id != id; i++)
		;
	if (i == c->nenums) {
		err = add_enum(c, id, t);
		if (err)
			return err;
	}
	op.first = c->enums[i].first;
	op.count = c->enums[i].count;
	return add_op(c, op, &at);
}

/* How a member is called: an anonymous one that is followed by others gets a key of its own. */
static const char *member_name(const struct compiler *c, const struct btf_type *t, uint16_t i,
			       char *own, size_t size)
{
	const struct btf_member *m = btf_members(t);
	const char *name = name_of(c, m[i].name_off);

	if (*name)
		return name;
	for (uint16_t k = i + 1; k < btf_vlen(t); k++) {
		if (!*name_of(c, m[k].name_off)) {
			snprintf(own, size, "#%u", i);
			return own;
		}
	}
	return "";
}

static int compile_member(struct compiler *c, const struct btf_type *t, uint16_t i, struct place at)
{
	uint32_t bit = btf_member_bit_offset(t, i), bits = btf_member_bitfield_size(t, i);
	uint32_t id = btf_members(t)[i].type;
	const struct btf_type *type = resolve(c->btf, &id);

	if (!type)
		return -EINVAL;
	if (bits)
		return compile_bits(
		    c, bit, bits,
		    (struct place){.offset = at.offset, .name = at.name, .first = at.first});
	/* Without the kind flag the type's own INT says that a member is a bitfield. */
	if (btf_is_int(type) && (bit % 8 || !is_whole(type)))
		return compile_bits(c, bit + btf_int_offset(type), btf_int_bits(type), at);
	if (bit % 8)
		return -EINVAL;
	at.offset += bit / 8;
	return compile_type(c, btf_members(t)[i].type, at);
}

static int compile_struct(struct compiler *c, const struct btf_type *t, struct place at)
{
	struct plan_op open = {.kind = PLAN_OPEN, .is_union = btf_is_union(t), .size = t->size};
	uint32_t begin = c->plan->nops;
	int err = add_op(c, open, &at);
	uint16_t n = btf_vlen(t);
	char own[8];

	for (uint16_t i = 0; !err && i < n; i++) {
		struct place member = {
		    .offset = at.offset,
		    .name = member_name(c, t, i, own, sizeof(own)),
		    .first = !i,
		    .last = at.last && i + 1 == n && btf_is_struct(t),
		    .end = at.end,
		};

		err = compile_member(c, t, i, member);
	}
	return err ? err : close_at(c, begin, PLAN_CLOSE);
}

static int compile_array(struct compiler *c, const struct btf_type *t, struct place at)
{
	const struct btf_array *array = btf_array(t);
	uint32_t id = array->type, text = c->plan->nops, begin;
	uint64_t weightless = c->weightless;
	const struct btf_type *element = resolve(c->btf, &id);
	int64_t size = element && !btf_is_fwd(element) ? btf__resolve_size(c->btf, id) : 0;
	struct plan_op op = {.kind = PLAN_ARRAY, .count = array->nelems};
	bool is_text = is_char(c->btf, array->type);
	int err = 0;

	if (!element || size < 0)
		return size == -E2BIG ? -E2BIG : -EINVAL;
	op.size = (uint32_t)size;
	op.flexible = at.last && !op.count && size && !at.end;
	if (at.last && !op.count && size && at.end > at.offset)
		op.count = (uint32_t)((at.end - at.offset) / (uint64_t)size);
	if (is_text) {
		op.kind = PLAN_TEXT;
		err = add_op(c, op, &at);
		op.kind = PLAN_ARRAY;
		at.name = NULL;
		at.first = true;
	}
	begin = c->plan->nops;
	if (!err)
		err = add_op(c, op, &at);
	/* What takes no memory is bounded by nothing else. */
	if (!size && op.count)
		c->weightless *= op.count;
	if (c->weightless > MAX_WEIGHTLESS)
		err = -E2BIG;
	if (!err)
		err = compile_type(c, id, (struct place){.first = true});
	if (!err)
		err = add_end(c, PLAN_ARRAY_END);
	if (err)
		return err;
	c->weightless = weightless;
	c->plan->ops[begin].first = c->plan->nops;
	if (is_text)
		c->plan->ops[text].first = c->plan->nops;
	return 0;
}

/* {".data":[{"one":1},{"other":2}]} */
static int compile_datasec(struct compiler *c, const struct btf_type *t, struct place at)
{
	const struct btf_var_secinfo *vars = btf_var_secinfos(t);
	struct place list = {.name = name_of(c, t->name_off), .first = true};
	uint32_t begin = c->plan->nops;
	int err = add_op(c, (struct plan_op){.kind = PLAN_OPEN}, &at);

	if (!err)
		err = add_op(c, (struct plan_op){.kind = PLAN_LIST}, &list);
	for (uint16_t i = 0; !err && i < btf_vlen(t); i++) {
		const struct btf_type *var = btf__type_by_id(c->btf, vars[i].type);
		struct place inner = {
		    .offset = at.offset + vars[i].offset,
		    .first = true,
		    .last = true, /* the section knows how much memory its variable has */
		    .end = at.offset + vars[i].offset + vars[i].size,
		};

		uint32_t open = c->plan->nops;

		if (!var || !btf_is_var(var))
			return -EINVAL;
		inner.name = name_of(c, var->name_off);
		err = add_op(c, (struct plan_op){.kind = PLAN_OPEN}, &(struct place){.first = !i});
		if (!err)
			err = compile_type(c, var->type, inner);
		if (!err)
			err = close_at(c, open, PLAN_CLOSE);
	}
	if (!err)
		err = close_at(c, begin + 1, PLAN_LIST_END);
	return err ? err : close_at(c, begin, PLAN_CLOSE);
}

static int compile_pointer(struct compiler *c, const struct btf_type *t, struct place at)
{
	const struct btf_type *to = btf__type_by_id(c->btf, t->type);
	struct plan_op op = {.kind = PLAN_UINT, .size = 8};
	struct buf *names = &c->plan->names;

	if (c->plan->program && to && btf_is_func_proto(to)) {
		op.kind = PLAN_PROG;
		op.first = (uint32_t)names->len;
		if (!proto_render(c->btf, t->type, names))
			return -EINVAL;
		op.count = (uint32_t)names->len - op.first;
	}
	return add_op(c, op, &at);
}

static int compile_kind(struct compiler *c, uint32_t id, const struct btf_type *t, struct place at)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT: return compile_int(c, t, at);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: return compile_enum(c, id, t, at);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return compile_struct(c, t, at);
	case BTF_KIND_ARRAY: return compile_array(c, t, at);
	case BTF_KIND_DATASEC: return compile_datasec(c, t, at);
	case BTF_KIND_FLOAT:
		if (!t->size || t->size > 16)
			return -EINVAL;
		return add_op(c, (struct plan_op){.kind = PLAN_FLOAT, .size = t->size}, &at);
	case BTF_KIND_PTR: return compile_pointer(c, t, at);
	default: return add_op(c, (struct plan_op){.kind = PLAN_NULL}, &at);
	}
}

static int compile_type(struct compiler *c, uint32_t id, struct place at)
{
	const struct btf_type *t = resolve(c->btf, &id);
	int err;

	if (!t)
		return -EINVAL;
	if (c->depth == PLAN_DEPTH)
		return -E2BIG;
	c->depth++;
	err = compile_kind(c, id, t, at);
	c->depth--;
	return err;
}

/* Bytes of a value of the type. */
static int size_of(const struct btf *btf, uint32_t id, size_t *out)
{
	const struct btf_type *t = resolve(btf, &id);
	int64_t size = 0;

	if (!t)
		return -EINVAL;
	if (btf_is_datasec(t))
		size = t->size;
	else if (id && !btf_is_fwd(t) && !(btf_is_func(t) || btf_is_func_proto(t)))
		size = btf__resolve_size(btf, id);
	if (size < 0)
		return size == -E2BIG ? -E2BIG : -EINVAL;
	*out = (size_t)size;
	return 0;
}

int plan_compile_ops(const struct btf *btf, uint32_t type_id,
		     void (*program)(uint32_t prog_id, struct buf *out), struct plan **out)
{
	struct compiler c = {.btf = btf, .weightless = 1, .plan = calloc(1, sizeof(*c.plan))};
	int err = -ENOMEM;

	if (c.plan) {
		c.plan->program = program;
		err = size_of(btf, type_id, &c.plan->size);
	}
	if (!err)
		err = compile_type(&c, type_id, (struct place){.first = true, .last = true});
	free(c.enums);
	if (!err)
		plan_examine(c.plan);
	if (err) {
		plan_free(c.plan);
		return err;
	}
	*out = c.plan;
	return 0;
}

int plan_compile(const struct btf *btf, uint32_t type_id, struct plan **out)
{
	return plan_compile_ops(btf, type_id, NULL, out);
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	free(p->ops);
	free(p->enumerators);
	buf_free(&p->names);
	free(p);
}

size_t plan_size(const struct plan *p)
{
	return p->size;
}
