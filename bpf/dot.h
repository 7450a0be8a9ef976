/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_DOT_H
#define BPFVIEW_DOT_H

#include "buf.h"

/* Where Graphviz's `dot` is installed; NULL when it is not. */
const char *dot_path(void);

/* Appends the drawing of a graph in the DOT language as SVG.  The program that draws it is
 * confined (confined.h).  0, -EOPNOTSUPP when it is not installed, -ETIMEDOUT when it takes longer
 * than ten seconds, -EFBIG when the drawing is larger than 64 MiB, or what confined_run() says. */
int dot_to_svg(const struct buf *graph, struct buf *out);

#endif
