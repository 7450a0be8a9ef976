// SPDX-License-Identifier: GPL-2.0-or-later
#include "xlated.h"

#include "insn_names.h"
#include "proto.h"
#include "source.h"

#include <errno.h>
#include <string.h>

/* At least four columns wide. */
static void put_pc(struct buf *out, uint32_t pc)
{
	buf_fill(out, ' ', pc < 10 ? 3 : pc < 100 ? 2 : pc < 1000 ? 1 : 0);
	buf_u64(out, pc);
	buf_add(out, ": ", 2);
}

static void put_bytes(struct buf *out, const struct bpf_insn *insn, uint32_t slots)
{
	const uint8_t *bytes = (const uint8_t *)insn;
	size_t i;

	buf_fill(out, ' ', 6);
	for (i = 0; i < slots * sizeof(*insn); i++) {
		buf_char(out, ' ');
		buf_hex(out, bytes + i, 1);
	}
	buf_char(out, '\n');
}

static void render_text(struct code_walk *w, struct insn_names *names, enum xlated_form form,
			struct buf *out)
{
	const struct bpf_insn *insn;

	while (code_next(w)) {
		insn = w->prog->insns + w->pc;
		if (w->func && proto_render(w->btf, w->func->type_id, out))
			buf_add(out, ":\n", 2);
		if (w->line)
			source_line_put(w->btf, w->line, form == XLATED_LINUM, out);
		put_pc(out, w->pc);
		disasm_insn(insn, w->slots, &names->names, out);
		buf_char(out, '\n');
		if (form == XLATED_OPCODES)
			put_bytes(out, insn, w->slots);
	}
}

static void put_field(struct buf *out, const char *key, const char *value, size_t n)
{
	buf_str(out, key);
	buf_json_str(out, value, n);
}

static void render_json_insn(struct code_walk *w, struct insn_names *names, struct buf *text,
			     struct buf *out)
{
	struct source_line line;

	buf_char(out, '{');
	buf_reset(text);
	if (w->func && proto_render(w->btf, w->func->type_id, text)) {
		put_field(out, "\"proto\":", text->data, text->len);
		buf_char(out, ',');
	}
	if (w->line && source_line_get(w->btf, w->line, &line)) {
		put_field(out, "\"src\":", line.text, strlen(line.text));
		buf_char(out, ',');
	}
	buf_reset(text);
	disasm_insn(w->prog->insns + w->pc, w->slots, &names->names, text);
	put_field(out, "\"disasm\":", text->data, text->len);
	buf_char(out, '}');
	if (text->err)
		out->err = text->err;
}

static void render_json(struct code_walk *w, struct insn_names *names, struct buf *out)
{
	struct buf text __buf_free = {};

	buf_char(out, '[');
	while (code_next(w)) {
		if (w->pc)
			buf_char(out, ',');
		render_json_insn(w, names, &text, out);
	}
	buf_add(out, "]\n", 2);
}

int xlated_render(const struct prog *p, const struct btf *btf, enum xlated_form form,
		  struct buf *out)
{
	struct code_walk walk = {.prog = p, .btf = btf};
	struct insn_names names;

	if (!prog_slots(p))
		return -ENODATA;
	insn_names_init(&names, p, btf);
	switch (form) {
	case XLATED_BIN: buf_add(out, p->insns, prog_slots(p) * sizeof(*p->insns)); break;
	case XLATED_JSON: render_json(&walk, &names, out); break;
	default: render_text(&walk, &names, form, out);
	}
	insn_names_done(&names);
	return out->err;
}
