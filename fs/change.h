/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_CHANGE_H
#define BPFVIEW_CHANGE_H

#include "tree.h"

/*
 * Changing what is in a folder, by the folder's operations (struct folder_ops).  All return 0 or
 * -errno (-EPERM where a folder has no such operation); a failure has words in /error_log.
 */

/* The node of a file that is about to be made, remembered as by tree_lookup(). */
int change_add(uint64_t dir, const char *name, const struct writer *who, struct node_info *out);
/* Makes it with no content. */
int change_make(uint64_t node, const struct writer *who);

/* New folders and symlinks, looked up. */
int change_mkdir(uint64_t dir, const char *name, const struct writer *who, struct node_info *out);
int change_symlink(uint64_t dir, const char *name, const char *target, const struct writer *who,
		   struct node_info *out);

int change_unlink(uint64_t dir, const char *name, const struct writer *who);
int change_rmdir(uint64_t dir, const char *name, const struct writer *who);
/* `flags` are those of renameat2(2). */
int change_rename(uint64_t dir, const char *name, uint64_t to, const char *new_name,
		  unsigned int flags, const struct writer *who);

#endif
