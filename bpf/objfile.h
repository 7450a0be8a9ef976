/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OBJFILE_H
#define BPFVIEW_OBJFILE_H

#include "problem.h"

/* BPF object files as `clang -target bpf -c` writes them: relocatable ELF files (elf(5)) of 64 bits
 * for machine EM_BPF. */

/* Appends a whole file that is one: 0 or -errno (-ENOEXEC: something else), with words that name
 * it. */
int objfile_read(const char *path, struct buf *out, struct problem *why);

/* Whether a file is one, with all its sections: 0 or -errno, as above. */
int objfile_check(const char *path, struct problem *why);

/* Appends the name that a skeleton of the file goes by unless it is told another, as bpftool has
 * it: the file's own without .o, and _ for what cannot be part of a name in C. */
void objfile_name(const char *path, struct buf *out);

#endif
