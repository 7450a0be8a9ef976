/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROBLEM_H
#define BPFVIEW_PROBLEM_H

#include "../bpf/buf.h"

#include <sys/types.h>

/* Why a command failed, in words.  Zero-initialise; buf_free(&why.words) in the end. */
struct problem {
	struct buf words;
	const char *at; /* the offending word in the command's line, or NULL */
};

/* Says what is wrong, and with which word of the line; returns err for `return problem(...)`. */
int problem(struct problem *why, int err, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Who wrote. */
struct writer {
	pid_t pid;
	uid_t uid;
};

/* Records a failed command for /error_log.  `path` is below the mount point. */
void error_log_add(const struct writer *who, const char *path, const char *line, int err,
		   const struct problem *why);

/* The last failures, oldest first. */
void error_log_show(struct buf *out);
void error_log_clear(void);

#endif
