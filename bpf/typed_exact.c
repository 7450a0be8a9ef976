// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_parse.h"
#include "typed_plan.h"

#include <stdlib.h>
#include <string.h>

/* How many bits of memory the rendering of a value tells all of. */
static uint64_t bits_shown(const struct plan *p, uint32_t i)
{
	const struct plan_op *op = &p->ops[i];
	uint64_t sum = 0;

	switch (op->kind) {
	case PLAN_UINT:
	case PLAN_INT:
	case PLAN_CHAR:
	case PLAN_ENUM: return 8 * (uint64_t)op->size;
	case PLAN_BITS: return op->bits;
	case PLAN_ARRAY: return op->flexible ? 0 : op->count * bits_shown(p, i + 1);
	case PLAN_OPEN:
		/* of a union all members are shown, but which of them says all is hard to tell */
		for (uint32_t m = i + 1; !op->is_union && p->ops[m].kind != PLAN_CLOSE;
		     m = plan_skip(p->ops, m))
			sum += bits_shown(p, m);
		return sum;
	default: return 0;
	}
}

void plan_examine(struct plan *p)
{
	for (uint32_t i = 0; i < p->nops; i++) {
		p->has_union |= p->ops[i].is_union;
		p->flexible |= p->ops[i].flexible;
	}
	p->exact = bits_shown(p, 0) == 8 * (uint64_t)p->size;
}

bool plan_is_flexible(const struct plan *p)
{
	return p->flexible;
}

bool plan_is_exact(const struct plan *p, const void *data, size_t size, const char *json,
		   size_t len)
{
	uint8_t *copy;
	bool same;

	if (p->exact && size == p->size)
		return true;
	copy = calloc(1, size ? size : 1);
	if (!copy)
		return false;
	same = !plan_parse(p, span_of(json, len), copy, size, NULL) && !memcmp(copy, data, size);
	free(copy);
	return same;
}
