/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_CFG_H
#define BPFVIEW_CFG_H

#include "buf.h"
#include "prog.h"

#include <bpf/btf.h>
#include <stdint.h>

/*
 * The control flow of a loaded program: functions, made of blocks that are entered at their first
 * instruction and left at their last only, and the ways between them.
 */

#define CFG_NONE UINT32_MAX

struct cfg_block {
	uint32_t first, end; /* slots: [first, end) */
	uint32_t last;	     /* slot of the last instruction */
	uint32_t next;	     /* block that follows when it does not jump, or CFG_NONE */
	uint32_t taken;	     /* block it jumps to, or CFG_NONE */
	bool exits;	     /* ends the function */
	bool indirect;	     /* jumps to where a register says */
};

struct cfg_func {
	uint32_t first_block, end_block; /* blocks: [first_block, end_block) */
};

/* Blocks in the order of their instructions; functions numbered as the kernel's sub-programs. */
struct cfg {
	struct cfg_func *funcs;
	uint32_t nr_funcs;
	struct cfg_block *blocks;
	uint32_t nr_blocks;
};

/* Takes time linear in the program's length.  Needs PROG_XLATED | PROG_FUNCS.  0, -ENODATA when the
 * kernel hides the instructions, -ENOMEM. */
int cfg_build(const struct prog *p, struct cfg *out);
void cfg_free(struct cfg *c);

/*
 * Appends the graph in Graphviz's DOT language: a cluster a function, a node a block with its
 * source lines and instructions.  Needs PROG_XLATED | PROG_FUNCS | PROG_LINES; `btf` may be NULL.
 */
int cfg_render_dot(const struct prog *p, const struct btf *btf, struct buf *out);

#endif
