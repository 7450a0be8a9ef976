/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_DISASM_H
#define BPFVIEW_DISASM_H

#include "buf.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One BPF instruction as text, in the words of the kernel's verifier log: `(b7) r0 = 1`,
 * `(85) call bpf_map_lookup_elem#1`, `(18) r1 = map[id:12]`.  The instruction set is that of RFC
 * 9669 and Linux's Documentation/bpf/standardization, all versions, with the forms that only the
 * kernel itself writes (nospec, per-CPU addresses).  Bytes that are no instruction read `BUG_xx`.
 */

/*
 * Who knows more than the bytes say.  A callback appends its text to `out` and returns true, or
 * returns false for the plain form; either may be NULL.
 */
struct disasm_names {
	/* The value that the two slots at insn load, without the register and the `=`.  Plain form:
	 * what the source register says it is (map, map value, sub-program), else a hex number. */
	bool (*imm64)(const struct disasm_names *names, const struct bpf_insn *insn,
		      struct buf *out);
	/* What a call calls: for a sub-program what follows `pc` (plain: the distance, `+5`), for a
	 * helper or kfunc what precedes `#` (plain: the helper's name, `kernel-function`). */
	bool (*call)(const struct disasm_names *names, const struct bpf_insn *insn,
		     struct buf *out);
};

/* Slots that an instruction with this opcode takes: 2 for 64-bit immediates, else 1. */
static inline unsigned int insn_slots(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) ? 2 : 1;
}

/* Appends the text of insn, of which `left` (at least 1) slots may be read.  `names` may be NULL.
 * Returns the slots taken, never more than `left`. */
unsigned int disasm_insn(const struct bpf_insn *insn, size_t left, const struct disasm_names *names,
			 struct buf *out);

/* The name of a helper function, `bpf_map_lookup_elem` for 1; NULL when this build knows none. */
const char *helper_name(uint32_t id);

#endif
