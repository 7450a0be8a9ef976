/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MOUNTPOINT_H
#define BPFVIEW_MOUNTPOINT_H

/* Makes sure that we can mount there: a mount left dead by a killed daemon is taken away; a live
 * one, or what is no folder, is refused.  0, or -errno after having said why on stderr. */
int mountpoint_prepare(const char *path);

/* The type that the kernel shows our mounts with. */
#define MOUNT_TYPE "fuse.bpfview"

#endif
