/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROBLEM_H
#define BPFVIEW_PROBLEM_H

#include "buf.h"

/* Why something that a person asked for failed, in words.  Zero-initialise; problem_free() in the
 * end. */
struct problem {
	struct buf words;
	const char *at; /* the offending place in the text that was given, or NULL */
};

/* Says what is wrong, and where in the text; what was said before is dropped.  Returns err for
 * `return problem(...)`.  `why` may be NULL: nobody wants to know. */
int problem(struct problem *why, int err, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for what the kernel said: "WHAT: " and the words for err. */
int problem_errno(struct problem *why, int err, const char *what);

/* An -errno that the system has a word for (and FUSE passes on) in place of the kernel's own
 * ENOTSUPP and of what libbpf adds above all others. */
int errno_known(int err);

void problem_free(struct problem *why);

#endif
