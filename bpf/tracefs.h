/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TRACEFS_H
#define BPFVIEW_TRACEFS_H

/*
 * Opens a file of tracefs for reading, without blocking.  Where tracefs is not mounted, it is
 * reached through a mount that is attached nowhere, so that nothing changes for anybody else.  A
 * descriptor or -errno.
 */
int tracefs_open(const char *path);

/* For libraries that look for tracefs themselves: where it is not mounted, mounts it for the
 * calling thread alone, which gets a mount namespace of its own and should not live long.  0 or
 * -errno. */
int tracefs_for_thread(void);

#endif
