/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TYPED_MEMBER_H
#define BPFVIEW_TYPED_MEMBER_H

#include "span.h"
#include "typed_plan.h"

/* Finding the members of objects in a plan by their names, as written in JSON without quotes. */

/* Whether op `i` has the name. */
bool member_is(const struct plan *p, uint32_t i, struct span name);

/* Whether the members of what op `i` opens can be named as if they stood next to it: those of
 * anonymous structs and unions, and the variables of a DATASEC. */
bool member_is_transparent(const struct plan *p, uint32_t i);

/* Finds a member of the object (or list of variables) that op `scope` opens; *in_union is set, else
 * left alone, if a union is between the two or is the object itself.  0, or -EINVAL with words. */
int member_find(const struct plan *p, uint32_t scope, struct span name, uint32_t *out,
		bool *in_union, struct problem *why);

/* Whether op `i` ends an object or a list. */
static inline bool member_is_end(const struct plan *p, uint32_t i)
{
	return p->ops[i].kind == PLAN_CLOSE || p->ops[i].kind == PLAN_LIST_END;
}

#endif
