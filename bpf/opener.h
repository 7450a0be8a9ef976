/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OPENER_H
#define BPFVIEW_OPENER_H

#include "span.h"

/* Opens, for reading, files that a command names, whose writer may see others than we do: a
 * descriptor that the caller closes, or -errno with words. */
struct opener {
	int (*open)(const struct opener *files, struct span path, struct problem *why);
};

#endif
