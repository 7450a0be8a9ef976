/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_JITED_H
#define BPFVIEW_JITED_H

#include "buf.h"
#include "prog.h"

#include <bpf/btf.h>

/* What `bpftool prog dump jited` prints: alone, with `opcodes`, with `linum`, with -j, and what it
 * writes with `file`. */
enum jited_form { JITED_TEXT, JITED_OPCODES, JITED_LINUM, JITED_JSON, JITED_BIN };

/*
 * Appends the native code of a program, a block per sub-program: prototype and source lines where
 * there is BTF (`btf` may be NULL), the kernel's symbol or else the address, and instructions with
 * their offset from there.  An address in an instruction is followed by what it stands for:
 * `<+0x1f>` within the sub-program, `<symbol+0x10>` elsewhere.
 *
 * In JSON an instruction's operands are what stands between commas outside brackets, null when
 * there are none, and `target` is the name of the address; `address` is the sub-program's.
 *
 * Needs PROG_JITED | PROG_FUNCS | PROG_LINES.  0, -ENODATA when the kernel hides the code or has
 * not compiled it, -ENOMEM, or what opcodes_open() says.
 */
int jited_render(const struct prog *p, const struct btf *btf, enum jited_form form,
		 struct buf *out);

#endif
