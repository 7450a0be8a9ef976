/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PATH_H
#define BPFVIEW_PATH_H

#include "../bpf/span.h"
#include "tree.h"

/* Paths that people write, within the tree. */

/* Where a path leads; path_leave() it. */
struct path_node {
	uint64_t node;
	const struct row *row; /* NULL: the root */
	bool owned;	       /* it was looked up and is to be forgotten */
};

/* Walks from a folder on, following symlinks; what the last name stands for is made for `maker`
 * when it is not there (NULL: it must be).  0, or -errno. */
int path_walk(uint64_t from, struct span path, const struct writer *maker, struct path_node *out);
void path_leave(const struct path_node *at);

/* Where the tree is going to be mounted. */
void path_set_mountpoint(const char *path);

/* The object that a symlink in `dir` with that text would lead to: the folder of one (or what leads
 * there) in this tree, or a pin by its path in the bpffs.  0, or -errno with words. */
int path_object(const struct place *dir, const char *target, enum kind *kind, uint32_t *id,
		struct problem *why);

#endif
