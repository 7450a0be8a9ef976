/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OWNER_H
#define BPFVIEW_OWNER_H

#include "span.h"

#include <stddef.h>
#include <stdint.h>

/* Task and cgroup storage: the kernel wants descriptors of owners for keys, people say ids. */

/* Size of such an id: of a thread's (int32_t) or a cgroup's (uint64_t); 0 for other maps. */
size_t owner_key_size(uint32_t map_type);

/* A descriptor of the owner with an id, which the caller closes, or -errno (-ESRCH, -ENOENT: there
 * is none). */
int owner_open(uint32_t map_type, const void *id);

/* The id of the cgroup whose folder has an absolute path: 0, or -errno with words. */
int owner_of_path(struct span path, void *id, struct problem *why);

#endif
