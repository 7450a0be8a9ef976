// SPDX-License-Identifier: GPL-2.0-or-later
#include "cfg.h"

#include "disasm.h"
#include "source.h"

#include <errno.h>
#include <stdlib.h>

#define OP_OF(code) ((code)&0xf0)

/* What is known of a slot while blocks are being found. */
enum { STARTS_FUNC = 1, STARTS_BLOCK = 2 };

struct marks {
	const struct prog *prog;
	uint32_t slots;
	uint8_t *flags;	  /* a slot each */
	uint32_t *blocks; /* block that starts at a slot */
};

static bool is_jump_class(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32;
}

/* Whether control may go elsewhere than to the next instruction, calls aside. */
static bool ends_block(const struct bpf_insn *insn)
{
	return is_jump_class(insn) && OP_OF(insn->code) != BPF_CALL;
}

static bool is_exit(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT);
}

static bool is_goto(const struct bpf_insn *insn)
{
	return is_jump_class(insn) && OP_OF(insn->code) == BPF_JA;
}

static bool is_indirect(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_JA | BPF_X);
}

/* Slot that is `distance` away from the one after pc, CFG_NONE when outside the program. */
static uint32_t slot_at(const struct marks *m, uint32_t pc, int64_t distance)
{
	int64_t slot = (int64_t)pc + 1 + distance;

	return slot >= 0 && slot < m->slots ? (uint32_t)slot : CFG_NONE;
}

static uint32_t jump_target(const struct marks *m, uint32_t pc)
{
	const struct bpf_insn *insn = m->prog->insns + pc;

	if (is_exit(insn) || is_indirect(insn))
		return CFG_NONE;
	return slot_at(m, pc, insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off);
}

/* The function that an instruction calls or takes the address of, CFG_NONE when none.  In a loaded
 * program a call's `off` is the distance and `imm` the number of the sub-program. */
static uint32_t function_used(const struct marks *m, uint32_t pc)
{
	const struct bpf_insn *insn = m->prog->insns + pc;

	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL)
		return slot_at(m, pc, insn->off);
	if (insn_slots(insn) == 2 && insn->src_reg == BPF_PSEUDO_FUNC)
		return slot_at(m, pc, insn->imm);
	return CFG_NONE;
}

static void mark(struct marks *m, uint32_t slot, uint8_t flags)
{
	if (slot < m->slots)
		m->flags[slot] |= flags;
}

static void mark_all(struct marks *m)
{
	const struct prog *p = m->prog;
	uint32_t pc, i;

	mark(m, 0, STARTS_FUNC | STARTS_BLOCK);
	for (i = 0; p->funcs && i < p->info.nr_func_info; i++)
		mark(m, p->funcs[i].insn_off, STARTS_FUNC | STARTS_BLOCK);
	for (pc = 0; pc < m->slots; pc += insn_slots(p->insns + pc)) {
		mark(m, function_used(m, pc), STARTS_FUNC | STARTS_BLOCK);
		if (!ends_block(p->insns + pc))
			continue;
		mark(m, pc + 1, STARTS_BLOCK);
		mark(m, jump_target(m, pc), STARTS_BLOCK);
	}
}

/* Fills the block numbers of m, and counts; a mark inside of a two-slot instruction starts nothing.
 */
static void number_blocks(struct marks *m, struct cfg *out)
{
	uint32_t pc;

	for (pc = 1; pc < m->slots; pc++)
		m->blocks[pc] = CFG_NONE;
	m->blocks[0] = 0;
	out->nr_blocks = 1;
	out->nr_funcs = 1;
	for (pc = insn_slots(m->prog->insns); pc < m->slots;
	     pc += insn_slots(m->prog->insns + pc)) {
		if (!m->flags[pc])
			continue;
		m->blocks[pc] = out->nr_blocks++;
		if (m->flags[pc] & STARTS_FUNC)
			out->nr_funcs++;
	}
}

static uint32_t block_at(const struct marks *m, uint32_t slot)
{
	return slot < m->slots ? m->blocks[slot] : CFG_NONE;
}

static void end_block(const struct marks *m, struct cfg_block *b, uint32_t last, uint32_t end)
{
	const struct bpf_insn *insn = m->prog->insns + last;

	b->last = last;
	b->end = end;
	b->next = CFG_NONE;
	b->taken = CFG_NONE;
	if (!ends_block(insn)) {
		b->next = block_at(m, end);
		return;
	}
	b->exits = is_exit(insn);
	b->indirect = is_indirect(insn);
	b->taken = block_at(m, jump_target(m, last));
	if (!b->exits && !is_goto(insn))
		b->next = block_at(m, end);
}

static void fill_blocks(const struct marks *m, struct cfg *out)
{
	uint32_t pc, next, block = 0, func = 0;

	for (pc = 0; pc < m->slots; pc = next) {
		next = pc + insn_slots(m->prog->insns + pc);
		if (next > m->slots)
			next = m->slots;
		if (m->flags[pc] & STARTS_FUNC)
			out->funcs[func++].first_block = m->blocks[pc];
		if (m->blocks[pc] != CFG_NONE) {
			block = m->blocks[pc];
			out->blocks[block].first = pc;
		}
		if (next == m->slots || m->blocks[next] != CFG_NONE)
			end_block(m, out->blocks + block, pc, next);
		out->funcs[func - 1].end_block = block + 1;
	}
}

int cfg_build(const struct prog *p, struct cfg *out)
{
	struct marks m = {.prog = p, .slots = prog_slots(p)};
	struct cfg c = {};
	int err = -ENOMEM;

	if (!m.slots)
		return -ENODATA;
	m.flags = calloc(m.slots, sizeof(*m.flags));
	m.blocks = calloc(m.slots, sizeof(*m.blocks));
	if (m.flags && m.blocks) {
		mark_all(&m);
		number_blocks(&m, &c);
		c.funcs = calloc(c.nr_funcs, sizeof(*c.funcs));
		c.blocks = calloc(c.nr_blocks, sizeof(*c.blocks));
		if (c.funcs && c.blocks) {
			fill_blocks(&m, &c);
			err = 0;
		}
	}
	free(m.flags);
	free(m.blocks);
	if (err)
		cfg_free(&c);
	else
		*out = c;
	return err;
}

void cfg_free(struct cfg *c)
{
	free(c->funcs);
	free(c->blocks);
	*c = (struct cfg){};
}
