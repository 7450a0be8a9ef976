// SPDX-License-Identifier: GPL-2.0-or-later
#include "target.h"

#include "index.h"
#include "kbtf.h"
#include "prog.h"

#include <errno.h>
#include <stdbool.h>

/* Programs, links and BTF objects as they are now. */
struct view {
	const struct index *progs, *links, *btfs;
};

static void view_put(struct view *v)
{
	if (v->progs)
		index_put(KIND_PROG, v->progs);
	if (v->links)
		index_put(KIND_LINK, v->links);
	if (v->btfs)
		index_put(KIND_BTF, v->btfs);
	*v = (struct view){};
}

static int view_get(struct view *v)
{
	int err = index_get(KIND_PROG, &v->progs);

	if (!err)
		err = index_get(KIND_LINK, &v->links);
	if (!err)
		err = index_get(KIND_BTF, &v->btfs);
	if (err)
		view_put(v);
	return err;
}

static bool is_kernel_btf(const struct view *v, uint32_t btf_id)
{
	const struct index_entry *btf = index_by_id(v->btfs, btf_id);

	return btf && btf->type;
}

/* The tracing link that attaches a program to another one: all that then tells of which. */
static const struct index_entry *link_to_prog(const struct view *v, const struct index_entry *prog)
{
	for (size_t i = 0; i < v->links->n; i++) {
		const struct index_entry *l = &v->links->entries[i];

		if (l->prog_id == prog->id && l->type == BPF_LINK_TYPE_TRACING && l->target_id)
			return l;
	}
	return NULL;
}

static bool has_function(uint32_t prog_id, uint32_t btf_type_id)
{
	bool found = false;
	struct prog p;

	if (prog_open(prog_id, PROG_FUNCS, &p))
		return false;
	for (uint32_t i = 0; p.funcs && !found && i < p.info.nr_func_info; i++)
		found = p.funcs[i].type_id == btf_type_id;
	prog_close(&p);
	return found;
}

/* Before it is attached only the BTF of the target is known, which several programs may share: the
 * first that has the function. */
static uint32_t prog_with_function(const struct view *v, uint32_t btf_id, uint32_t btf_type_id)
{
	for (size_t i = 0; i < v->progs->n; i++) {
		const struct index_entry *e = &v->progs->entries[i];

		if (e->btf_id == btf_id && has_function(e->id, btf_type_id))
			return e->id;
	}
	return 0;
}

static int find_of_prog(const struct view *v, const struct index_entry *prog, struct target *out)
{
	const struct index_entry *l;

	if (!prog || !prog->target_btf_id)
		return -ENOENT;
	*out = (struct target){KIND_BTF, prog->target_id, prog->target_btf_id};
	if (is_kernel_btf(v, prog->target_id))
		return 0;
	out->kind = KIND_PROG;
	if (prog->target_id) {
		out->id = prog_with_function(v, prog->target_id, prog->target_btf_id);
	} else if ((l = link_to_prog(v, prog))) {
		out->id = l->target_id;
		out->btf_type_id = l->target_btf_id;
	}
	return out->id ? 0 : -ENOENT;
}

static int find_of_link(const struct view *v, const struct index_entry *l, struct target *out)
{
	const struct index_entry *prog = l ? index_by_id(v->progs, l->prog_id) : NULL;

	if (!prog || l->type != BPF_LINK_TYPE_TRACING || !l->target_id)
		return -ENOENT;
	*out = (struct target){KIND_PROG, l->target_id, l->target_btf_id};
	if (is_kernel_btf(v, prog->target_id))
		out->kind = KIND_BTF;
	return 0;
}

int target_of_prog(uint32_t prog_id, struct target *out)
{
	struct view v = {};
	int err = view_get(&v);

	if (!err)
		err = find_of_prog(&v, index_by_id(v.progs, prog_id), out);
	view_put(&v);
	return err;
}

int target_of_link(uint32_t link_id, struct target *out)
{
	struct view v = {};
	int err = view_get(&v);

	if (!err)
		err = find_of_link(&v, index_by_id(v.links, link_id), out);
	view_put(&v);
	return err;
}

void target_name(const struct target *t, struct buf *out)
{
	const struct btf_type *type;
	const char *name = NULL;
	struct btf_ref btf;
	uint32_t btf_id = t->id;

	if (t->kind == KIND_PROG) {
		struct prog p;

		if (prog_open(t->id, 0, &p))
			return;
		btf_id = p.info.btf_id;
		prog_close(&p);
	}
	if (btf_open(btf_id, &btf))
		return;
	type = btf__type_by_id(btf.btf, t->btf_type_id);
	if (type)
		name = btf__name_by_offset(btf.btf, type->name_off);
	if (name)
		buf_str(out, name);
	btf_close(&btf);
}

int target_each_user(uint32_t prog_id, int (*fn)(uint32_t id, void *arg), void *arg)
{
	struct view v = {};
	int err = view_get(&v);

	for (size_t i = 0; !err && i < v.progs->n; i++) {
		struct target t;

		if (find_of_prog(&v, &v.progs->entries[i], &t) || t.kind != KIND_PROG ||
		    t.id != prog_id)
			continue;
		err = fn(v.progs->entries[i].id, arg);
	}
	view_put(&v);
	return err;
}
