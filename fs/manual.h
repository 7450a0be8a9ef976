/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MANUAL_H
#define BPFVIEW_MANUAL_H

#include "../bpf/buf.h"

/* The tree as its README: a line a file. */
void manual_readme(struct buf *out);

/* The tree as the source of bpfview-tree(7), in reStructuredText. */
void manual_tree_page(struct buf *out);

#endif
