// SPDX-License-Identifier: GPL-2.0-or-later
#include "doc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 12, MAX_COLUMNS = 16 };

/* Where the next value goes. */
enum level_kind {
	LEVEL_LIST,   /* the list of a document of many objects */
	LEVEL_OBJECT, /* in text: a line a field */
	LEVEL_ARRAY,
	LEVEL_INLINE, /* an object inside an array, which text puts on one line */
};

struct level {
	enum level_kind kind;
	unsigned int count; /* values so far */
	bool skip;	    /* in a field that the table does not show */
};

struct doc {
	enum doc_form form;
	struct buf *out;
	struct level levels[MAX_DEPTH];
	int depth;
	/* a table's cells, row after row: text in `cells`, ends in `ends` */
	const char *const *columns;
	size_t ncolumns;
	size_t column; /* being written */
	struct buf cells;
	struct buf row[MAX_COLUMNS];
	struct buf ends; /* size_t each */
};

struct doc *doc_begin(enum doc_form form, struct buf *out, const char *const *columns)
{
	struct doc *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->form = form;
	d->out = out;
	d->columns = columns;
	while (form == DOC_TABLE && d->ncolumns < MAX_COLUMNS && columns[d->ncolumns])
		d->ncolumns++;
	return d;
}

static struct level *top(struct doc *d)
{
	return d->depth ? &d->levels[d->depth - 1] : NULL;
}

/* Where characters go: the output, or a cell of the row being made. */
static struct buf *sink(struct doc *d)
{
	return d->form == DOC_TABLE ? &d->row[d->column] : d->out;
}

/* How deep the lines of the current object are indented. */
static size_t indent(const struct doc *d)
{
	size_t n = 0;

	for (int i = 1; i < d->depth; i++)
		n += d->levels[i].kind != LEVEL_LIST && d->levels[i - 1].kind != LEVEL_LIST;
	return 2 * n;
}

static void before_json(struct doc *d, const struct level *l, const char *key)
{
	if (l && l->count)
		buf_char(d->out, ',');
	if (key) {
		buf_json_str(d->out, key, strlen(key));
		buf_char(d->out, ':');
	}
}

static void before_text(struct doc *d, const struct level *l, const char *key, bool opens_object)
{
	if (!l)
		return;
	switch (l->kind) {
	case LEVEL_LIST:
		if (l->count && opens_object)
			buf_char(d->out, '\n');
		break;
	case LEVEL_OBJECT:
		buf_fill(d->out, ' ', indent(d));
		buf_str(d->out, key ? key : "-");
		buf_char(d->out, ':');
		break;
	case LEVEL_ARRAY:
		if (opens_object) {
			buf_char(d->out, '\n');
			buf_fill(d->out, ' ', indent(d));
		} else if (d->depth < 2 || d->levels[d->depth - 2].kind == LEVEL_OBJECT) {
			buf_char(d->out, ' ');
		} else if (l->count) {
			buf_char(d->out, ',');
		}
		break;
	case LEVEL_INLINE:
		if (l->count)
			buf_char(d->out, ' ');
		if (key)
			buf_printf(d->out, "%s=", key);
		break;
	}
}

/* Cells: array elements are joined with commas, fields of an object in them with colons. */
static bool before_cell(struct doc *d, const struct level *l, const char *key)
{
	if (!l || l->kind == LEVEL_LIST || l->skip)
		return l && !l->skip;
	if (d->depth == 1 || d->levels[d->depth - 2].kind == LEVEL_LIST) {
		for (size_t i = 0; i < d->ncolumns; i++)
			if (key && !strcmp(key, d->columns[i])) {
				d->column = i;
				return true;
			}
		return false;
	}
	if (l->count)
		buf_char(sink(d), l->kind == LEVEL_ARRAY ? ',' : ':');
	return true;
}

/* Separator and key of the next value; false when it is not shown. */
static bool before(struct doc *d, const char *key, bool opens_object)
{
	struct level *l = top(d);
	bool shown = true;

	switch (d->form) {
	case DOC_JSON: before_json(d, l, key); break;
	case DOC_TEXT: before_text(d, l, key, opens_object); break;
	case DOC_TABLE: shown = before_cell(d, l, key); break;
	}
	if (l)
		l->count++;
	return shown;
}

/* A plain value: a whole line of text needs its blank and its end. */
static bool value_begin(struct doc *d, const char *key)
{
	struct level *l = top(d);

	if (!before(d, key, false))
		return false;
	if (d->form == DOC_TEXT && l && l->kind == LEVEL_OBJECT)
		buf_char(d->out, ' ');
	return true;
}

static void value_end(struct doc *d)
{
	struct level *l = top(d);

	if (d->form == DOC_TEXT && l && (l->kind == LEVEL_OBJECT || l->kind == LEVEL_LIST))
		buf_char(d->out, '\n');
}

static void push(struct doc *d, enum level_kind kind, bool skip)
{
	const struct level *l = top(d);

	if (d->depth == MAX_DEPTH) {
		d->out->err = -E2BIG;
		return;
	}
	d->levels[d->depth++] = (struct level){.kind = kind, .skip = skip || (l && l->skip)};
}

void doc_list(struct doc *d)
{
	before(d, NULL, false);
	if (d->form == DOC_JSON)
		buf_char(d->out, '[');
	push(d, LEVEL_LIST, false);
}

void doc_object(struct doc *d, const char *key)
{
	const struct level *l = top(d);
	bool in_array = l && (l->kind == LEVEL_ARRAY || l->kind == LEVEL_INLINE);
	bool is_row = !l || l->kind == LEVEL_LIST;
	bool shown = before(d, key, true);

	if (d->form == DOC_JSON)
		buf_char(d->out, '{');
	else if (d->form == DOC_TEXT && l && l->kind == LEVEL_OBJECT)
		buf_char(d->out, '\n');
	push(d, in_array ? LEVEL_INLINE : LEVEL_OBJECT, !is_row && !shown);
}

void doc_array(struct doc *d, const char *key)
{
	bool shown = before(d, key, false);

	if (d->form == DOC_JSON)
		buf_char(d->out, '[');
	push(d, LEVEL_ARRAY, !shown);
}

/* The cells of a finished row go behind those of the rows before it. */
static void row_end(struct doc *d)
{
	for (size_t i = 0; i < d->ncolumns; i++) {
		struct buf *cell = &d->row[i];

		if (cell->len)
			buf_add(&d->cells, cell->data, cell->len);
		else
			buf_char(&d->cells, '-');
		buf_add(&d->ends, &d->cells.len, sizeof(d->cells.len));
		if (cell->err)
			d->out->err = cell->err;
		buf_reset(cell);
	}
}

void doc_close(struct doc *d)
{
	struct level l = *top(d);
	const struct level *outer;

	d->depth--;
	outer = top(d);
	if (d->form == DOC_JSON)
		buf_char(d->out, l.kind == LEVEL_LIST || l.kind == LEVEL_ARRAY ? ']' : '}');
	else if (d->form == DOC_TABLE && l.kind == LEVEL_OBJECT &&
		 (!outer || outer->kind == LEVEL_LIST))
		row_end(d);
	else if (d->form == DOC_TEXT && l.kind == LEVEL_ARRAY && outer &&
		 outer->kind == LEVEL_OBJECT)
		buf_char(d->out, '\n');
}

static void table_line(const struct doc *d, const char *const *cell, const size_t *len,
		       const size_t *width)
{
	for (size_t i = 0; i < d->ncolumns; i++) {
		buf_add(d->out, cell[i], len[i]);
		if (i + 1 < d->ncolumns)
			buf_fill(d->out, ' ', width[i] - len[i] + 2);
	}
	buf_char(d->out, '\n');
}

static void table_end(struct doc *d)
{
	const size_t *ends = (const size_t *)d->ends.data;
	size_t n = d->ends.len / sizeof(*ends);
	size_t width[MAX_COLUMNS], len[MAX_COLUMNS];
	const char *cell[MAX_COLUMNS];

	for (size_t i = 0; i < d->ncolumns; i++)
		width[i] = len[i] = strlen(d->columns[i]);
	for (size_t row = 0; row + d->ncolumns <= n; row += d->ncolumns)
		for (size_t i = 0; i < d->ncolumns; i++) {
			size_t w = ends[row + i] - (row + i ? ends[row + i - 1] : 0);

			if (w > width[i])
				width[i] = w;
		}
	table_line(d, d->columns, len, width);
	for (size_t row = 0; row + d->ncolumns <= n; row += d->ncolumns) {
		for (size_t i = 0; i < d->ncolumns; i++) {
			size_t start = row + i ? ends[row + i - 1] : 0;

			cell[i] = d->cells.data + start;
			len[i] = ends[row + i] - start;
		}
		table_line(d, cell, len, width);
	}
}

int doc_end(struct doc *d)
{
	int err;

	if (d->cells.err || d->ends.err)
		d->out->err = -ENOMEM;
	else if (d->form == DOC_TABLE)
		table_end(d);
	else if (d->form == DOC_JSON)
		buf_char(d->out, '\n');
	err = d->out->err;
	for (size_t i = 0; i < d->ncolumns; i++)
		buf_free(&d->row[i]);
	buf_free(&d->cells);
	buf_free(&d->ends);
	free(d);
	return err;
}

void doc_u64(struct doc *d, const char *key, uint64_t v)
{
	if (!value_begin(d, key))
		return;
	buf_u64(sink(d), v);
	value_end(d);
}

void doc_i64(struct doc *d, const char *key, int64_t v)
{
	if (!value_begin(d, key))
		return;
	buf_i64(sink(d), v);
	value_end(d);
}

void doc_bool(struct doc *d, const char *key, bool v)
{
	if (!value_begin(d, key))
		return;
	buf_str(sink(d), v ? "true" : "false");
	value_end(d);
}

/* Names come from whoever loaded the object: nothing in one may break the line it stands on, nor,
 * where blanks count, the columns. */
static void plain_text(struct buf *out, const char *s, size_t n, bool blanks)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 + !blanks || s[i] == 0x7f)
			buf_printf(out, "\\x%02x", (unsigned char)s[i]);
		else
			buf_char(out, s[i]);
}

static void put_string(struct doc *d, const char *key, const char *s, size_t n, bool blanks)
{
	if (!value_begin(d, key))
		return;
	if (d->form == DOC_JSON)
		buf_json_str(d->out, s, n);
	else
		plain_text(sink(d), s, n, blanks);
	value_end(d);
}

void doc_strn(struct doc *d, const char *key, const char *s, size_t n)
{
	put_string(d, key, s, n, d->form != DOC_TABLE);
}

void doc_str(struct doc *d, const char *key, const char *s)
{
	doc_strn(d, key, s, strlen(s));
}

void doc_phrase(struct doc *d, const char *key, const char *s)
{
	put_string(d, key, s, strlen(s), true);
}

void doc_named(struct doc *d, const char *key, uint64_t v, const char *name)
{
	if (name)
		doc_str(d, key, name);
	else
		doc_u64(d, key, v);
}

void doc_said(struct doc *d, const char *key, int64_t v, const char *text)
{
	if (d->form == DOC_JSON)
		doc_i64(d, key, v);
	else
		doc_str(d, key, text);
}

void doc_none(struct doc *d, const char *key, const char *text)
{
	if (d->form == DOC_JSON)
		doc_raw(d, key, "null", 4);
	else
		doc_str(d, key, text);
}

void flag_words(uint64_t v, const struct flag_word *words, struct buf *out)
{
	size_t begin = out->len;

	for (; words->word; words++) {
		if (!(v & words->bit))
			continue;
		v &= ~words->bit;
		buf_printf(out, "%s%s", out->len > begin ? "," : "", words->word);
	}
	if (v)
		buf_printf(out, "%s0x%llx", out->len > begin ? "," : "", (unsigned long long)v);
	if (out->len == begin)
		buf_char(out, '0');
}

void doc_flags(struct doc *d, const char *key, const char *words_key, uint64_t v,
	       const struct flag_word *words)
{
	struct buf text __buf_free = {};

	if (d->form == DOC_JSON) {
		doc_u64(d, key, v);
		doc_array(d, words_key);
		for (; words->word; words++)
			if (v & words->bit)
				doc_str(d, NULL, words->word);
		doc_close(d);
		return;
	}
	flag_words(v, words, &text);
	doc_str(d, key, buf_cstr(&text));
}

void doc_time(struct doc *d, const char *key, time_t v)
{
	char text[40];
	struct tm tm;

	if (!localtime_r(&v, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S%z", &tm))
		doc_i64(d, key, v);
	else
		doc_said(d, key, v, text);
}

void doc_raw(struct doc *d, const char *key, const char *json, size_t n)
{
	if (!value_begin(d, key))
		return;
	buf_add(sink(d), json, n);
	value_end(d);
}

/* Behind the JSON value at `at`: at a comma, at what closes the object around it, or at `end`. */
static const char *value_end_of(const char *at, const char *end)
{
	int depth = 0;

	for (bool quoted = false; at < end; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '\\')
			at++;
		else if (!quoted && (*at == '{' || *at == '['))
			depth++;
		else if (!quoted && (*at == '}' || *at == ']') && --depth < 0)
			break;
		else if (!quoted && *at == ',' && !depth)
			break;
	}
	return at < end ? at : end;
}

/* Keys and values, from behind the object's brace. */
static void json_members(struct doc *d, const char *at, const char *end)
{
	struct buf key __buf_free = {};

	while (at < end && *at == '"') {
		const char *colon = memchr(at, ':', (size_t)(end - at)), *next;

		if (!colon || colon - at < 2)
			break;
		next = value_end_of(colon + 1, end);
		buf_reset(&key);
		buf_add(&key, at + 1, (size_t)(colon - at) - 2);
		doc_json(d, buf_cstr(&key), colon + 1, (size_t)(next - colon) - 1);
		at = next + 1;
	}
}

void doc_json(struct doc *d, const char *key, const char *json, size_t n)
{
	bool as_text = d->form == DOC_TEXT;

	if (as_text && n && *json == '{' && d->depth < MAX_DEPTH) {
		doc_object(d, key);
		json_members(d, json + 1, json + n);
		doc_close(d);
	} else if (as_text && n > 1 && *json == '"') {
		doc_raw(d, key, json + 1, n - 2);
	} else {
		doc_raw(d, key, json, n);
	}
}
