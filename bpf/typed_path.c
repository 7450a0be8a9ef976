// SPDX-License-Identifier: GPL-2.0-or-later
/* The path of one field, ".path.to[3].field=". */
#include "typed_member.h"
#include "typed_parse.h"
#include "typed_parse_impl.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

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
	if (index >= parser_elements(s, *at))
		return problem(s->why, -EINVAL, begin, "the array has only %zu elements",
			       parser_elements(s, *at));
	s->text.at = number.end + 1;
	at->op++;
	at->base += op->offset + (size_t)index * op->size;
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
	return member_find(s->p, at->op, name, &at->op, &at->in_union, s->why);
}

int parser_path(struct parser *s, struct part *at)
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

bool plan_is_path(struct span text)
{
	const char *c = text.at;

	if (c == text.end || (*c != '.' && *c != '['))
		return false;
	while (c < text.end && (isalnum((unsigned char)*c) || strchr("._[]-", *c)))
		c++;
	while (c < text.end && *c == ' ')
		c++;
	return c < text.end && *c == '=';
}
