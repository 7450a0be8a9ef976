/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ROOT_H
#define BPFVIEW_ROOT_H

#include "../bpf/buf.h"
#include "options.h"

/* Prepares what the root's files need, and holds what the options ask for; 0, or -errno after
 * having said why on stderr. */
int root_init(const struct options *o);

/* Lets go of all that is held in the kernel, and of all caches. */
void root_exit(void);

/* Versions of bpfview and of what it is built on. */
void version_text(struct buf *out);

#endif
