/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TYPED_PARSE_IMPL_H
#define BPFVIEW_TYPED_PARSE_IMPL_H

#include "span.h"
#include "typed_plan.h"

/* What the parts of the parser of values share. */

struct parser {
	const struct plan *p;
	struct span text;
	uint8_t *data;
	const uint8_t *old; /* what was there before; NULL without unions */
	size_t size;
	struct problem *why;
	uint32_t *seen;	  /* by op: the last object in which it was given */
	uint32_t objects; /* so many were begun */
	bool nested;	  /* the value is inside another */
};

/* A value in the plan and in memory. */
struct part {
	uint32_t op;
	size_t base;	 /* what its offset counts from */
	uint32_t object; /* the number of the object that it is a member of, 0: none */
	bool in_union;	 /* other members lie in the same memory */
};

/* How many elements an array has room for. */
size_t parser_elements(const struct parser *s, struct part at);

/* Takes the path of a field and the equals sign, and moves *at from the whole value to the field:
 * 0, or -EINVAL with words. */
int parser_path(struct parser *s, struct part *at);

#endif
