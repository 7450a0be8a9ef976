/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_GIVEN_H
#define BPFVIEW_GIVEN_H

#include "../bpf/opener.h"
#include "outcome.h"

/*
 * Files that a writer names, such as the object to load.  They are the writer's, not ours: a path
 * means what it means to the process that wrote it, which may be in a container or a chroot.
 */
enum { GIVEN_MOST = 128 << 20 }; /* bytes */

/*
 * Opens a regular file of at most GIVEN_MOST bytes for reading.  An absolute path begins at the
 * writer's root, a relative one at its working folder; neither leaves that root, and links such as
 * /proc/PID/fd/N are not followed.  A path with blanks in it goes in quotes, as a JSON string.
 *
 * A descriptor that the caller closes; or with words -EPERM (the writer is not root, or in a PID
 * namespace that is not below ours), -EINVAL (no path, no regular file), -EFBIG, or what the system
 * says.
 */
int given_open(const struct writer *who, struct span path, struct problem *why);

/* The same for ../bpf: `.files` is what its functions take. */
struct given_files {
	struct opener files;
	const struct writer *who;
};
struct given_files given_files(const struct writer *who);

/* Takes a word that names a file, and appends what is in the file and its name, without its folders
 * and all behind the first dot.  0, or -errno with words. */
int given_take(const struct writer *who, struct span *words, struct buf *content, struct buf *name,
	       struct problem *why);

/* The network namespace that the writer is in, which numbers of interfaces are of: 0 and a
 * descriptor that the caller closes, or -1 for a writer that we cannot see, who gets our own; or
 * -errno with words. */
int given_netns(const struct writer *who, int *ns, struct problem *why);

/* Appends what is in it, from the beginning: 0, or -errno with words. */
int given_read(int fd, struct buf *out, struct problem *why);

#endif
