// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

#include <ctype.h>
#include <string.h>

static void expand(const struct skeleton *s, const char *text, struct buf *out)
{
	const char *dollar;

	while ((dollar = strchr(text, '$'))) {
		buf_add(out, text, (size_t)(dollar - text));
		buf_str(out, s->name);
		text = dollar + 1;
	}
	buf_str(out, text);
}

void skel_text(struct skeleton *s, const char *text)
{
	expand(s, text, s->out);
}

void skel_put(struct skeleton *s, const char *format, ...)
{
	struct buf expanded __buf_free = {};
	va_list ap;

	expand(s, format, &expanded);
	va_start(ap, format);
	buf_vprintf(s->out, buf_cstr(&expanded), ap);
	va_end(ap);
	if (expanded.err)
		s->out->err = expanded.err;
}

void skel_put_methods(struct skeleton *s, const struct skel_method *methods, int n)
{
	skel_text(s, "#ifdef __cplusplus\n");
	for (int i = 0; i < n; i++)
		if (strcmp(methods[i].name, s->name) != 0)
			skel_text(s, methods[i].text);
	skel_text(s, "#endif\n");
}

void skel_begin(struct skeleton *s, const char *what)
{
	struct buf guard __buf_free = {};

	for (const char *c = s->name; *c; c++)
		buf_char(&guard, (char)toupper((unsigned char)*c));
	skel_put(s,
		 "/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */\n"
		 "/* Made by bpfview from a BPF object: change that, not this. */\n"
		 "#ifndef __%s_%s_H__\n"
		 "#define __%s_%s_H__\n"
		 "\n",
		 buf_cstr(&guard), what, buf_cstr(&guard), what);
}

void skel_end(struct skeleton *s)
{
	skel_text(s, "\n#endif\n");
}

/* --- bytes --- */

enum { LINE = 96, LONGEST = 4 };

static bool stands_for_itself(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
}

/* One byte of a string literal, in as few characters as C has for it. */
static char *put_byte(char *to, unsigned char c, bool digit_follows)
{
	if (stands_for_itself(c)) {
		*to++ = (char)c;
		return to;
	}
	*to++ = '\\';
	if (c >= 0100 || digit_follows)
		*to++ = (char)('0' + (c >> 6));
	if (c >= 010 || digit_follows)
		*to++ = (char)('0' + (c >> 3 & 7));
	*to++ = (char)('0' + (c & 7));
	return to;
}

void skel_put_bytes(struct buf *out, const void *data, size_t n)
{
	const unsigned char *from = data, *end = from + n;

	do {
		char *line = buf_room(out, LINE + LONGEST + 4), *to = line;

		if (!line)
			return;
		*to++ = '\t';
		*to++ = '"';
		while (from < end && to - line < LINE) {
			unsigned char c = *from++;

			to = put_byte(to, c, from < end && *from >= '0' && *from <= '7');
		}
		*to++ = '"';
		*to++ = '\n';
		out->len += (size_t)(to - line);
	} while (from < end);
}
