/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SOURCE_H
#define BPFVIEW_SOURCE_H

#include "buf.h"
#include "prog.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

/* A line of the program's source, as its line info and BTF have it. */
struct source_line {
	const char *text; /* without leading blanks; may be empty */
	const char *file; /* NULL when unknown */
	uint32_t line;
	uint32_t column;
};

/* False when the BTF has no such line. */
bool source_line_get(const struct btf *btf, const struct bpf_line_info *info,
		     struct source_line *out);

/* Appends `; TEXT`, with `numbers` file, line and column behind it, as bpftool's dumps have it;
 * nothing when the BTF has no such line. */
void source_line_put(const struct btf *btf, const struct bpf_line_info *info, bool numbers,
		     struct buf *out);

/*
 * Walks over a program's instructions together with its function and line records:
 *
 *	struct code_walk w = {.prog = p, .btf = btf};
 *	while (code_next(&w)) ... w.pc, w.func, w.line
 */
struct code_walk {
	const struct prog *prog;	  /* with PROG_XLATED | PROG_FUNCS | PROG_LINES */
	const struct btf *btf;		  /* NULL: no records */
	uint32_t pc;			  /* slot of the instruction */
	uint32_t slots;			  /* that it takes, within the program */
	const struct bpf_func_info *func; /* the record that begins here, or NULL */
	const struct bpf_line_info *line;
	uint32_t next_pc, next_func, next_line;
};

bool code_next(struct code_walk *w);

/* Number of 8-byte slots of the translated program. */
static inline uint32_t prog_slots(const struct prog *p)
{
	return p->insns ? p->info.xlated_prog_len / sizeof(*p->insns) : 0;
}

/* Appends what names function f, which begins at `slot`: its prototype, else its symbol, else a
 * number. */
void function_title(const struct prog *p, const struct btf *btf, uint32_t f, uint32_t slot,
		    struct buf *out);

/*
 * Appends the program's source lines, by function and file, each with the translated instructions
 * (`xlated 3-7,12`: first to last slot) and, where the kernel tells, the native bytes (`jited
 * 0x1f-0x2a`: from the function's start, first to last byte) that were made of it.  Needs
 * PROG_XLATED | PROG_FUNCS | PROG_LINES, and PROG_JITED for native ranges.  0, -ENODATA when the
 * program has no line info or its instructions are hidden, -ENOMEM.
 */
int source_render(const struct prog *p, const struct btf *btf, struct buf *out);

#endif
