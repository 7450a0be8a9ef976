/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_CONFINED_H
#define BPFVIEW_CONFINED_H

#include "buf.h"

/* What a program may use; it has 1 GiB of address space besides. */
struct confined_limits {
	unsigned int ms; /* on the clock */
	size_t output;	 /* bytes */
};

/*
 * Runs a program as a filter over untrusted input, with what a root process can take away taken
 * away: it runs as nobody without groups, capabilities or a way to new ones, with an empty
 * environment, no descriptors but its own standard ones (stderr goes nowhere), and cannot write to
 * files.  No shell is involved: argv[0] is the absolute path.  It dies with the calling thread at
 * the latest, and is gone when this returns.
 *
 * Appends what it wrote to stdout.  0, -ETIMEDOUT, -EFBIG (too much output), -EIO (the program
 * failed or is not there), -EPERM (privileges could not be dropped), or another -errno; `out` then
 * has no more than before.
 */
int confined_run(const char *const *argv, const struct buf *input,
		 const struct confined_limits *limits, struct buf *out);

#endif
