// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_plan.h"

#include <endian.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

/* An array that is being walked; the outermost stands for the value itself. */
struct frame {
	uint32_t op;
	uint32_t left; /* elements */
	size_t base;   /* of what is around the array */
};

struct walk {
	const struct plan *plan;
	const uint8_t *data;
	size_t size;
	size_t base; /* what offsets count from */
	struct frame *frames;
	unsigned int depth;
	struct buf *out;
};

static uint64_t load_uint(const uint8_t *at, uint32_t size)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (size) {
	case 1: return *at;
	case 2: memcpy(&v16, at, sizeof(v16)); return v16;
	case 4: memcpy(&v32, at, sizeof(v32)); return v32;
	default: memcpy(&v64, at, sizeof(v64)); return v64;
	}
}

static int64_t load_int(const uint8_t *at, uint32_t size)
{
	unsigned int unused = 64 - 8 * size;

	return (int64_t)(load_uint(at, size) << unused) >> unused;
}

/* Bits are counted as C does: from the least significant on little-endian machines, else from the
 * most significant. */
static u128 load_bits(const uint8_t *at, unsigned int first, unsigned int n)
{
	u128 v = 0;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int bit = BYTE_ORDER == LITTLE_ENDIAN ? first + n - 1 - i : first + i;
		unsigned int shift = BYTE_ORDER == LITTLE_ENDIAN ? bit % 8 : 7 - bit % 8;

		v = v << 1 | (at[bit / 8] >> shift & 1);
	}
	return v;
}

static void render_bits(const struct plan_op *op, const uint8_t *at, struct buf *out)
{
	u128 v = load_bits(at, op->bits_at, op->bits);
	char digits[32];
	size_t n = sizeof(digits);

	do {
		digits[--n] = "0123456789abcdef"[(unsigned int)v & 15];
		v >>= 4;
	} while (v);
	buf_add(out, "\"0x", 3);
	buf_add(out, digits + n, sizeof(digits) - n);
	buf_char(out, '"');
}

static void render_bool(const uint8_t *at, uint32_t size, struct buf *out)
{
	buf_str(out, load_uint(at, size) ? "true" : "false");
}

static void render_enum(const struct plan *p, const struct plan_op *op, const uint8_t *at,
			struct buf *out)
{
	const struct plan_enumerator *e = op->count ? &p->enumerators[op->first] : NULL;
	uint64_t v = load_uint(at, op->size);
	uint32_t low = 0, high = op->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (e[middle].value < v)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < op->count && e[low].value == v)
		buf_add(out, p->names.data + e[low].name, e[low].name_len);
	else
		buf_i64(out, load_int(at, op->size));
}

/* The shortest number that reads back as the same. */
static void render_number(double v, bool single, struct buf *out)
{
	char text[40];

	for (int precision = single ? FLT_DIG : DBL_DIG; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, v);
		if (single ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
			break;
	}
	buf_str(out, text);
}

static void render_float(const uint8_t *at, uint32_t size, struct buf *out)
{
	struct plan_op bytes = {.bits = (uint8_t)(8 * size)};
	double v;
	float f;

	if (size == sizeof(f)) {
		memcpy(&f, at, sizeof(f));
		v = (double)f;
	} else if (size == sizeof(v)) {
		memcpy(&v, at, sizeof(v));
	} else { /* formats that C has no type for everywhere */
		render_bits(&bytes, at, out);
		return;
	}
	if (isnan(v))
		buf_str(out, "\"NaN\"");
	else if (isinf(v))
		buf_str(out, v < 0 ? "\"-Inf\"" : "\"Inf\"");
	else
		render_number(v, size == sizeof(f), out);
}

/* One character; those beyond ASCII are taken as Latin-1, as bpftool does. */
static void render_char(const uint8_t *at, struct buf *out)
{
	buf_json_str(out, (const char *)at, 1);
}

static void render_prog(const struct plan *p, const struct plan_op *op, const uint8_t *at,
			struct buf *out)
{
	uint64_t id = load_uint(at, op->size);

	buf_char(out, '"');
	buf_add(out, p->names.data + op->first, op->count);
	buf_char(out, ' ');
	if (id)
		p->program((uint32_t)id, out);
	else
		buf_char(out, '0');
	buf_char(out, '"');
}

static void render_scalar(struct walk *w, const struct plan_op *op)
{
	uint64_t at = (uint64_t)w->base + op->offset;
	const uint8_t *data;

	if (at + op->size > w->size) {
		buf_add(w->out, "null", 4);
		return;
	}
	data = w->data + at;
	switch (op->kind) {
	case PLAN_UINT: buf_u64(w->out, load_uint(data, op->size)); break;
	case PLAN_INT: buf_i64(w->out, load_int(data, op->size)); break;
	case PLAN_BOOL: render_bool(data, op->size, w->out); break;
	case PLAN_CHAR: render_char(data, w->out); break;
	case PLAN_ENUM: render_enum(w->plan, op, data, w->out); break;
	case PLAN_FLOAT: render_float(data, op->size, w->out); break;
	case PLAN_BITS: render_bits(op, data, w->out); break;
	case PLAN_PROG: render_prog(w->plan, op, data, w->out); break;
	default: buf_add(w->out, "null", 4);
	}
}

/* How many elements of the array are there to be shown. */
static uint32_t elements(const struct walk *w, const struct plan_op *op)
{
	uint64_t at = (uint64_t)w->base + op->offset, room;

	if (!op->size)
		return op->count;
	if (op->flexible && w->size <= w->plan->size)
		return 0;
	if (at >= w->size)
		return 0;
	/* Of a last element that is cut off its whole members are shown; a flexible array has none.
	 */
	room = (w->size - at + (op->flexible ? 0 : op->size - 1)) / op->size;
	return op->flexible || room < op->count ? (uint32_t)room : op->count;
}

/* Shows an array of char as a string if it is one; returns whether it was. */
static bool render_text(struct walk *w, const struct plan_op *op)
{
	uint32_t n = elements(w, op);
	const uint8_t *data, *end;

	if (!n)
		return false;
	data = w->data + w->base + op->offset;
	end = memchr(data, '\0', n);
	if (!end)
		return false;
	for (const uint8_t *c = data; c < end; c++)
		if (*c < 0x20 || *c > 0x7e)
			return false;
	buf_json_str(w->out, (const char *)data, (size_t)(end - data));
	return true;
}

/* Returns the op to go on with. */
static uint32_t begin_array(struct walk *w, uint32_t i)
{
	const struct plan_op *op = &w->plan->ops[i];
	uint32_t n = elements(w, op);

	buf_char(w->out, '[');
	if (!n) {
		buf_char(w->out, ']');
		return op->first;
	}
	w->frames[++w->depth] = (struct frame){.op = i, .left = n, .base = w->base};
	w->base += op->offset;
	return i + 1;
}

static uint32_t next_element(struct walk *w, uint32_t i)
{
	struct frame *f = &w->frames[w->depth];

	if (--f->left) {
		buf_char(w->out, ',');
		w->base += w->plan->ops[f->op].size;
		return f->op + 1;
	}
	buf_char(w->out, ']');
	w->base = f->base;
	w->depth--;
	return i + 1;
}

void plan_render(const struct plan *p, const void *data, size_t size, struct buf *out)
{
	/* Not zeroed: that would cost as much as all the rest. */
	struct frame frames[PLAN_DEPTH + 1];
	struct walk w = {.plan = p, .data = data, .size = size, .frames = frames, .out = out};

	frames[0] = (struct frame){.left = 1};
	for (uint32_t i = 0; i < p->nops;) {
		const struct plan_op *op = &p->ops[i];

		if (op->label_len)
			buf_add(out, p->names.data + op->label, op->label_len);
		switch (op->kind) {
		case PLAN_OPEN: buf_char(out, '{'); break;
		case PLAN_CLOSE: buf_char(out, '}'); break;
		case PLAN_LIST: buf_char(out, '['); break;
		case PLAN_LIST_END: buf_char(out, ']'); break;
		case PLAN_TEXT:
			if (render_text(&w, op)) {
				i = op->first;
				continue;
			}
			break;
		case PLAN_ARRAY: i = begin_array(&w, i); continue;
		case PLAN_ARRAY_END: i = next_element(&w, i); continue;
		default: render_scalar(&w, op);
		}
		i++;
	}
}
