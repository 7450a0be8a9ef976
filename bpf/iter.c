// SPDX-License-Identifier: GPL-2.0-or-later
#include "iter.h"

#include "index.h"
#include "kbtf.h"
#include "link.h"
#include "proto.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#define FUNC_PREFIX    "bpf_iter_"
#define CONTEXT_PREFIX "bpf_iter__"

/* A target; the name lives as long as the BTF. */
struct target {
	const char *name;
	uint32_t func;
};

/* A live link, with the name of its target. */
struct iterator {
	uint32_t id, prog_id;
	char target[64];
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct target *)a)->name, ((const struct target *)b)->name);
}

/* Looked for by their contexts, which are few: finding a type by name takes a walk over all. */
static void find_targets(const struct btf *btf, struct buf *targets)
{
	uint32_t n = btf__type_cnt(btf);

	for (uint32_t i = 1; i < n; i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *name = btf_is_struct(t) ? btf__name_by_offset(btf, t->name_off) : NULL;
		struct buf func __buf_free = {};
		struct target target;
		int id;

		if (!name || strncmp(name, CONTEXT_PREFIX, strlen(CONTEXT_PREFIX)) != 0)
			continue;
		target.name = name + strlen(CONTEXT_PREFIX);
		buf_printf(&func, FUNC_PREFIX "%s", target.name);
		id = btf__find_by_name_kind(btf, buf_cstr(&func), BTF_KIND_FUNC);
		target.func = (uint32_t)id;
		if (id > 0)
			buf_add(targets, &target, sizeof(target));
	}
	if (targets->len)
		qsort(targets->data, targets->len / sizeof(struct target), sizeof(struct target),
		      compare);
}

static int find_links(struct buf *links)
{
	const struct index *x;
	int err = index_get(KIND_LINK, &x);

	if (err)
		return err;
	for (size_t i = 0; i < x->n; i++) {
		struct iterator it = {.id = x->entries[i].id};
		struct buf name __buf_free = {};
		struct link l;

		if (x->entries[i].type != BPF_LINK_TYPE_ITER || link_open(it.id, &l))
			continue;
		it.prog_id = l.info.known.prog_id;
		link_string(&l, offsetof(struct bpf_link_info, iter.target_name),
			    offsetof(struct bpf_link_info, iter.target_name_len), &name);
		link_close(&l);
		strncpy(it.target, buf_cstr(&name), sizeof(it.target) - 1);
		buf_add(links, &it, sizeof(it));
	}
	index_put(KIND_LINK, x);
	return links->err;
}

/* The struct that a parameter points to, "" when it is another type. */
static const char *points_to(const struct btf *btf, const struct btf_param *param)
{
	const struct btf_type *t = btf__type_by_id(btf, param->type);

	if (t && btf_is_ptr(t))
		t = btf__type_by_id(btf, t->type);
	return t && btf_is_struct(t) ? btf__name_by_offset(btf, t->name_off) : "";
}

/* What the walk can be limited to is handed to the program with each step; the first parameter is
 * struct bpf_iter_meta.  A map on its own is one of all maps. */
static const char *takes(const struct btf *btf, const struct btf_type *proto)
{
	for (uint16_t i = 1; i < btf_vlen(proto); i++) {
		const char *name = points_to(btf, btf_params(proto) + i);

		if (!strcmp(name, "task_struct"))
			return "task";
		if (!strcmp(name, "cgroup"))
			return "cgroup";
		if (!strcmp(name, "bpf_map") && btf_vlen(proto) > 2)
			return "map";
	}
	return NULL;
}

static const char *target_takes(const struct btf *btf, uint32_t func)
{
	const struct btf_type *proto = btf__type_by_id(btf, btf__type_by_id(btf, func)->type);

	return proto && btf_is_func_proto(proto) ? takes(btf, proto) : NULL;
}

const char *iter_takes(const char *name)
{
	struct buf func __buf_free = {};
	const char *limit = NULL;
	struct btf *btf;
	int id;

	if (kbtf_get(&btf))
		return NULL;
	buf_printf(&func, FUNC_PREFIX "%s", name);
	id = btf__find_by_name_kind(btf, buf_cstr(&func), BTF_KIND_FUNC);
	if (id > 0)
		limit = target_takes(btf, (uint32_t)id);
	kbtf_put(btf);
	return limit;
}

static void describe_links(struct doc *d, const struct buf *links, const char *target)
{
	const struct iterator *its = (const struct iterator *)links->data;

	doc_array(d, "links");
	for (size_t i = 0; i < links->len / sizeof(*its); i++) {
		if (strcmp(its[i].target, target) != 0)
			continue;
		doc_object(d, NULL);
		doc_u64(d, "id", its[i].id);
		doc_u64(d, "prog_id", its[i].prog_id);
		doc_close(d);
	}
	doc_close(d);
}

static void describe(struct doc *d, const struct btf *btf, const struct target *target,
		     const struct buf *links)
{
	const char *limit = target_takes(btf, target->func);
	struct buf text __buf_free = {};

	doc_object(d, NULL);
	doc_str(d, "name", target->name);
	doc_str(d, "btf", "vmlinux");
	doc_u64(d, "type_id", target->func);
	if (limit)
		doc_str(d, "takes", limit);
	describe_links(d, links, target->name);
	proto_render(btf, target->func, &text);
	doc_phrase(d, "prototype", buf_cstr(&text));
	doc_close(d);
}

int iter_list(enum doc_form form, struct buf *out)
{
	static const char *const columns[] = {"name", "btf", "takes", "links", "prototype", NULL};
	struct buf targets __buf_free = {}, links __buf_free = {};
	struct btf *btf;
	struct doc *d;
	int err = kbtf_get(&btf);

	if (err)
		return err;
	find_targets(btf, &targets);
	err = targets.err ? targets.err : find_links(&links);
	d = err ? NULL : doc_begin(form, out, form == DOC_TABLE ? columns : NULL);
	if (d) {
		const struct target *t = (const struct target *)targets.data;

		doc_list(d);
		for (size_t i = 0; i < targets.len / sizeof(*t); i++)
			describe(d, btf, &t[i], &links);
		doc_close(d);
		err = doc_end(d);
	} else if (!err) {
		err = -ENOMEM;
	}
	kbtf_put(btf);
	return err;
}
