/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SIZES_H
#define BPFVIEW_SIZES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * What st_size the kernel has been told, and whether it may cache a file's content.
 *
 * A rendered file's size is known once it has been opened; programs that ask after opening (tar,
 * gio, cp, wc) then get the exact one.  The kernel keeps attributes for ever and is told to ask
 * again only when a file's size has changed since.  Knowing the size it sees the end of the file by
 * itself, so that reading a file again takes no round trip more than it must.  But sizes and cached
 * pages are an inode's, and each open file has a snapshot of its own: only one at a time may go
 * through the cache, others are read directly.
 *
 * Nobody knows the size of a stream that is too long to be made ahead.  read(2) does without, but
 * what sendfile(2) and splice(2) give ends at the size that the kernel believes, also of files that
 * are read directly: so gio copy, busybox cp, Python's shutil.copyfile.  Therefore the size told
 * grows ahead of whoever reads; a read that ends before it ends the file for them all the same.
 * Once a stream has been read to its end, its size is told as that.  Before, programs that read
 * st_size bytes and no more (tar, curl) get the first of it; that ctime has moved shows it to those
 * who look, as tar does.
 */

/* Of a stream that is too long to be made ahead. */
#define SIZE_UNKNOWN UINT64_MAX

/* What the kernel is to believe of a node: the size of its last rendering if that is remembered,
 * else a page, as sysfs says. */
struct size_told {
	uint64_t size;
	bool passing;	       /* that of a stream, which may change at any moment */
	struct timespec since; /* of streams: when it was last found to be wrong */
};

struct size_told size_told(uint64_t node);

/* What may be done with an open file. */
struct size_use {
	bool cached;  /* go through the page cache */
	bool same;    /* what the page cache has of the node is this very content */
	bool changed; /* the kernel may believe another size than size_told() now says */
	bool larger;  /* a smaller one than that */
	bool noted;   /* size_close() must follow when it is closed */
};

/* Notes that a rendering of that size has been opened.  `fingerprint` tells contents apart; 0 is
 * like no other, not even itself. */
struct size_use size_open(uint64_t node, uint64_t size, uint64_t fingerprint);
void size_close(uint64_t node);

/* A stream that is read up to `end` goes on beyond the size told: what to tell from now on. */
uint64_t size_grow(uint64_t node, uint64_t end);

/* It has ended. */
void size_ended(uint64_t node, uint64_t size);

#endif
