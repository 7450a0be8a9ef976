// SPDX-License-Identifier: GPL-2.0-or-later
#include "problem.h"

#include <errno.h>
#include <string.h>

int problem(struct problem *why, int err, const char *at, const char *fmt, ...)
{
	va_list ap;

	if (!why)
		return err;
	buf_reset(&why->words);
	why->at = at;
	va_start(ap, fmt);
	buf_vprintf(&why->words, fmt, ap);
	va_end(ap);
	return err;
}

int problem_errno(struct problem *why, int err, const char *what)
{
	/* ENOTSUPP is the kernel's own and has no words in C libraries. */
	return problem(why, err, NULL, "%s: %s", what,
		       strerrordesc_np(err == -524 ? EOPNOTSUPP : -err));
}

void problem_free(struct problem *why)
{
	buf_free(&why->words);
	*why = (struct problem){};
}
