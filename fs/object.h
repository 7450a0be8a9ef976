/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FS_OBJECT_H
#define BPFVIEW_FS_OBJECT_H

#include "../bpf/problem.h"

#include <limits.h>
#include <stdbool.h>

/* The name of the object that a file NAME.o or NAME.bpf.o becomes; false for other names. */
bool object_name(const char *file, char name[NAME_MAX + 1]);

/* Makes an object of a file's content, and loads it: 0, or -errno with words and no object. */
int object_from_file(const char *file, const struct buf *content, struct problem *why);

/* Loads and attaches all files *.o of a folder; what is loaded already is only attached.  Failures
 * are said on stderr and in the error log, and hinder nothing else.  -errno when there is no such
 * folder. */
int object_load_folder(const char *folder);

#endif
