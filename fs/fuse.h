/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FUSE_H
#define BPFVIEW_FUSE_H

#include "options.h"

/* Mounts the tree and serves it until it is unmounted or a signal ends it.  Returns main's exit
 * status; what went wrong has been said on stderr. */
int fuse_serve(const char *program, struct options *o);

/* libfuse's version, as text. */
const char *fuse_library_version(void);

#endif
