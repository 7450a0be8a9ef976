// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_member.h"

#include "nearest.h"

#include <string.h>

/* What a label calls its value, without quotes; empty with at == NULL when it has no name. */
static struct span label_of(const struct plan *p, uint32_t i)
{
	const char *at = p->names.data + p->ops[i].label, *end = at + p->ops[i].label_len;

	if (at < end && *at == ',')
		at++;
	return at < end ? (struct span){at + 1, end - 2} : (struct span){};
}

bool member_is(const struct plan *p, uint32_t i, struct span name)
{
	struct span label = label_of(p, i);

	return label.at && span_len(label) == span_len(name) &&
	       !memcmp(label.at, name.at, span_len(name));
}

bool member_is_transparent(const struct plan *p, uint32_t i)
{
	struct span label = label_of(p, i);

	return p->ops[i].kind == PLAN_LIST ||
	       (p->ops[i].kind == PLAN_OPEN && (!span_len(label) || *label.at == '#'));
}

static bool find(const struct plan *p, uint32_t scope, struct span name, uint32_t *out,
		 bool *in_union)
{
	bool found = false;

	for (uint32_t i = scope + 1; !found && !member_is_end(p, i); i = plan_skip(p->ops, i)) {
		found = member_is(p, i, name);
		*out = i;
	}
	for (uint32_t i = scope + 1; !found && !member_is_end(p, i); i = plan_skip(p->ops, i))
		found = member_is_transparent(p, i) && find(p, i, name, out, in_union);
	if (found && p->ops[scope].is_union)
		*in_union = true;
	return found;
}

/* For nearest(): all names in an object, whatever their depth in what is transparent. */
struct names {
	const struct plan *p;
	uint32_t scope;
};

static const char *next_name(void *arg, size_t n, size_t *len)
{
	const struct names *names = arg;
	const struct plan *p = names->p;
	uint32_t end = plan_skip(p->ops, names->scope);

	for (uint32_t i = names->scope + 1; i < end;) {
		bool inside = member_is_end(p, i) || member_is_transparent(p, i);
		struct span label = label_of(p, i);

		if (span_len(label) && !inside && !n--) {
			*len = span_len(label);
			return label.at;
		}
		i = inside ? i + 1 : plan_skip(p->ops, i);
	}
	return NULL;
}

int member_find(const struct plan *p, uint32_t scope, struct span name, uint32_t *out,
		bool *in_union, struct problem *why)
{
	struct names names = {p, scope};

	if (find(p, scope, name, out, in_union))
		return 0;
	return nearest(why, name.at, "field", name, next_name, &names);
}
