/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of two functions as the kernel would describe it, with BTF, made without the kernel. */
#ifndef BPFVIEW_CODE_FIXTURE_H
#define BPFVIEW_CODE_FIXTURE_H

#include "bpf/prog.h"

#include <bpf/btf.h>

#define LINE(number, column) ((number) << 10 | (column))

struct code_fixture {
	struct prog prog;
	struct btf *btf;
	struct bpf_insn insns[8];
	struct bpf_func_info funcs[2];
	struct bpf_line_info lines[6];
	uint64_t jited_lines[6];
	uint64_t ksyms[2];
	uint32_t func_lens[2];
	uint8_t tags[2][BPF_TAG_SIZE];
};

static inline int add_function(struct btf *btf, const char *name, const char *param, int result,
			       int type)
{
	int proto = btf__add_func_proto(btf, result);

	if (btf__add_func_param(btf, param, type))
		return -1;
	return btf__add_func(btf, name, BTF_FUNC_STATIC, proto);
}

/* 0, or -1 when libbpf refuses. */
static inline int fixture_btf(struct code_fixture *f)
{
	int integer, context;

	f->btf = btf__new_empty();
	if (!f->btf)
		return -1;
	integer = btf__add_int(f->btf, "int", 4, BTF_INT_SIGNED);
	context = btf__add_ptr(f->btf, btf__add_struct(f->btf, "ctx", 4));
	f->funcs[0].type_id = (uint32_t)add_function(f->btf, "entry", "c", integer, context);
	f->funcs[1].type_id = (uint32_t)add_function(f->btf, "helper", "n", 0, integer);
	f->funcs[1].insn_off = 6;
	return integer > 0 && context > 0 ? 0 : -1;
}

static inline void fixture_line(struct code_fixture *f, unsigned int i, uint32_t insn_off,
				const char *text, uint32_t line_col, uint64_t native)
{
	f->lines[i] = (struct bpf_line_info){
	    .insn_off = insn_off,
	    .file_name_off = (uint32_t)btf__add_str(f->btf, "prog.c"),
	    .line_off = (uint32_t)btf__add_str(f->btf, text),
	    .line_col = line_col,
	};
	f->jited_lines[i] = native;
}

static inline void fixture_prog(struct code_fixture *f)
{
	f->tags[1][0] = 0xab;
	f->ksyms[0] = 0x1000;
	f->ksyms[1] = 0x3000;
	f->func_lens[0] = 0x40;
	f->func_lens[1] = 0x10;
	f->prog = (struct prog){
	    .fd = -1,
	    .info = {.id = 9,
		     .xlated_prog_len = sizeof(f->insns),
		     .nr_func_info = 2,
		     .nr_line_info = 6,
		     .nr_jited_line_info = 6,
		     .nr_jited_ksyms = 2,
		     .nr_jited_func_lens = 2,
		     .nr_prog_tags = 2},
	    .insns = f->insns,
	    .ksyms = f->ksyms,
	    .func_lens = f->func_lens,
	    .funcs = f->funcs,
	    .lines = f->lines,
	    .jited_lines = f->jited_lines,
	    .tags = f->tags,
	};
}

static inline int fixture_make(struct code_fixture *f)
{
	static const struct bpf_insn insns[8] = {
	    {.code = 0xbf, .dst_reg = 6, .src_reg = 1},
	    {.code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = 7},
	    {},
	    {.code = 0x85, .src_reg = BPF_PSEUDO_CALL, .off = 2, .imm = 1},
	    {.code = 0x15, .off = -4},
	    {.code = 0x95},
	    {.code = 0xb7, .imm = 1},
	    {.code = 0x95},
	};

	*f = (struct code_fixture){};
	if (fixture_btf(f))
		return -1;
	for (unsigned int i = 0; i < 8; i++)
		f->insns[i] = insns[i];
	fixture_line(f, 0, 0, "int entry(struct ctx *c)", LINE(10, 0), 0x1000);
	fixture_line(f, 1, 1, "\twhile (!helper(\"a\\n\"))", LINE(12, 9), 0x1010);
	fixture_line(f, 2, 3, "\twhile (!helper(\"a\\n\"))", LINE(12, 3), 0x1020);
	fixture_line(f, 3, 5, "  return 0;", LINE(11, 1), 0x1030);
	fixture_line(f, 4, 6, "static void helper(int n)", LINE(3, 0), 0x3000);
	fixture_line(f, 5, 7, "", LINE(0, 0), 0x3008);
	fixture_prog(f);
	return 0;
}

#endif
