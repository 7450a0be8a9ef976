/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_STACKS_H
#define BPFVIEW_STACKS_H

#include "buf.h"

#include <stdint.h>

/*
 * The stacks of a stack trace map as a stream, innermost frame first.
 *
 * STACKS_TEXT: a line `id N`, then a line for each frame, indented; stacks have an empty line
 * between them:
 *
 *   0xffffffff81234567 SYMBOL+0x1f [MODULE]   in the kernel; programs by their own symbols
 *   0x7f0123456789                            in user space, and what no symbol is known for
 *   BUILD_ID+0x1f                             maps of build ids: hex digits, offset in the file
 *
 * STACKS_JSON: an array, a stack a line: {"id":N,"frames":[FRAME,...]} with FRAME one of
 *
 *   {"addr":N,"func":"SYMBOL","offset":N,"module":"MODULE"}  as in bpftool's kprobe_multi; module
 *                                                            null for the kernel itself
 *   {"addr":N}
 *   {"build_id":"HEX","file_offset":N}
 *
 * Where the kernel hides its symbols (kptr_restrict) there are addresses only.
 */
enum stacks_form { STACKS_TEXT, STACKS_JSON };

struct stacks;

/* Begins to read; the map is held open until stacks_close().  0, or -errno with *out untouched
 * (-ENOENT: no such map; -EOPNOTSUPP: not a map of stacks). */
int stacks_open(uint32_t map_id, enum stacks_form form, struct stacks **out);

/* Appends at least `want` bytes to `out` unless the end comes first.  1: there is more; 0: that was
 * the end; -errno. */
int stacks_more(struct stacks *s, struct buf *out, size_t want);

void stacks_close(struct stacks *s);

#endif
