/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PLACE_NAMES_H
#define BPFVIEW_PLACE_NAMES_H

#include "buf.h"

#include <stdint.h>

/*
 * Names for the numbers by which the kernel knows places that programs are attached to.  Each
 * appends to `out` and returns 0, or -errno (-ENOENT: it has no name, or is gone) with nothing
 * appended.
 */

/* The path of a cgroup below the root of the cgroup2 tree ("/user.slice"), wherever that is
 * mounted; needs the right to open files by handle (CAP_DAC_READ_SEARCH). */
int cgroup_path(uint64_t cgroup_id, struct buf *out);

/* The name that `ip netns` knows a network namespace by: that of a mount in /run/netns.  `ino` is
 * the inode number of the namespace's file. */
int netns_name(uint64_t ino, struct buf *out);

#endif
