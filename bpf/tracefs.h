/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TRACEFS_H
#define BPFVIEW_TRACEFS_H

/*
 * Opens a file of tracefs for reading, without blocking.  Where tracefs is not mounted, it is
 * reached through a mount that is attached nowhere, so that nothing changes for anybody else.  A
 * descriptor or -errno.
 */
int tracefs_open(const char *path);

#endif
