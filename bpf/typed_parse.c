// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_parse.h"

#include "nearest.h"
#include "typed_scalar.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_OPS = 128 };

struct parser {
	const struct plan *p;
	struct span text;
	uint8_t *data;
	const uint8_t *old; /* what was there before; NULL without unions */
	size_t size;
	struct problem *why;
	uint32_t *seen;	 /* by op: the last object in which it was given */
	uint32_t object; /* objects are counted */
	bool nested;	 /* the value is inside another */
};

/* A value in the plan and in memory. */
struct part {
	uint32_t op;
	size_t base;	   /* what its offset counts from */
	uint32_t in_union; /* the op of the union that it is a member of, 0: none */
};

static int parse_value(struct parser *s, struct part at);

/* --- names of members --- */

/* What a label calls its value, without quotes; empty with at == NULL when it has no name. */
static struct span label_of(const struct plan *p, const struct plan_op *op)
{
	const char *at = p->names.data + op->label, *end = at + op->label_len;

	if (at < end && *at == ',')
		at++;
	return at < end ? (struct span){at + 1, end - 2} : (struct span){};
}

/* Whether the members of a member can be named as if they stood next to it. */
static bool is_transparent(const struct plan_op *op, struct span label)
{
	return op->kind == PLAN_LIST ||
	       (op->kind == PLAN_OPEN && (!span_len(label) || *label.at == '#'));
}

static bool is_end(const struct plan_op *op)
{
	return op->kind == PLAN_CLOSE || op->kind == PLAN_LIST_END;
}

/* Finds a member of the object (or list of variables) at op `scope`. */
static bool find_member(const struct plan *p, uint32_t scope, struct span name, struct part *out)
{
	const struct plan_op *ops = p->ops;

	for (uint32_t i = scope + 1; !is_end(&ops[i]); i = plan_skip(ops, i)) {
		struct span label = label_of(p, &ops[i]);

		if (label.at && span_len(label) == span_len(name) &&
		    !memcmp(label.at, name.at, span_len(name))) {
			out->op = i;
			out->in_union = ops[scope].is_union ? scope : 0;
			return true;
		}
	}
	for (uint32_t i = scope + 1; !is_end(&ops[i]); i = plan_skip(ops, i)) {
		if (!is_transparent(&ops[i], label_of(p, &ops[i])) || !find_member(p, i, name, out))
			continue;
		/* the outermost union is the one whose other members are overwritten */
		if (ops[scope].is_union)
			out->in_union = scope;
		return true;
	}
	return false;
}

/* For nearest(): all names in an object, whatever their depth in what is transparent. */
struct names {
	const struct plan *p;
	uint32_t scope;
};

static const char *next_name(void *arg, size_t n, size_t *len)
{
	const struct names *names = arg;
	const struct plan_op *ops = names->p->ops;
	uint32_t end = plan_skip(ops, names->scope);

	for (uint32_t i = names->scope + 1; i < end;) {
		struct span label = label_of(names->p, &ops[i]);
		bool inside = is_transparent(&ops[i], label) || is_end(&ops[i]);

		if (span_len(label) && !inside && !n--) {
			*len = span_len(label);
			return label.at;
		}
		i = inside ? i + 1 : plan_skip(ops, i);
	}
	return NULL;
}

static int unknown_member(struct parser *s, uint32_t scope, struct span name)
{
	struct names names = {s->p, scope};

	return nearest(s->why, name.at, "field", name, next_name, &names);
}

/* --- memory --- */

/* Where a value of `n` bytes lies; NULL with words when it is not inside. */
static uint8_t *memory_of(struct parser *s, struct part at, size_t n)
{
	size_t offset = at.base + s->p->ops[at.op].offset;

	if (offset <= s->size && n <= s->size - offset)
		return s->data + offset;
	problem(s->why, -EINVAL, s->text.at, "the value has no room for it");
	return NULL;
}

/* How many elements an array has room for. */
static size_t elements(const struct parser *s, struct part at)
{
	const struct plan_op *op = &s->p->ops[at.op];
	size_t offset = at.base + op->offset;

	if (!op->flexible)
		return op->count;
	return s->size > s->p->size && offset < s->size ? (s->size - offset) / op->size : 0;
}

/* --- values without parts --- */

static int parse_scalar(struct parser *s, struct part at)
{
	const struct plan_op *op = &s->p->ops[at.op];
	struct span token;
	uint8_t *data;
	int err = span_token(&s->text, &token, s->why);

	if (err)
		return err;
	if (op->kind == PLAN_NULL)
		return scalar_parse(s->p, op, token, NULL, s->why);
	data = memory_of(s, at, op->size);
	return data ? scalar_parse(s->p, op, token, data, s->why) : -EINVAL;
}

/* An address in place of an array or a struct. */
static int parse_address(struct parser *s, struct part at, size_t size, const char *expected)
{
	struct span token;
	uint8_t *data = memory_of(s, at, size);
	int err = data ? span_token(&s->text, &token, s->why) : -EINVAL;

	if (err || address_parse(token, data, size))
		return err;
	return problem(s->why, -EINVAL, token.at, "%s is expected", expected);
}

static int parse_text(struct parser *s, struct part at)
{
	size_t room = elements(s, at);
	struct buf text __buf_free = {};
	struct span token;
	uint8_t *data = memory_of(s, at, room);
	int err = 0;

	if (!data)
		return -EINVAL;
	span_blanks(&s->text);
	if (s->nested || (s->text.at < s->text.end && *s->text.at == '"')) {
		err = span_token(&s->text, &token, s->why);
	} else {
		token = span_trim(s->text);
		s->text.at = s->text.end;
	}
	if (!err && token.at < token.end && *token.at == '"')
		err = span_unquote(token, &text, s->why);
	else if (!err)
		buf_add(&text, token.at, span_len(token));
	if (!err && text.len > room)
		err = problem(s->why, -E2BIG, token.at,
			      "the text has %zu bytes, there is room for %zu", text.len, room);
	if (err || text.err)
		return err ? err : text.err;
	memset(data, 0, room);
	if (text.len)
		memcpy(data, text.data, text.len);
	return 0;
}

/* --- values with parts --- */

static int parse_array(struct parser *s, struct part at)
{
	const struct plan_op *op = &s->p->ops[at.op];
	size_t n = elements(s, at), got = 0;
	const char *begin;
	int err = 0;

	span_blanks(&s->text);
	begin = s->text.at;
	if (!span_take(&s->text, '['))
		return parse_address(s, at, n * op->size, "an array in [brackets]");
	if (!memory_of(s, at, n * op->size))
		return -EINVAL;
	s->nested = true;
	if (!span_take(&s->text, ']')) {
		do {
			struct part element = {at.op + 1, at.base + op->offset + got * op->size, 0};

			span_blanks(&s->text);
			if (got == n)
				return problem(s->why, -E2BIG, s->text.at,
					       "the array has only %zu elements", n);
			err = parse_value(s, element);
			got++;
		} while (!err && span_take(&s->text, ','));
		if (!err && !span_take(&s->text, ']'))
			err = problem(s->why, -EINVAL, s->text.at, "a comma or ] is expected");
	}
	if (!err && got < n && !op->flexible)
		err = problem(s->why, -EINVAL, begin, "%zu elements are expected, not %zu", n, got);
	return err;
}

/*
 * A member of a union.  plan_render() shows all of them, and who changes one leaves the others as
 * they were: what says the same as is there already, or as was there before, changes nothing.
 */
static int parse_union_member(struct parser *s, struct part at)
{
	const struct plan_op *whole = &s->p->ops[at.in_union];
	size_t offset = at.base + whole->offset, n = whole->size;
	struct span text = s->text;
	uint8_t *data, *now;
	int err;

	if (!s->old || offset > s->size || n > s->size - offset)
		return parse_value(s, at);
	data = s->data + offset;
	now = malloc(n ? n : 1);
	if (!now)
		return -ENOMEM;
	memcpy(now, data, n);
	err = parse_value(s, at);
	if (!err && memcmp(data, now, n) != 0) {
		memcpy(data, s->old + offset, n);
		s->text = text;
		err = parse_value(s, at);
		if (!err && !memcmp(data, s->old + offset, n))
			memcpy(data, now, n);
	}
	free(now);
	return err;
}

static int parse_member(struct parser *s, uint32_t scope, size_t base, uint32_t object)
{
	struct part at = {.base = base};
	struct span name;
	int err;

	span_blanks(&s->text);
	err = span_string(&s->text, &name, s->why);
	if (err)
		return err;
	name = (struct span){name.at + 1, name.end - 1};
	if (!find_member(s->p, scope, name, &at))
		return unknown_member(s, scope, name);
	if (s->seen[at.op] == object)
		return problem(s->why, -EINVAL, name.at, "the field is given twice");
	s->seen[at.op] = object;
	if (!span_take(&s->text, ':'))
		return problem(s->why, -EINVAL, s->text.at, "a colon is expected");
	return at.in_union ? parse_union_member(s, at) : parse_value(s, at);
}

/* {"name":value,...} */
static int parse_members(struct parser *s, uint32_t scope, size_t base)
{
	uint32_t object = ++s->object;
	int err;

	s->nested = true;
	if (!span_take(&s->text, '{'))
		return problem(s->why, -EINVAL, s->text.at, "an object in {braces} is expected");
	if (span_take(&s->text, '}'))
		return 0;
	do
		err = parse_member(s, scope, base, object);
	while (!err && span_take(&s->text, ','));
	if (!err && !span_take(&s->text, '}'))
		err = problem(s->why, -EINVAL, s->text.at, "a comma or } is expected");
	return err;
}

/* [{"variable":value},...] */
static int parse_variables(struct parser *s, struct part at)
{
	int err;

	if (!span_take(&s->text, '['))
		return problem(s->why, -EINVAL, s->text.at, "an array in [brackets] is expected");
	if (span_take(&s->text, ']'))
		return 0;
	do
		err = parse_members(s, at.op, at.base);
	while (!err && span_take(&s->text, ','));
	if (!err && !span_take(&s->text, ']'))
		err = problem(s->why, -EINVAL, s->text.at, "a comma or ] is expected");
	return err;
}

static int parse_value(struct parser *s, struct part at)
{
	const struct plan_op *op = &s->p->ops[at.op];

	span_blanks(&s->text);
	switch (op->kind) {
	case PLAN_OPEN:
		if (s->text.at < s->text.end && *s->text.at != '{' && op->size)
			return parse_address(s, at, op->size, "an object in {braces}");
		return parse_members(s, at.op, at.base);
	case PLAN_LIST: return parse_variables(s, at);
	case PLAN_TEXT:
		if (s->text.at == s->text.end || *s->text.at != '[')
			return parse_text(s, at);
		at.op++;
		return parse_array(s, at);
	case PLAN_ARRAY: return parse_array(s, at);
	default: return parse_scalar(s, at);
	}
}

/* --- one field --- */

static int take_index(struct parser *s, struct part *at)
{
	const char *begin = s->text.at;
	unsigned __int128 index;
	struct span number = {begin, memchr(begin, ']', span_len(s->text))};
	const struct plan_op *op;

	if (s->p->ops[at->op].kind == PLAN_TEXT)
		at->op++;
	op = &s->p->ops[at->op];
	if (op->kind != PLAN_ARRAY)
		return problem(s->why, -EINVAL, begin - 1, "this is no array");
	if (!number.end || span_number(number, &index, NULL))
		return problem(s->why, -EINVAL, begin, "an index and ] are expected");
	if (index >= elements(s, *at))
		return problem(s->why, -ERANGE, begin, "the array has only %zu elements",
			       elements(s, *at));
	s->text.at = number.end + 1;
	*at = (struct part){at->op + 1, at->base + op->offset + (size_t)index * op->size, 0};
	return 0;
}

static int take_field(struct parser *s, struct part *at)
{
	struct span name = {s->text.at, s->text.at};

	while (name.end < s->text.end && !strchr(".[= ", *name.end))
		name.end++;
	s->text.at = name.end;
	if (s->p->ops[at->op].kind != PLAN_OPEN)
		return problem(s->why, -EINVAL, name.at, "this has no fields");
	if (!find_member(s->p, at->op, name, at))
		return unknown_member(s, at->op, name);
	return 0;
}

static int take_path(struct parser *s, struct part *at)
{
	int err = 0;

	do {
		if (span_take(&s->text, '['))
			err = take_index(s, at);
		else if (!span_take(&s->text, '.'))
			return problem(s->why, -EINVAL, s->text.at, "a dot, [ or = is expected");
		else if (s->text.at == s->text.end || *s->text.at != '[')
			err = take_field(s, at);
	} while (!err && !span_take(&s->text, '='));
	return err;
}

/* --- whole texts --- */

static int parse_all(struct parser *s, bool assign)
{
	struct part at = {};
	int err = assign ? take_path(s, &at) : 0;

	if (!err)
		err = parse_value(s, at);
	span_blanks(&s->text);
	if (!err && s->text.at < s->text.end)
		err = problem(s->why, -EINVAL, s->text.at, "there is something behind the value");
	return err;
}

static int parse(const struct plan *p, struct span text, bool assign, void *data, size_t size,
		 struct problem *why)
{
	uint32_t few[FEW_OPS] = {};
	struct parser s = {.p = p, .text = text, .data = data, .size = size, .why = why};
	uint8_t *old = NULL;
	int err = 0;

	s.seen = p->nops <= FEW_OPS ? few : calloc(p->nops, sizeof(*s.seen));
	if (p->has_union) {
		old = malloc(size ? size : 1);
		if (old)
			memcpy(old, data, size);
		else
			err = -ENOMEM;
		s.old = old;
	}
	if (!err)
		err = s.seen ? parse_all(&s, assign) : -ENOMEM;
	if (s.seen != few)
		free(s.seen);
	free(old);
	return err;
}

int plan_parse(const struct plan *p, struct span text, void *data, size_t size, struct problem *why)
{
	text = span_trim(text);
	if (!span_len(text))
		return problem(why, -EINVAL, text.at, "a value is expected");
	if (!strchr("{[\"", *text.at) && bytes_are_given(text, size))
		return bytes_parse(text, data, size, why);
	return parse(p, text, false, data, size, why);
}

int plan_assign(const struct plan *p, struct span text, void *data, size_t size,
		struct problem *why)
{
	return parse(p, span_trim(text), true, data, size, why);
}

bool plan_has_fields(const struct plan *p)
{
	return p->nops && p->ops[0].kind == PLAN_OPEN;
}

bool plan_is_array(const struct plan *p)
{
	return p->nops && (p->ops[0].kind == PLAN_ARRAY || p->ops[0].kind == PLAN_TEXT);
}

bool plan_is_path(struct span text)
{
	const char *c = text.at;

	if (c == text.end || (*c != '.' && *c != '['))
		return false;
	while (c < text.end && (isalnum((unsigned char)*c) || strchr("._[]", *c)))
		c++;
	while (c < text.end && *c == ' ')
		c++;
	return c < text.end && *c == '=';
}
