/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TYPED_PLAN_H
#define BPFVIEW_TYPED_PLAN_H

#include "typed.h"

#include <stdbool.h>

/* What a plan consists of: for those who walk it (rendering, parsing). */

enum plan_kind {
	PLAN_UINT,
	PLAN_INT,
	PLAN_BOOL,
	PLAN_CHAR,
	PLAN_ENUM,
	PLAN_FLOAT,
	PLAN_BITS, /* a bitfield, or an integer of more than 8 bytes: bits_at, bits */
	PLAN_PROG, /* the id of a program: first, count are its prototype in names */
	PLAN_NULL,
	PLAN_OPEN, /* '{' */
	PLAN_CLOSE,
	PLAN_TEXT,  /* an array of char; the PLAN_ARRAY that it is when it holds no text comes next
		     */
	PLAN_ARRAY, /* the ops of one element come next, then PLAN_ARRAY_END */
	PLAN_ARRAY_END,
	PLAN_LIST, /* '[' of a DATASEC's variables */
	PLAN_LIST_END,
};

enum {
	PLAN_DEPTH = 32, /* of types in each other; the kernel allows as many */
	PLAN_MAX_OPS = 1 << 16,
	PLAN_MAX_NAMES = 1 << 22, /* bytes */
};

/* Offsets are from the beginning of the value or, inside an array, of its element. */
struct plan_op {
	uint8_t kind;
	bool flexible;	 /* TEXT, ARRAY: as many elements as there is room for */
	bool is_union;	 /* OPEN */
	uint8_t bits_at; /* BITS: the first bit, counted from `offset` */
	uint8_t bits;	 /* BITS: how many, at most 128 */
	uint32_t size;	 /* bytes; of one element for TEXT and ARRAY; 0 for LIST */
	uint32_t offset;
	uint32_t count; /* TEXT, ARRAY: elements; ENUM: enumerators */
	uint32_t first; /* ENUM: index of the first; TEXT, ARRAY, OPEN, LIST: of the op behind it */
	uint32_t label; /* in `names`: what stands before the value, `,"name":` or less */
	uint32_t label_len;
};

/* Sorted by value; `name` is a JSON string with its quotes. */
struct plan_enumerator {
	uint64_t value; /* cut to the enum's size */
	uint32_t name;
	uint32_t name_len;
};

/* The op behind the value that begins at op `i`. */
static inline uint32_t plan_skip(const struct plan_op *ops, uint32_t i)
{
	switch (ops[i].kind) {
	case PLAN_OPEN:
	case PLAN_LIST:
	case PLAN_TEXT:
	case PLAN_ARRAY: return ops[i].first;
	default: return i + 1;
	}
}

struct plan {
	size_t size;
	struct plan_op *ops;
	uint32_t nops;
	struct plan_enumerator *enumerators;
	uint32_t nenumerators;
	struct buf names;
	bool has_union;
	bool flexible; /* ends in a flexible array */
	bool exact;    /* the rendering of a value says all there is in it */
	void (*program)(uint32_t prog_id, struct buf *out); /* names PLAN_PROG's */
};

/* Sets what follows from the ops of a plan: has_union, flexible, exact. */
void plan_examine(struct plan *p);

#endif
