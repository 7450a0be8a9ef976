/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SIZES_H
#define BPFVIEW_SIZES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What st_size the kernel has been told, and whether it may cache a file's content.
 *
 * A rendered file's size is known once it has been opened; programs that ask after opening (tar,
 * gio, cp, wc) then get the exact one.  The kernel keeps attributes for ever and is told to ask
 * again only when a file's size has changed since.  Knowing the size it sees the end of the file by
 * itself, so that reading a file again takes no round trip more than it must.  But sizes and cached
 * pages are an inode's, and each open file has a snapshot of its own: only one at a time may go
 * through the cache, others are read directly.
 */

/* The size of a stream that is too long to be made ahead: nobody knows it. */
#define SIZE_UNKNOWN UINT64_MAX

/* That of a node's last rendering if it is remembered, else a page, as sysfs says. */
uint64_t size_of(uint64_t node);

/* What may be done with an open file. */
struct size_use {
	bool cached;  /* go through the page cache; size_close() must follow when it is closed */
	bool same;    /* what the page cache has of the node is this very content */
	bool changed; /* the kernel may believe another size than size_of() now says */
};

/* Notes that a rendering of that size has been opened.  `fingerprint` tells contents apart; 0 is
 * like no other, not even itself. */
struct size_use size_open(uint64_t node, uint64_t size, uint64_t fingerprint);
void size_close(uint64_t node);

#endif
