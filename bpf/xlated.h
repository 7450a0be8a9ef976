/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_XLATED_H
#define BPFVIEW_XLATED_H

#include "buf.h"
#include "prog.h"

#include <bpf/btf.h>

/* What `bpftool prog dump xlated` prints: alone, with `opcodes`, with `linum`, with -j, and what it
 * writes with `file`. */
enum xlated_form { XLATED_TEXT, XLATED_OPCODES, XLATED_LINUM, XLATED_JSON, XLATED_BIN };

/*
 * Appends the translated instructions of a program, with its function prototypes and source lines
 * where there is BTF (`btf` may be NULL).  Needs PROG_XLATED | PROG_FUNCS | PROG_LINES.  0,
 * -ENODATA when the kernel hides the instructions, -ENOMEM.
 */
int xlated_render(const struct prog *p, const struct btf *btf, enum xlated_form form,
		  struct buf *out);

#endif
