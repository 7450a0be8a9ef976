// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <string.h>

struct span command_words(const struct command *c)
{
	return span_of(c->line, strlen(c->line));
}

int command_is_1(struct command *c)
{
	struct span word = span_trim(command_words(c));

	return span_is(word, "1") ? 0 : problem(&c->why, -EINVAL, word.at, "1 is expected");
}
