// SPDX-License-Identifier: GPL-2.0-or-later
#include "cfg.h"

#include "disasm.h"
#include "insn_names.h"
#include "source.h"

#include <string.h>

struct graph {
	struct cfg cfg;
	struct code_walk walk;
	struct insn_names names;
	struct buf text; /* scratch */
	struct buf *out;
};

/* Text in a quoted label: Graphviz knows backslashes and HTML entities in it. */
static void put_escaped(struct buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_char(out, '\\');
		if (s[i] == '&')
			buf_add(out, "&amp;", 5);
		else if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			buf_char(out, ' ');
		else
			buf_char(out, s[i]);
	}
}

static void put_line(struct graph *g, const struct source_line *line)
{
	buf_add(g->out, "; ", 2);
	put_escaped(g->out, line->text, strlen(line->text));
	buf_add(g->out, "\\l", 2);
}

/* Source lines and instructions of a block, each on a left-justified line.  A source line is often
 * several records in a row, for its columns: one is enough. */
static void put_block_lines(struct graph *g, const struct cfg_block *b)
{
	const struct bpf_insn *insns = g->walk.prog->insns;
	const char *shown = NULL;
	struct source_line line;

	while (g->walk.next_pc < b->end && code_next(&g->walk)) {
		if (g->walk.line && source_line_get(g->walk.btf, g->walk.line, &line) &&
		    *line.text && line.text != shown) {
			put_line(g, &line);
			shown = line.text;
		}
		buf_u64(g->out, g->walk.pc);
		buf_add(g->out, ": ", 2);
		buf_reset(&g->text);
		disasm_insn(insns + g->walk.pc, g->walk.slots, &g->names.names, &g->text);
		put_escaped(g->out, g->text.data, g->text.len);
		buf_add(g->out, "\\l", 2);
	}
}

static void put_func_label(struct graph *g, uint32_t f)
{
	uint32_t start = g->cfg.blocks[g->cfg.funcs[f].first_block].first;

	buf_reset(&g->text);
	function_title(g->walk.prog, g->walk.btf, f, start, &g->text);
	put_escaped(g->out, g->text.data, g->text.len);
}

/* Edges are drawn once all nodes are known: a node's first mention decides its cluster. */
static void put_edges(struct graph *g, uint32_t f, uint32_t block)
{
	const struct cfg_block *b = g->cfg.blocks + block;
	bool forks = b->next != CFG_NONE && b->taken != CFG_NONE;

	if (b->next != CFG_NONE)
		buf_printf(g->out, "\tb%u:s -> b%u:n [weight=10%s];\n", block, b->next,
			   forks ? ", color=\"firebrick\"" : "");
	if (b->taken != CFG_NONE)
		buf_printf(g->out, "\tb%u:s -> b%u:n [weight=%d%s];\n", block, b->taken,
			   forks ? 1 : 10, forks ? ", color=\"darkgreen\", style=\"bold\"" : "");
	if (b->exits)
		buf_printf(g->out, "\tb%u:s -> exit_%u:n [weight=10];\n", block, f);
	if (b->indirect)
		buf_printf(g->out, "\tb%u:s -> indirect_%u [style=\"dashed\"];\n", block, block);
}

static void put_func(struct graph *g, uint32_t f)
{
	const struct cfg_func *func = g->cfg.funcs + f;
	struct buf *out = g->out;
	uint32_t b;

	buf_printf(out, "subgraph \"cluster_%u\" {\n\tstyle=\"dashed\";\n\tlabel=\"", f);
	put_func_label(g, f);
	buf_printf(out, "\";\n\tentry_%u [shape=Mdiamond, label=\"ENTRY\"];\n", f);
	for (b = func->first_block; b < func->end_block; b++) {
		buf_printf(out, "\tb%u [label=\"", b);
		put_block_lines(g, g->cfg.blocks + b);
		buf_str(out, "\"];\n");
		if (g->cfg.blocks[b].indirect)
			buf_printf(out, "\tindirect_%u [shape=ellipse, label=\"jump table\"];\n",
				   b);
	}
	buf_printf(out, "\texit_%u [shape=Mdiamond, label=\"EXIT\"];\n", f);
	buf_printf(out, "\tentry_%u:s -> b%u:n [weight=10];\n", f, func->first_block);
	buf_printf(out, "\tentry_%u:s -> exit_%u:n [style=\"invis\"];\n}\n", f, f);
}

static void put_graph(struct graph *g)
{
	uint32_t f, b;

	buf_printf(g->out,
		   "digraph \"prog %u\" {\n"
		   "\tfontname=\"monospace\";\n"
		   "\tnode [shape=box, style=filled, fillcolor=\"gray95\", "
		   "fontname=\"monospace\"];\n",
		   g->walk.prog->info.id);
	for (f = 0; f < g->cfg.nr_funcs; f++)
		put_func(g, f);
	for (f = 0; f < g->cfg.nr_funcs; f++)
		for (b = g->cfg.funcs[f].first_block; b < g->cfg.funcs[f].end_block; b++)
			put_edges(g, f, b);
	buf_add(g->out, "}\n", 2);
}

int cfg_render_dot(const struct prog *p, const struct btf *btf, struct buf *out)
{
	struct graph g = {.walk = {.prog = p, .btf = btf}, .out = out};
	int err = cfg_build(p, &g.cfg);

	if (err)
		return err;
	insn_names_init(&g.names, p, btf);
	put_graph(&g);
	if (g.text.err)
		out->err = g.text.err;
	insn_names_done(&g.names);
	buf_free(&g.text);
	cfg_free(&g.cfg);
	return out->err;
}
