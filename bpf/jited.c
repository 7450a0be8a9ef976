// SPDX-License-Identifier: GPL-2.0-or-later
#include "jited.h"

#include "doc.h"
#include "ksyms.h"
#include "opcodes.h"
#include "progaddr.h"
#include "proto.h"
#include "source.h"

#include <errno.h>
#include <string.h>

struct view {
	const struct prog *prog;
	const struct btf *btf;
	enum jited_form form;
	struct buf *out;
	struct doc *json; /* NULL: text */
	/* the block being shown */
	uint32_t func;
	uint64_t addr; /* 0: hidden */
	uint32_t len;
	uint32_t next_line; /* record that is yet to be shown */
	struct opcodes_insn insn;
	struct buf name; /* what its target is called, or scratch */
	/* got when the first address needs them */
	struct ksyms *ksyms;
	struct progaddr *progs;
	bool asked_kernel, asked_programs;
};

/* --- names of addresses --- */

static struct ksyms *kernel_symbols(struct view *v)
{
	if (!v->asked_kernel && ksyms_get(&v->ksyms))
		v->ksyms = NULL;
	v->asked_kernel = true;
	return v->ksyms;
}

static struct progaddr *programs(struct view *v)
{
	if (!v->asked_programs && progaddr_get(&v->progs))
		v->progs = NULL;
	v->asked_programs = true;
	return v->progs;
}

static bool put_offset(struct buf *out, uint64_t offset)
{
	if (offset)
		buf_printf(out, "+0x%llx", (unsigned long long)offset);
	return true;
}

/* Another sub-program of this program. */
static bool put_sibling(const struct view *v, uint64_t addr, struct buf *out)
{
	const struct prog *p = v->prog;
	size_t before = out->len;

	for (uint32_t i = 0; p->ksyms && p->func_lens && i < p->info.nr_jited_ksyms &&
			     i < p->info.nr_jited_func_lens;
	     i++) {
		if (addr - p->ksyms[i] >= p->func_lens[i])
			continue;
		prog_symbol(p, v->btf, i, out);
		return out->len > before && put_offset(out, addr - p->ksyms[i]);
	}
	return false;
}

/* Programs come before what lies below in the kernel: their code may be right behind a module's. */
static bool put_symbol(struct view *v, uint64_t addr, struct buf *out)
{
	struct ksyms *kernel = kernel_symbols(v);
	const char *symbol = kernel ? ksyms_exact(kernel, addr) : NULL;
	uint64_t offset = 0;

	if (!symbol && programs(v) && progaddr_symbol(v->progs, addr, out, &offset))
		return put_offset(out, offset);
	if (!symbol && kernel)
		symbol = ksyms_name(kernel, addr, &offset);
	if (!symbol)
		return false;
	buf_str(out, symbol);
	return put_offset(out, offset);
}

/* Replaces v->name by that of the instruction's target; false when it names none. */
static bool name_target(struct view *v)
{
	uint64_t addr = v->insn.target;

	buf_reset(&v->name);
	if (!v->insn.has_target)
		return false;
	if (addr - v->addr < v->len) {
		buf_printf(&v->name, "+0x%llx", (unsigned long long)(addr - v->addr));
		return true;
	}
	return put_sibling(v, addr, &v->name) || put_symbol(v, addr, &v->name);
}

/* --- source lines --- */

static bool line_in_block(const struct view *v, uint32_t i)
{
	return v->prog->jited_lines[i] - v->addr < v->len;
}

/* Records are in the order of sub-programs; one may have none. */
static void seek_lines(struct view *v)
{
	const struct prog *p = v->prog;
	uint32_t n = 0, i;

	if (v->btf && v->addr && p->lines && p->jited_lines)
		n = p->info.nr_line_info < p->info.nr_jited_line_info ? p->info.nr_line_info
								      : p->info.nr_jited_line_info;
	for (i = 0; i < n && !line_in_block(v, i); i++)
		;
	v->next_line = i < n ? i : UINT32_MAX;
}

/* The record for the instruction at `pc`: the last one that begins there, or before it where none
 * of the code has been shown yet; NULL when none does. */
static const struct bpf_line_info *line_at(struct view *v, uint32_t pc)
{
	const struct prog *p = v->prog;
	const struct bpf_line_info *line = NULL;

	while (v->next_line < p->info.nr_line_info && v->next_line < p->info.nr_jited_line_info &&
	       line_in_block(v, v->next_line) && p->jited_lines[v->next_line] - v->addr <= pc)
		line = &p->lines[v->next_line++];
	return line;
}

/* --- text --- */

static void put_bytes(struct buf *out, const uint8_t *bytes, unsigned int n)
{
	buf_add(out, "\t", 1);
	for (unsigned int i = 0; i < n; i++) {
		buf_hex(out, bytes + i, 1);
		buf_char(out, ' ');
	}
	buf_char(out, '\n');
}

static void text_insn(struct view *v, const uint8_t *code, uint32_t pc)
{
	const struct bpf_line_info *line = line_at(v, pc);

	if (line)
		source_line_put(v->btf, line, v->form == JITED_LINUM, v->out);
	buf_printf(v->out, "%4x:\t", pc);
	buf_add(v->out, v->insn.text.data, v->insn.text.len);
	if (name_target(v))
		buf_printf(v->out, " <%s>", buf_cstr(&v->name));
	buf_char(v->out, '\n');
	if (v->form == JITED_OPCODES)
		put_bytes(v->out, code + pc, v->insn.bytes);
}

/* --- JSON --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Splits s at commas that are not inside brackets. */
static void json_operands(struct doc *d, const char *s, const char *end)
{
	int depth = 0;

	while (s < end && is_blank(*s))
		s++;
	if (s == end)
		doc_raw(d, NULL, "null", 4);
	for (const char *at = s; s < end; at++) {
		if (at < end && strchr("([{", *at))
			depth++;
		if (at < end && strchr(")]}", *at))
			depth--;
		if (at < end && (*at != ',' || depth > 0))
			continue;
		doc_strn(d, NULL, s, (size_t)(at - s));
		s = at + 1;
		while (s < end && is_blank(*s))
			s++;
	}
}

static void json_insn(struct view *v, uint32_t pc)
{
	const struct bpf_line_info *line = line_at(v, pc);
	const struct opcodes_insn *insn = &v->insn;
	struct source_line source;
	struct doc *d = v->json;

	doc_object(d, NULL);
	if (line && source_line_get(v->btf, line, &source))
		doc_str(d, "src", source.text);
	buf_reset(&v->name);
	buf_printf(&v->name, "0x%x", pc);
	doc_str(d, "pc", buf_cstr(&v->name));
	doc_strn(d, "operation", insn->text.data, insn->operation);
	doc_array(d, "operands");
	json_operands(d, insn->text.data + insn->operation, insn->text.data + insn->operands);
	doc_close(d);
	if (name_target(v))
		doc_str(d, "target", buf_cstr(&v->name));
	doc_close(d);
}

/* --- blocks --- */

/* Prototype and symbol. */
static void put_title(struct view *v)
{
	const struct prog *p = v->prog;
	struct buf address __buf_free = {}, *name = &v->name;
	bool typed;

	buf_reset(name);
	typed = v->btf && p->funcs && v->func < p->info.nr_func_info &&
		proto_render(v->btf, p->funcs[v->func].type_id, name);
	if (typed && v->json)
		doc_str(v->json, "proto", buf_cstr(name));
	else if (typed)
		buf_printf(v->out, "%s:\n", buf_cstr(name));
	buf_printf(&address, "0x%016llx", (unsigned long long)v->addr);
	buf_reset(name);
	prog_symbol(p, v->btf, v->func, name);
	if (!name->len)
		buf_str(name, buf_cstr(&address));
	if (v->json) {
		doc_str(v->json, "name", buf_cstr(name));
		doc_str(v->json, "address", buf_cstr(&address));
	} else {
		buf_printf(v->out, "%s:\n", buf_cstr(name));
	}
}

static int put_block(struct view *v, const uint8_t *code)
{
	struct opcodes *opcodes;
	int err = opcodes_open(code, v->len, v->addr, &opcodes);

	if (err)
		return err;
	seek_lines(v);
	if (v->json)
		doc_object(v->json, NULL);
	put_title(v);
	if (v->json)
		doc_array(v->json, "insns");
	for (uint32_t pc = 0; pc < v->len && !v->insn.text.err; pc += v->insn.bytes) {
		opcodes_insn(opcodes, pc, &v->insn);
		if (v->json)
			json_insn(v, pc);
		else
			text_insn(v, code, pc);
	}
	if (v->json) {
		doc_close(v->json);
		doc_close(v->json);
	} else {
		buf_char(v->out, '\n');
	}
	opcodes_close(opcodes);
	return v->insn.text.err ? v->insn.text.err : v->name.err;
}

static int put_blocks(struct view *v)
{
	const struct prog *p = v->prog;
	uint32_t n = p->func_lens ? p->info.nr_jited_func_lens : 1, done = 0;
	int err = 0;

	for (v->func = 0; !err && v->func < n && done < p->info.jited_prog_len; v->func++) {
		bool known = p->ksyms && v->func < p->info.nr_jited_ksyms;

		v->addr = known ? p->ksyms[v->func] : 0;
		v->len = p->info.jited_prog_len - done;
		if (p->func_lens && p->func_lens[v->func] < v->len)
			v->len = p->func_lens[v->func];
		err = put_block(v, p->jited + done);
		done += v->len;
	}
	return err;
}

static int render(struct view *v)
{
	int err;

	if (v->form == JITED_JSON) {
		v->json = doc_begin(DOC_JSON, v->out, NULL);
		if (!v->json)
			return -ENOMEM;
		doc_list(v->json);
	}
	err = put_blocks(v);
	if (v->json) {
		int ended;

		doc_close(v->json);
		ended = doc_end(v->json);
		err = err ? err : ended;
	}
	return err;
}

int jited_render(const struct prog *p, const struct btf *btf, enum jited_form form, struct buf *out)
{
	struct view v = {.prog = p, .btf = btf, .form = form, .out = out};
	int err = 0;

	if (!p->jited || !p->info.jited_prog_len)
		return -ENODATA;
	if (form == JITED_BIN)
		buf_add(out, p->jited, p->info.jited_prog_len);
	else
		err = render(&v);
	if (v.ksyms)
		ksyms_put(v.ksyms);
	if (v.progs)
		progaddr_put(v.progs);
	buf_free(&v.insn.text);
	buf_free(&v.name);
	return err ? err : out->err;
}
