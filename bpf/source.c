// SPDX-License-Identifier: GPL-2.0-or-later
#include "source.h"

#include "cfg.h"
#include "disasm.h"
#include "proto.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

bool source_line_get(const struct btf *btf, const struct bpf_line_info *info,
		     struct source_line *out)
{
	const char *text = btf ? btf__name_by_offset(btf, info->line_off) : NULL;

	if (!text)
		return false;
	while (isspace((unsigned char)*text))
		text++;
	*out = (struct source_line){
	    .text = text,
	    .file = btf__name_by_offset(btf, info->file_name_off),
	    .line = BPF_LINE_INFO_LINE_NUM(info->line_col),
	    .column = BPF_LINE_INFO_LINE_COL(info->line_col),
	};
	return true;
}

void source_line_put(const struct btf *btf, const struct bpf_line_info *info, bool numbers,
		     struct buf *out)
{
	struct source_line line;

	if (!source_line_get(btf, info, &line))
		return;
	buf_add(out, "; ", 2);
	buf_str(out, line.text);
	if (numbers)
		buf_printf(out, " [file:%s line_num:%u line_col:%u]", line.file ? line.file : "",
			   line.line, line.column);
	buf_char(out, '\n');
}

bool code_next(struct code_walk *w)
{
	const struct prog *p = w->prog;
	uint32_t slots = prog_slots(p), want;

	if (w->next_pc >= slots)
		return false;
	w->pc = w->next_pc;
	want = insn_slots(p->insns + w->pc);
	w->slots = want < slots - w->pc ? want : slots - w->pc;
	w->next_pc += w->slots;
	w->func = NULL;
	w->line = NULL;
	if (!w->btf)
		return true;
	if (p->funcs && w->next_func < p->info.nr_func_info &&
	    p->funcs[w->next_func].insn_off <= w->pc)
		w->func = p->funcs + w->next_func++;
	if (p->lines && w->next_line < p->info.nr_line_info &&
	    p->lines[w->next_line].insn_off <= w->pc)
		w->line = p->lines + w->next_line++;
	return true;
}

void function_title(const struct prog *p, const struct btf *btf, uint32_t f, uint32_t slot,
		    struct buf *out)
{
	size_t before = out->len;

	if (p->funcs && f < p->info.nr_func_info && p->funcs[f].insn_off == slot &&
	    proto_render(btf, p->funcs[f].type_id, out))
		return;
	prog_symbol(p, btf, f, out);
	if (out->len == before)
		buf_printf(out, "func_%u", f);
}

/* What a line record covers: first and last slot, first and last native byte (last < first: none,
 * or not known). */
struct span {
	uint32_t file_off;
	uint32_t line;
	const struct bpf_line_info *info;
	uint32_t pc, last_pc;
	uint64_t native, last_native;
};

static int span_order(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->file_off != y->file_off)
		return x->file_off < y->file_off ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->pc < y->pc ? -1 : x->pc > y->pc;
}

/* Native code of line record i in sub-program f, as offsets from its start. */
static void span_native(const struct prog *p, uint32_t i, uint32_t f, bool last, struct span *s)
{
	uint64_t start, end;

	s->native = 1;
	s->last_native = 0;
	if (!p->jited_lines || i >= p->info.nr_jited_line_info || !p->ksyms || !p->func_lens ||
	    f >= p->info.nr_jited_ksyms || f >= p->info.nr_jited_func_lens)
		return;
	start = p->jited_lines[i] - p->ksyms[f];
	end = p->func_lens[f];
	if (!last && i + 1 < p->info.nr_jited_line_info)
		end = p->jited_lines[i + 1] - p->ksyms[f];
	if (start >= end || end > p->func_lens[f])
		return;
	s->native = start;
	s->last_native = end - 1;
}

/* A list of ranges that grows at its end, and joins what follows without a gap. */
struct ranges {
	struct buf text;
	bool hex;
	bool open; /* first and last are a range that is yet to be written */
	uint64_t first, last;
};

struct report {
	const struct prog *prog;
	const struct btf *btf;
	struct cfg cfg;
	struct span *spans; /* of one function */
	uint32_t nr_spans;
	struct ranges xlated, jited; /* of one line */
	struct buf *out;
};

/* Takes the line records from *next on that lie before slot `end`, in the order of the source. */
static void collect_spans(struct report *r, uint32_t f, uint32_t end, uint32_t *next)
{
	const struct prog *p = r->prog;
	const struct bpf_line_info *info;
	bool last;

	r->nr_spans = 0;
	for (; *next < p->info.nr_line_info && p->lines[*next].insn_off < end; (*next)++) {
		struct span *s = r->spans + r->nr_spans++;

		info = p->lines + *next;
		last = *next + 1 == p->info.nr_line_info || info[1].insn_off >= end;
		*s = (struct span){
		    .file_off = info->file_name_off,
		    .line = BPF_LINE_INFO_LINE_NUM(info->line_col),
		    .info = info,
		    .pc = info->insn_off,
		    .last_pc = (last ? end : info[1].insn_off) - 1,
		};
		span_native(p, *next, f, last, s);
	}
	qsort(r->spans, r->nr_spans, sizeof(*r->spans), span_order);
}

static void put_range(struct ranges *r)
{
	if (r->text.len)
		buf_char(&r->text, ',');
	buf_printf(&r->text, r->hex ? "0x%" PRIx64 : "%" PRIu64, r->first);
	if (r->last != r->first)
		buf_printf(&r->text, r->hex ? "-0x%" PRIx64 : "-%" PRIu64, r->last);
}

static void add_range(struct ranges *r, uint64_t first, uint64_t last)
{
	if (last < first)
		return;
	if (r->open && first == r->last + 1) {
		r->last = last;
		return;
	}
	if (r->open)
		put_range(r);
	r->first = first;
	r->last = last;
	r->open = true;
}

/* Appends the list under its word, padded to `width`, and empties it. */
static void put_ranges(struct buf *out, const char *word, struct ranges *r, size_t width)
{
	size_t start = out->len;

	if (r->open)
		put_range(r);
	r->open = false;
	buf_str(out, word);
	if (r->text.len)
		buf_add(out, r->text.data, r->text.len);
	else
		buf_char(out, '-');
	if (out->len - start < width)
		buf_fill(out, ' ', width - (out->len - start));
	if (r->text.err)
		out->err = r->text.err;
	buf_reset(&r->text);
}

/* One source line, made of the spans from s up to `end`. */
static void put_line(struct report *r, const struct span *s, const struct span *end)
{
	struct source_line line;

	/* line 0: code that the compiler made for no line in particular */
	if (!s->line || !source_line_get(r->btf, s->info, &line))
		line.text = "(no source line)";
	buf_printf(r->out, "%6u  ", s->line);
	for (; s < end; s++) {
		add_range(&r->xlated, s->pc, s->last_pc);
		add_range(&r->jited, s->native, s->last_native);
	}
	put_ranges(r->out, "xlated ", &r->xlated, 18);
	buf_add(r->out, "  ", 2);
	put_ranges(r->out, "jited ", &r->jited, 20);
	buf_add(r->out, "  ", 2);
	buf_str(r->out, line.text);
	buf_char(r->out, '\n');
}

static void put_file(struct report *r, const struct span *s)
{
	const char *file = btf__name_by_offset(r->btf, s->file_off);

	buf_str(r->out, file && *file ? file : "(unknown file)");
	buf_char(r->out, '\n');
}

static void put_function(struct report *r, uint32_t f, uint32_t *next)
{
	const struct cfg_func *func = r->cfg.funcs + f;
	const struct span *s, *group, *end;

	collect_spans(r, f, r->cfg.blocks[func->end_block - 1].end, next);
	if (!r->nr_spans)
		return;
	if (r->out->len)
		buf_char(r->out, '\n');
	function_title(r->prog, r->btf, f, r->cfg.blocks[func->first_block].first, r->out);
	buf_add(r->out, ":\n", 2);
	end = r->spans + r->nr_spans;
	for (group = r->spans; group < end; group = s) {
		if (group == r->spans || group->file_off != group[-1].file_off)
			put_file(r, group);
		s = group + 1;
		while (s < end && s->file_off == group->file_off && s->line == group->line)
			s++;
		put_line(r, group, s);
	}
}

int source_render(const struct prog *p, const struct btf *btf, struct buf *out)
{
	struct report r = {.prog = p, .btf = btf, .jited.hex = true, .out = out};
	uint32_t f, next = 0;
	int err;

	if (!btf || !p->lines || !p->info.nr_line_info)
		return -ENODATA;
	err = cfg_build(p, &r.cfg);
	if (err)
		return err;
	r.spans = calloc(p->info.nr_line_info, sizeof(*r.spans));
	for (f = 0; r.spans && f < r.cfg.nr_funcs; f++)
		put_function(&r, f, &next);
	err = r.spans ? out->err : -ENOMEM;
	free(r.spans);
	buf_free(&r.xlated.text);
	buf_free(&r.jited.text);
	cfg_free(&r.cfg);
	return err;
}
