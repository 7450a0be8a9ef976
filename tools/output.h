/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OUTPUT_H
#define BPFVIEW_OUTPUT_H

#include "../bpf/problem.h"

/*
 * Writes a whole output: to stdout when `path` is NULL or "-"; else to a file of another name in
 * the same folder, which then takes the place of what is there, if all went well.  A file that is
 * replaced hands on its mode (and its owner, where we may), a symbolic link stays and is followed,
 * and what is no regular file (/dev/null) is written to.  0 or -errno, with words that name the
 * file.
 */
int output_write(const char *path, const struct buf *data, struct problem *why);

#endif
