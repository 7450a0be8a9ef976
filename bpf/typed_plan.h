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
	uint8_t bits_at; /* BITS: the first bit, counted from `offset` */
	uint8_t bits;	 /* BITS: how many, at most 128 */
	uint32_t size;	 /* bytes; of one element for TEXT and ARRAY */
	uint32_t offset;
	uint32_t count; /* TEXT, ARRAY: elements; ENUM: enumerators */
	uint32_t
	    first; /* ENUM: index of the first; TEXT, ARRAY: index of the op behind the array */
	uint32_t label; /* in `names`: what stands before the value, `,"name":` or less */
	uint32_t label_len;
};

/* Sorted by value; `name` is a JSON string with its quotes. */
struct plan_enumerator {
	uint64_t value; /* cut to the enum's size */
	uint32_t name;
	uint32_t name_len;
};

struct plan {
	size_t size;
	struct plan_op *ops;
	uint32_t nops;
	struct plan_enumerator *enumerators;
	uint32_t nenumerators;
	struct buf names;
	void (*program)(uint32_t prog_id, struct buf *out); /* names PLAN_PROG's */
};

#endif
