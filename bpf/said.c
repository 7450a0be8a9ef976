// SPDX-License-Identifier: GPL-2.0-or-later
#include "said.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

static __thread struct said *listener;

static const char PREFIX[] = "libbpf: ";

static int print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	struct buf *text;
	size_t begin, prefix = sizeof(PREFIX) - 1;

	if (!listener || (level == LIBBPF_DEBUG && !listener->debug))
		return 0;
	text = &listener->text;
	begin = text->len;
	buf_vprintf(text, fmt, ap);
	if (text->len - begin >= prefix && !memcmp(text->data + begin, PREFIX, prefix)) {
		memmove(text->data + begin, text->data + begin + prefix,
			text->len - begin - prefix);
		text->len -= prefix;
	}
	return 0;
}

void said_route(void)
{
	libbpf_set_print(print);
}

void said_begin(struct said *s)
{
	s->outer = listener;
	listener = s;
}

void said_end(struct said *s)
{
	listener = s->outer;
	s->outer = NULL;
}

int said_problem(const struct said *s, struct problem *why, int err, const char *at,
		 const char *what)
{
	size_t len = s->text.len;

	problem_errno(why, err, what);
	err = errno_known(err);
	if (!why)
		return err;
	why->at = at;
	while (len && s->text.data[len - 1] == '\n')
		len--;
	if (len) {
		buf_char(&why->words, '\n');
		buf_add(&why->words, s->text.data, len);
	}
	return err;
}

void said_free(struct said *s)
{
	buf_free(&s->text);
}
