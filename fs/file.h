/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FILE_H
#define BPFVIEW_FILE_H

#include "tree.h"

/*
 * An open file: the snapshot that was rendered when it was opened, or a stream being made as it is
 * read. Pipes are in pipe.h.
 */
struct file;

enum file_use {
	FILE_READ,
	FILE_WRITE,
	FILE_READ_WRITE, /* what is read behind a write is its answer */
	FILE_MAKE,	 /* to write what is not there yet */
};

/* Opens (and, for reading, renders) what a node stands for: 0, or -errno with *out untouched. */
int file_open(uint64_t node, enum file_use use, struct file **out);
void file_close(struct file *f);

/* Whether all of the content was made at open; if so, how much it is. */
bool file_is_whole(const struct file *f, uint64_t *size);

/* Whether a stream that is about to be read at `offset` has more than *size bytes: 1, 0 with *size
 * as its exact size, or -errno.  Makes it as far as it takes to know. */
int file_exceeds(struct file *f, uint64_t offset, uint64_t *size);

/* A hash of the whole content; 0 for what is too long to be worth it. */
uint64_t file_fingerprint(const struct file *f);

/* At most `size` bytes at `offset`: 0 and *data, *len (0 at the end), or -errno.  The data lives in
 * the file or in `scratch`, until either is used again. */
int file_read(struct file *f, uint64_t offset, size_t size, struct buf *scratch, const char **data,
	      size_t *len);

/* Takes one write(2), as written_write(). */
int file_write(struct file *f, const struct writer *who, uint64_t offset, const char *text,
	       size_t len);

/* A descriptor of it was closed: 0, or -errno when something is missing in what was written.  It
 * may be open elsewhere. */
int file_flush(struct file *f, const struct writer *who);

#endif
