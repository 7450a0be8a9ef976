/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_WRITTEN_H
#define BPFVIEW_WRITTEN_H

#include "tree.h"

/*
 * What is written to one open file.
 *
 * A write(2) is one command, or a line each (struct row's `whole`), done when it returns.  Programs
 * cut what is long into pieces, and so do the C library (4096 bytes), cat (128 KiB) and the kernel
 * (WRITE_MOST, or up to a page less): hence a write of a multiple of 4096 bytes or of so many, that
 * does not end with a newline, is taken as the beginning of a longer one.  Its last line is kept
 * until the rest has come; what is never completed is never done.
 */
enum { WRITE_MOST = 1 << 20 };

struct written {
	bool begun;	 /* somebody has written */
	struct buf held; /* the beginning of a line */
	void *sink;	 /* state of the row's sink, once open */
	int err; /* of the sink, or of a command in pieces: nothing more is taken, since what
		    comes may be the rest of what failed */
};

/* Takes what was written to `p`.  0 with the answer of the last command in *answer; or -errno, with
 * words in the error log: of several commands the first that failed, those behind it are not done.
 */
int written_write(struct written *w, const struct place *p, const struct writer *who,
		  const char *text, size_t len, struct buf *answer);

/* Somebody closed the file, but others may have it open: -EINVAL when what was written ends in the
 * middle of something; the error after which nothing more was taken. */
int written_flush(struct written *w, const struct place *p);

/* The file is closed: what was not completed is in the error log now. */
void written_close(struct written *w, const struct place *p, const struct writer *who);

#endif
