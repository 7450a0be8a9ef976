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

/* ENOTSUPP is the kernel's own and has no words in C libraries; libbpf has numbers beyond those of
 * errno for files that are not what they should be. */
enum { ENOTSUPP = 524, LAST_ERRNO = 511 };

int errno_known(int err)
{
	if (err == -ENOTSUPP)
		return -EOPNOTSUPP;
	return err < -LAST_ERRNO ? -EINVAL : err;
}

int problem_errno(struct problem *why, int err, const char *what)
{
	const char *words = strerrordesc_np(err == -ENOTSUPP ? EOPNOTSUPP : -err);

	return problem(why, err, NULL, "%s: %s", what,
		       words ? words : "not in a format that libbpf knows");
}

void problem_free(struct problem *why)
{
	buf_free(&why->words);
	*why = (struct problem){};
}
