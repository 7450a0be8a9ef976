/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OPCODES_H
#define BPFVIEW_OPCODES_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Native instructions as text, by GNU binutils' libopcodes (2.39 or newer) in the syntax it has by
 * default; <dis-asm.h> says how it is called.  The library is loaded when code is first shown, and
 * dropped again when nobody has looked at code for a while: linked in, it would cost each daemon a
 * megabyte.
 */
struct opcodes;

/* An instruction.  Zero-initialise it, use it for one instruction after another, and free `text` in
 * the end. */
struct opcodes_insn {
	struct buf text;
	size_t operation; /* text begins with that many bytes of mnemonic and prefixes ... */
	size_t operands;  /* ... and, up to here, operands; what follows is a comment */
	unsigned int bytes;
	uint64_t target; /* the address that it names as an operand, in its text too */
	bool has_target;
};

/* Prepares to disassemble code of this machine that lies at `addr`; it stays the caller's.  0,
 * -ENOMEM, -ELIBACC when the library that bpfview was built with is not there (any more),
 * -EOPNOTSUPP when it does not know this machine. */
int opcodes_open(const uint8_t *code, size_t len, uint64_t addr, struct opcodes **out);
void opcodes_close(struct opcodes *o);

/* The instruction `offset` (less than the code's length) into the code.  What is no instruction
 * reads `(bad)` or `.byte 0x06`; `bytes` is at least 1 and never reaches behind the end. */
void opcodes_insn(struct opcodes *o, size_t offset, struct opcodes_insn *insn);

/* The library's version ("2.40") and the machine whose code it is asked to show ("x86_64"). */
void opcodes_version(struct buf *out);
const char *opcodes_machine(void);

#endif
