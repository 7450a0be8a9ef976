/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_INSN_NAMES_H
#define BPFVIEW_INSN_NAMES_H

#include "disasm.h"
#include "ksyms.h"
#include "prog.h"

/*
 * Names for the calls of a loaded program, as bpftool prints them.  The kernel replaces the number
 * of a helper by the distance of the function from __bpf_call_base, and that of a sub-program by
 * its index.  Symbols are read when the first call needs them.
 */
struct insn_names {
	struct disasm_names names; /* to pass to disasm_insn() */
	const struct prog *prog;   /* with PROG_FUNCS */
	const struct btf *btf;	   /* the program's, or NULL */
	struct ksyms *ksyms;
	uint64_t call_base;
	bool looked;
};

void insn_names_init(struct insn_names *n, const struct prog *prog, const struct btf *btf);
void insn_names_done(struct insn_names *n);

#endif
