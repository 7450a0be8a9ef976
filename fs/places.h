/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PLACES_H
#define BPFVIEW_PLACES_H

#include "../bpf/buf.h"

/* Where in the tree things are that programs are attached to: each appends the path of a folder
 * below the mount point, without a slash at the end.  0, or -ENOENT when the tree has no place for
 * it. */

/* A cgroup by its path below the root of all ("/user.slice"). */
int places_cgroup(const char *path, struct buf *out);

/* A device, or with "" all, of the network namespace of that name; NULL: of ours. */
int places_net(const char *netns, const char *device, struct buf *out);

#endif
