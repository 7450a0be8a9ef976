// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_parse.h"

#include "typed_member.h"
#include "typed_parse_impl.h"
#include "typed_scalar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FEW_OPS = 128,
	MOST_SCALAR = 17, /* bytes that 128 bits may lie in */
};

static int parse_value(struct parser *s, struct part at);

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

size_t parser_elements(const struct parser *s, struct part at)
{
	const struct plan_op *op = &s->p->ops[at.op];
	size_t offset = at.base + op->offset;

	if (!op->flexible)
		return op->count;
	return s->size > s->p->size && offset < s->size ? (s->size - offset) / op->size : 0;
}

/* --- values without parts --- */

/*
 * plan_render() shows all members of a union, and who changes one leaves the others as they were:
 * what says the same as was there before does not count.
 */
static int parse_in_union(struct parser *s, const struct plan_op *op, struct span token,
			  uint8_t *data)
{
	const uint8_t *old = s->old + (data - s->data);
	uint8_t copy[MOST_SCALAR];
	int err;

	memcpy(copy, old, op->size);
	err = scalar_parse(s->p, op, token, copy, s->why);
	if (err || !memcmp(copy, old, op->size))
		return err;
	return scalar_parse(s->p, op, token, data, s->why);
}

static int parse_scalar(struct parser *s, struct part at)
{
	const struct plan_op *op = &s->p->ops[at.op];
	uint8_t *data = op->kind == PLAN_NULL ? NULL : memory_of(s, at, op->size);
	struct span token;
	int err;

	if (!data && op->kind != PLAN_NULL)
		return -EINVAL;
	err = span_token(&s->text, &token, s->why);
	if (err)
		return err;
	if (at.in_union && data)
		return parse_in_union(s, op, token, data);
	return scalar_parse(s->p, op, token, data, s->why);
}

/* An address in place of an array or a struct. */
static int parse_address(struct parser *s, struct part at, size_t size, const char *expected)
{
	const char *begin = s->text.at;
	struct span token;
	uint8_t *data = memory_of(s, at, size);

	if (!data)
		return -EINVAL;
	if (!span_token(&s->text, &token, NULL) && address_parse(token, data, size))
		return 0;
	return problem(s->why, -EINVAL, begin, "%s is expected", expected);
}

/* Whether the memory begins with a text that ends there. */
static bool is_text(const uint8_t *data, size_t room, const struct buf *text)
{
	return (!text->len || !memcmp(data, text->data, text->len)) &&
	       (text->len == room || !data[text->len]);
}

static void store_text(struct parser *s, bool in_union, const struct buf *text, uint8_t *data,
		       size_t room)
{
	const uint8_t *old = in_union ? s->old + (data - s->data) : data;

	if (is_text(data, room, text) || is_text(old, room, text))
		return;
	if (text->len)
		memcpy(data, text->data, text->len);
	if (text->len == room)
		return;
	/* what lies behind the end may be seen as another member of a union */
	memset(data + text->len, 0, in_union ? 1 : room - text->len);
}

static int take_text(struct parser *s, struct buf *text, struct span *token)
{
	int err = 0;

	span_blanks(&s->text);
	if (s->nested || (s->text.at < s->text.end && *s->text.at == '"')) {
		err = span_token(&s->text, token, s->why);
	} else {
		*token = span_trim(s->text);
		s->text.at = s->text.end;
	}
	if (!err && span_len(*token) && *token->at == '"')
		return span_unquote(*token, text, s->why);
	if (!err)
		buf_add(text, token->at, span_len(*token));
	return err ? err : text->err;
}

static int parse_text(struct parser *s, struct part at)
{
	size_t room = parser_elements(s, at);
	struct buf text __buf_free = {};
	struct span token;
	uint8_t *data = memory_of(s, at, room);
	int err = data ? take_text(s, &text, &token) : -EINVAL;

	if (err)
		return err;
	if (text.len > room)
		return problem(s->why, -EINVAL, token.at,
			       "the text has %zu bytes, there is room for %zu", text.len, room);
	store_text(s, at.in_union, &text, data, room);
	return 0;
}

/* --- values with parts --- */

static int parse_array(struct parser *s, struct part at)
{
	const struct plan_op *op = &s->p->ops[at.op];
	size_t n = parser_elements(s, at), got = 0;
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
			struct part element = {
			    .op = at.op + 1,
			    .base = at.base + op->offset + got * op->size,
			    .in_union = at.in_union,
			};

			span_blanks(&s->text);
			if (got == n)
				return problem(s->why, -EINVAL, s->text.at,
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

/* A member of what op `scope` opens; members in their order are found without searching. */
static int parse_member(struct parser *s, uint32_t scope, struct part member, uint32_t *expected)
{
	struct span name;
	int err;

	span_blanks(&s->text);
	err = span_string(&s->text, &name, s->why);
	if (err)
		return err;
	name = (struct span){name.at + 1, name.end - 1};
	member.op = *expected;
	if (member_is_end(s->p, member.op) || !member_is(s->p, member.op, name))
		err = member_find(s->p, scope, name, &member.op, &member.in_union, s->why);
	else
		*expected = plan_skip(s->p->ops, member.op);
	if (err)
		return err;
	if (s->seen[member.op] == member.object)
		return problem(s->why, -EINVAL, name.at, "the field is given twice");
	s->seen[member.op] = member.object;
	if (!span_take(&s->text, ':'))
		return problem(s->why, -EINVAL, s->text.at, "a colon is expected");
	return parse_value(s, member);
}

/* {"name":value,...} */
static int parse_members(struct parser *s, struct part at)
{
	bool joins = at.object && member_is_transparent(s->p, at.op);
	struct part member = {
	    .base = at.base,
	    .object = joins ? at.object : ++s->objects,
	    .in_union = at.in_union || s->p->ops[at.op].is_union,
	};
	uint32_t expected = at.op + 1;
	int err;

	s->nested = true;
	if (!span_take(&s->text, '{'))
		return problem(s->why, -EINVAL, s->text.at, "an object in {braces} is expected");
	if (span_take(&s->text, '}'))
		return 0;
	do
		err = parse_member(s, at.op, member, &expected);
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
		err = parse_members(s, at);
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
		return parse_members(s, at);
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

/* --- whole texts --- */

static int parse_all(struct parser *s, bool assign)
{
	struct part at = {};
	int err = assign ? parser_path(s, &at) : 0;

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
	uint32_t few[FEW_OPS];
	struct parser s = {.p = p, .text = text, .data = data, .size = size, .why = why};
	uint8_t *old = NULL;
	int err = 0;

	s.seen = p->nops <= FEW_OPS ? memset(few, 0, p->nops * sizeof(*few))
				    : calloc(p->nops, sizeof(*s.seen));
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

/* ["0x01",...], as bpftool shows what it has no type for. */
static bool is_hex_array(struct span text)
{
	return span_take(&text, '[') &&
	       (span_blanks(&text), span_len(text) > 3 && !memcmp(text.at, "\"0x", 3));
}

int plan_parse(const struct plan *p, struct span text, void *data, size_t size, struct problem *why)
{
	text = span_trim(text);
	if (!span_len(text))
		return problem(why, -EINVAL, text.at, "a value is expected");
	if (!strchr("{[\"", *text.at) && bytes_are_given(text, size))
		return bytes_parse(text, data, size, why);
	/* an array of numbers may look the same, and then is the same */
	if (is_hex_array(text) && !bytes_parse(text, data, size, NULL))
		return 0;
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
