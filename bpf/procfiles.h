/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROCFILES_H
#define BPFVIEW_PROCFILES_H

#include "kind.h"

#include <sys/types.h>

/* A descriptor that some task has open on a file without a place in any folder (an anonymous
 * inode), as procfs shows it (Documentation/filesystems/proc.rst). */
struct procfile {
	pid_t pid; /* the process */
	pid_t tid; /* whose table of files it is in: the process itself, or a thread */
	char comm[16];
	int task; /* its open folder of /proc */
	int fd;
	char target[32]; /* what its link says: "anon_inode:bpf-map"; "" where we may not know */
};

/* Calls fn for each such descriptor of every process, threads with a table of files of their own
 * (after unshare(CLONE_FILES), say) included.  Tasks that end meanwhile are left out.  0 or
 * -errno. */
int procfiles_walk(void (*fn)(const struct procfile *f, void *arg), void *arg);

/* The id of the object of that kind behind the descriptor, from its fdinfo; 0 when there is none.
 */
uint32_t procfile_id(const struct procfile *f, enum kind kind);

#endif
