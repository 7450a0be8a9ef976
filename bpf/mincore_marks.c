// SPDX-License-Identifier: GPL-2.0-or-later
#include "mincore_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int marks_init(struct marks *m, const struct btf *kernel)
{
	*m = (struct marks){.kernel = kernel, .end = btf__type_cnt(kernel)};
	m->types = calloc(m->end, sizeof(*m->types));
	m->waiting = calloc(m->end, sizeof(*m->waiting));
	return m->types && m->waiting ? 0 : -ENOMEM;
}

void marks_free(struct marks *m)
{
	for (uint32_t id = 0; m->types && id < m->end; id++)
		free(m->types[id].members);
	free(m->types);
	free(m->waiting);
	*m = (struct marks){};
}

bool marks_member(const struct marks *m, uint32_t id, uint32_t member)
{
	const struct mark *mark = &m->types[id];

	return mark->members && mark->members[member];
}

/* A type is waiting once at most, so there is room for it. */
static void want(struct marks *m, uint32_t id, enum keep keep)
{
	struct mark *mark = id < m->end ? &m->types[id] : NULL;

	if (!id || !mark || mark->keep >= keep)
		return;
	mark->keep = (uint8_t)keep;
	if (!mark->waiting) {
		mark->waiting = true;
		m->waiting[m->n_waiting++] = id;
	}
}

static void want_params(struct marks *m, const struct btf_type *t, enum keep keep)
{
	const struct btf_param *param = btf_params(t);

	want(m, t->type, keep);
	for (uint32_t i = 0; i < btf_vlen(t); i++)
		want(m, param[i].type, keep);
}

/* Wants what a type refers to. */
static void follow(struct marks *m, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);
	enum keep keep = m->types[id].keep;

	if (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t)) {
		want(m, t->type, keep);
	} else if (btf_is_array(t)) {
		want(m, btf_array(t)->type, keep);
		want(m, btf_array(t)->index_type, KEEP_SIZE);
	} else if (btf_is_ptr(t) && keep >= KEEP_POINTEE) {
		want(m, t->type, KEEP_POINTEE);
	} else if (btf_is_func_proto(t)) {
		want_params(m, t, keep);
	}
}

static void follow_all(struct marks *m)
{
	while (m->n_waiting) {
		uint32_t id = m->waiting[--m->n_waiting];

		m->types[id].waiting = false;
		follow(m, id);
	}
}

static int mark_member(struct marks *m, uint32_t id, uint32_t member)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);
	struct mark *mark = &m->types[id];

	if (!mark->members)
		mark->members = calloc(btf_vlen(t), 1);
	if (!mark->members)
		return -ENOMEM;
	mark->members[member] = 1;
	want(m, id, KEEP_SIZE);
	want(m, btf_members(t)[member].type, KEEP_SIZE);
	return 0;
}

/* Marks the member of that name, and anonymous structs around it.  *type is what it has: 1 found, 0
 * not, -errno. */
static int find_member(struct marks *m, uint32_t id, const char *name, uint32_t *type, int depth)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);
	int found = 0;

	if (!btf_is_composite(t) || depth == CORE_DEPTH)
		return 0;
	for (uint32_t i = 0; i < btf_vlen(t) && !found; i++) {
		const struct btf_member *member = btf_members(t) + i;
		const char *its = btf__str_by_offset(m->kernel, member->name_off);

		if (its && *its) {
			found = !strcmp(its, name);
			if (found)
				*type = member->type;
		} else {
			found = find_member(m, core_resolve(m->kernel, member->type), name, type,
					    depth + 1);
		}
		if (found > 0 && mark_member(m, id, i))
			found = -ENOMEM;
	}
	return found;
}

static int mark_field(struct marks *m, const struct core_relo *relo, uint32_t id)
{
	struct core_path path;
	int err = core_path(relo, &path), found;

	for (size_t i = 0; i < path.n && !err; i++) {
		uint32_t at = core_resolve(m->kernel, id);
		const struct btf_type *t = btf__type_by_id(m->kernel, at);

		if (path.steps[i]) {
			found = find_member(m, at, path.steps[i], &id, 0);
			if (found <= 0)
				return found;
		} else if (btf_is_array(t)) {
			id = btf_array(t)->type;
		} else {
			return 0;
		}
	}
	return err;
}

static int mark_match(struct marks *m, const struct btf *local, uint32_t local_id, uint32_t id,
		      int depth);

/* Members match by their names, anonymous ones by having none. */
static int mark_matching_members(struct marks *m, const struct btf *local, const struct btf_type *l,
				 uint32_t id, int depth)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);
	const struct btf_member *theirs = btf_members(t);
	int err = 0;

	for (uint32_t i = 0; i < btf_vlen(l) && !err; i++) {
		const struct btf_member *mine = btf_members(l) + i;
		const char *name = btf__str_by_offset(local, mine->name_off);

		for (uint32_t j = 0; j < btf_vlen(t) && !err; j++) {
			const char *its = btf__str_by_offset(m->kernel, theirs[j].name_off);

			if (!name || !its || strcmp(name, its) != 0)
				continue;
			err = mark_member(m, id, j);
			if (!err)
				err = mark_match(m, local, mine->type, theirs[j].type, depth + 1);
		}
	}
	return err;
}

/* What a type is compared by: the members that the local one has too, and no members of what is
 * behind pointers. */
static int mark_match(struct marks *m, const struct btf *local, uint32_t local_id, uint32_t id,
		      int depth)
{
	uint32_t at = core_resolve(m->kernel, id);
	const struct btf_type *l = btf__type_by_id(local, core_resolve(local, local_id));
	const struct btf_type *t = btf__type_by_id(m->kernel, at);

	want(m, id, KEEP_POINTEE);
	if (depth == CORE_DEPTH)
		return 0;
	if (btf_is_array(l) && btf_is_array(t))
		return mark_match(m, local, btf_array(l)->type, btf_array(t)->type, depth + 1);
	if (btf_is_composite(l) && btf_is_composite(t))
		return mark_matching_members(m, local, l, at, depth);
	return 0;
}

int marks_add(struct marks *m, const struct core_relo *relo, uint32_t id)
{
	int err = 0;

	if (core_is_field(relo->kind)) {
		want(m, id, KEEP_SIZE);
		err = mark_field(m, relo, id);
	} else if (core_is_enumerator(relo->kind)) {
		want(m, id, KEEP_SIZE);
	} else if (relo->kind == BPF_CORE_TYPE_MATCHES) {
		err = mark_match(m, relo->btf, relo->type_id, id, 0);
	} else {
		want(m, id, KEEP_POINTEE);
	}
	follow_all(m);
	return err;
}
