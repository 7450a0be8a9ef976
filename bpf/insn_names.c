// SPDX-License-Identifier: GPL-2.0-or-later
#include "insn_names.h"

#include "kbtf.h"

/* bpf_jit_supports_far_kfunc_call(): there the call keeps the BTF id of the function. */
static bool put_kfunc_of_id(const struct bpf_insn *insn, struct buf *out)
{
	const struct btf_type *t;
	const char *name = NULL;
	struct btf *btf;

	if (insn->src_reg != BPF_PSEUDO_KFUNC_CALL || insn->off || insn->imm <= 0 || kbtf_get(&btf))
		return false;
	t = btf__type_by_id(btf, (uint32_t)insn->imm);
	if (t && btf_is_func(t))
		name = btf__name_by_offset(btf, t->name_off);
	if (name)
		buf_str(out, name);
	kbtf_put(btf);
	return name;
}

static void put_subprog(struct insn_names *n, const struct bpf_insn *insn, struct buf *out)
{
	size_t before;

	buf_printf(out, "%+d", insn->off);
	if ((uint32_t)insn->imm >= n->prog->info.nr_jited_ksyms || !n->prog->ksyms)
		return;
	buf_char(out, '#');
	before = out->len;
	prog_symbol(n->prog, n->btf, (uint32_t)insn->imm, out);
	if (out->len == before)
		buf_printf(out, "0x%llx", (unsigned long long)n->prog->ksyms[insn->imm]);
}

static void find_symbols(struct insn_names *n)
{
	n->looked = true;
	if (ksyms_get(&n->ksyms))
		n->ksyms = NULL;
	else
		n->call_base = ksyms_addr(n->ksyms, "__bpf_call_base");
}

static bool put_callee(const struct disasm_names *names, const struct bpf_insn *insn,
		       struct buf *out)
{
	struct insn_names *n = (struct insn_names *)names;
	const char *symbol = NULL;
	uint64_t addr;

	if (insn->src_reg == BPF_PSEUDO_CALL) {
		put_subprog(n, insn, out);
		return true;
	}
	if (!insn->src_reg && helper_name((uint32_t)insn->imm))
		return false;
	if (!n->looked)
		find_symbols(n);
	addr = n->call_base + (uint64_t)(int64_t)insn->imm;
	if (n->ksyms)
		symbol = ksyms_exact(n->ksyms, addr);
	if (symbol)
		buf_str(out, symbol);
	else if (!put_kfunc_of_id(insn, out))
		buf_printf(out, "0x%llx", (unsigned long long)addr);
	return true;
}

void insn_names_init(struct insn_names *n, const struct prog *prog, const struct btf *btf)
{
	*n = (struct insn_names){.names = {.call = put_callee}, .prog = prog, .btf = btf};
}

void insn_names_done(struct insn_names *n)
{
	if (n->ksyms)
		ksyms_put(n->ksyms);
	n->ksyms = NULL;
}
