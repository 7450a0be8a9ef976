/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SPAN_H
#define BPFVIEW_SPAN_H

#include "problem.h"

#include <stdbool.h>

/*
 * Reading what people and programs write: JSON (RFC 8259), bare words where JSON wants quotes, and
 * command lines.  Nothing is copied before it must be, so that a complaint can say where.
 *
 * json-c would build a tree of objects for each of a million entries and forget where in the text
 * they came from.
 */
struct span {
	const char *at, *end; /* what is still to be read */
};

static inline struct span span_of(const char *text, size_t len)
{
	return (struct span){text, text + len};
}

static inline size_t span_len(struct span s)
{
	return (size_t)(s.end - s.at);
}

static inline bool span_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes the blanks that come next. */
static inline void span_blanks(struct span *s)
{
	while (s->at < s->end && span_is_blank(*s->at))
		s->at++;
}

/* Without the blanks around it. */
struct span span_trim(struct span s);

bool span_is(struct span s, const char *word);

/* Takes `c`, and blanks before it, if it comes next. */
static inline bool span_take(struct span *s, char c)
{
	span_blanks(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Takes a JSON string, quotes included: 0 or -EINVAL. */
int span_string(struct span *s, struct span *out, struct problem *why);

/* Appends the bytes that a JSON string (with its quotes) stands for.  \u0000 to \u00ff are a byte
 * each, as buf_json_str() writes those that are not UTF-8; what is above becomes UTF-8. */
int span_unquote(struct span string, struct buf *out, struct problem *why);

/* Takes a JSON string, or a bare word that ends before a blank or one of , [ ] { } " : 0 or
 * -EINVAL.
 */
int span_token(struct span *s, struct span *out, struct problem *why);

/* Takes a whole JSON value, blanks before it not included in *out: 0 or -EINVAL.  What is inside is
 * only looked at for where it ends. */
int span_value(struct span *s, struct span *out, struct problem *why);

/* Takes the next word of a command line, which may be a JSON value with blanks in it; it is empty
 * at the end.  0 or -EINVAL. */
int span_word(struct span *s, struct span *out, struct problem *why);

/* Reads a number that is all of `s`: decimal, 0x hex, 0o or 0 octal, 0b binary; with a sign if
 * `negative` is not NULL.  0, -EINVAL when it is none, -ERANGE when it has more than 128 bits. */
int span_number(struct span s, unsigned __int128 *out, bool *negative);

#endif
