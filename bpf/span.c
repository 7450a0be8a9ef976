// SPDX-License-Identifier: GPL-2.0-or-later
#include "span.h"

#include <errno.h>
#include <string.h>

struct span span_trim(struct span s)
{
	span_blanks(&s);
	while (s.at < s.end && span_is_blank(s.end[-1]))
		s.end--;
	return s;
}

bool span_is(struct span s, const char *word)
{
	return span_len(s) == strlen(word) && !memcmp(s.at, word, span_len(s));
}

int span_string(struct span *s, struct span *out, struct problem *why)
{
	const char *c = s->at;

	if (c == s->end || *c != '"')
		return problem(why, -EINVAL, c, "a string in \"quotes\" is expected");
	for (c++; c < s->end && *c != '"'; c++)
		if (*c == '\\' && c + 1 < s->end)
			c++;
	if (c == s->end)
		return problem(why, -EINVAL, s->at, "the string has no end");
	*out = (struct span){s->at, c + 1};
	s->at = c + 1;
	return 0;
}

/* Four hex digits behind \u; -1 when they are not there. */
static int32_t hex4(const char *at, const char *end)
{
	int32_t v = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)at[i] | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (c - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static void add_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x800) {
		buf_char(out, (char)(0xc0 | c >> 6));
	} else if (c < 0x10000) {
		buf_char(out, (char)(0xe0 | c >> 12));
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	} else {
		buf_char(out, (char)(0xf0 | c >> 18));
		buf_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_char(out, (char)(0x80 | (c & 0x3f)));
}

/* What stands behind a backslash; returns how long it is, 0 when it is nothing. */
static size_t unescape(const char *at, const char *end, struct buf *out)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *letter = at < end ? memchr(letters, *at, sizeof(letters) - 1) : NULL;
	int32_t c, low;

	if (letter) {
		buf_char(out, bytes[letter - letters]);
		return 1;
	}
	c = at < end && *at == 'u' ? hex4(at + 1, end) : -1;
	if (c < 0)
		return 0;
	if (c <= 0xff) {
		buf_char(out, (char)c);
		return 5;
	}
	if (c < 0xd800 || c > 0xdfff) {
		add_utf8(out, (uint32_t)c);
		return 5;
	}
	low = end - at >= 11 && at[5] == '\\' && at[6] == 'u' ? hex4(at + 7, end) : -1;
	if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0;
	add_utf8(out, 0x10000 + ((uint32_t)(c & 0x3ff) << 10 | (uint32_t)(low & 0x3ff)));
	return 11;
}

int span_unquote(struct span string, struct buf *out, struct problem *why)
{
	const char *c = string.at + 1, *end = string.end - 1;

	while (c < end) {
		const char *plain = c;
		size_t n;

		while (c < end && *c != '\\')
			c++;
		buf_add(out, plain, (size_t)(c - plain));
		if (c == end)
			break;
		n = unescape(c + 1, end, out);
		if (!n)
			return problem(why, -EINVAL, c, "JSON has no such escape");
		c += 1 + n;
	}
	return out->err;
}

static const bool ends_word[256] = {
    [' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, [','] = true,
    ['['] = true, [']'] = true,	 ['{'] = true,	['}'] = true,  ['"'] = true,
};

int span_token(struct span *s, struct span *out, struct problem *why)
{
	const char *begin;

	span_blanks(s);
	if (s->at < s->end && *s->at == '"')
		return span_string(s, out, why);
	begin = s->at;
	while (s->at < s->end && !ends_word[(unsigned char)*s->at])
		s->at++;
	*out = (struct span){begin, s->at};
	if (s->at > begin)
		return 0;
	return problem(why, -EINVAL, begin, "a value %sis expected",
		       s->at < s->end && (*s->at == '{' || *s->at == '[') ? "without parts " : "");
}

static int nested_value(struct span *s, struct problem *why)
{
	const char *begin = s->at;
	struct span string;
	unsigned int depth = 0;

	do {
		switch (*s->at) {
		case '"':
			if (span_string(s, &string, why))
				return -EINVAL;
			continue;
		case '{':
		case '[': depth++; break;
		case '}':
		case ']': depth--; break;
		default: break;
		}
		s->at++;
	} while (depth && s->at < s->end);
	return depth ? problem(why, -EINVAL, begin, "it has no end") : 0;
}

int span_value(struct span *s, struct span *out, struct problem *why)
{
	int err;

	span_blanks(s);
	if (s->at == s->end || (*s->at != '{' && *s->at != '['))
		return span_token(s, out, why);
	out->at = s->at;
	err = nested_value(s, why);
	out->end = s->at;
	return err;
}

int span_word(struct span *s, struct span *out, struct problem *why)
{
	span_blanks(s);
	*out = (struct span){s->at, s->at};
	if (s->at == s->end)
		return 0;
	if (*s->at == '{' || *s->at == '[' || *s->at == '"')
		return span_value(s, out, why);
	while (s->at < s->end && !span_is_blank(*s->at))
		s->at++;
	out->end = s->at;
	return 0;
}

static unsigned int take_base(struct span *s)
{
	unsigned int base = 10;

	if (span_len(*s) < 2 || *s->at != '0')
		return base;
	switch (s->at[1] | 0x20) {
	case 'x': base = 16; break;
	case 'o': base = 8; break;
	case 'b': base = 2; break;
	default: s->at++; return 8;
	}
	s->at += 2;
	return base;
}

static unsigned int digit_of(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 16;
}

int span_number(struct span s, unsigned __int128 *out, bool *negative)
{
	enum { FEW = 16 }; /* digits of any base, which 64 bits hold */
	unsigned __int128 v;
	unsigned int base;
	uint64_t low = 0;

	if (negative) {
		*negative = s.at < s.end && *s.at == '-';
		if (s.at < s.end && (*s.at == '-' || *s.at == '+'))
			s.at++;
	}
	base = take_base(&s);
	if (s.at == s.end)
		return -EINVAL;
	for (int i = 0; i < FEW && s.at < s.end; i++, s.at++) {
		unsigned int digit = digit_of((unsigned char)*s.at);

		if (digit >= base)
			return -EINVAL;
		low = low * base + digit;
	}
	for (v = low; s.at < s.end; s.at++) {
		unsigned int digit = digit_of((unsigned char)*s.at);

		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
			return -ERANGE;
	}
	*out = v;
	return 0;
}
