/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BPFFS_H
#define BPFVIEW_BPFFS_H

#include "buf.h"
#include "kind.h"

/*
 * One bpffs, by paths below its root ("" is the root itself, "a/b" a file in it).  Nothing outside
 * is ever reached: other file systems mounted in it are not there, symlinks are not
 * followed.
 */

/* The one to look at from now on: 0; -EINVAL when there is no bpffs; -errno.  At first it is the
 * one at /sys/fs/bpf. */
int bpffs_set_root(const char *path);
/* Appends its path. */
void bpffs_root(struct buf *out);

enum bpffs_type {
	BPFFS_OBJECT,
	BPFFS_SYMLINK, /* to what is, or would be, in the bpffs */
	BPFFS_FOLDER,
	BPFFS_OTHER, /* a pin that cannot be opened, a symlink that leads out: `err` says why */
};

struct bpffs_entry {
	enum bpffs_type type;
	enum kind kind; /* of an object */
	uint32_t id;
	int err;
};

/* What is at a path: 0 or -errno (-ENOENT: nothing, or no bpffs). */
int bpffs_look(const char *path, struct bpffs_entry *out);

/* Calls `add` for all that is in a folder, in no order, until it returns other than 0.  0, its
 * result, or -errno (-ENOENT: no such folder, or no bpffs). */
typedef int (*bpffs_add_fn)(const char *name, const struct bpffs_entry *entry, void *arg);
int bpffs_list(const char *path, bpffs_add_fn add, void *arg);

/* Appends a symlink's text, wherever it leads: 0 or -errno. */
int bpffs_readlink(const char *path, struct buf *out);

/* --- changes: 0 or -errno, as the system calls they are named after; names have no slashes --- */

/* Pins an object as `name` in a folder. */
int bpffs_pin(const char *folder, const char *name, int fd);
int bpffs_unlink(const char *folder, const char *name);
int bpffs_mkdir(const char *folder, const char *name);
int bpffs_rmdir(const char *folder, const char *name);
int bpffs_rename(const char *folder, const char *name, const char *to, const char *new_name,
		 unsigned int flags);

#endif
