/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OUTCOME_H
#define BPFVIEW_OUTCOME_H

#include "../bpf/problem.h"

#include <sys/types.h>

/* How writes ended: /error_log, and what a command file shows of its last command. */

/* Who wrote. */
struct writer {
	pid_t pid;
	uid_t uid;
};

/* Records how a command ended.  `path` is below the mount point, `answer` what it gave when it
 * succeeded (may be NULL); failures (err < 0, with words in `why`) go to the error log too. */
void outcome_add(const struct writer *who, const char *path, const char *line, int err,
		 const struct problem *why, const struct buf *answer);

/* How the last command written to a file ended, if it is remembered: the last few are. */
void outcome_show(const char *path, struct buf *out);

/* The last failures, oldest first. */
void error_log_show(struct buf *out);
void error_log_clear(void);

/* Forgets everything. */
void outcomes_free(void);

#endif
