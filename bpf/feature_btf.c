// SPDX-License-Identifier: GPL-2.0-or-later
#include "feature_btf.h"

#include "index.h"
#include "kbtf.h"
#include "proto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KFUNC_TAG	 "bpf_kfunc"
#define STRUCT_OPS_VALUE "bpf_struct_ops_"

/* A type that a list is about; names live as long as the BTF. */
struct item {
	const struct btf *btf;
	const char *module; /* "vmlinux" for the kernel itself */
	const char *name;
	uint32_t id;
	uint32_t order; /* in which it was found */
};

/* All BTF of the kernel. */
struct scan {
	const struct index *index;
	struct btf_ref *refs; /* as many as the index has entries; some empty */
	struct buf items;     /* struct item each */
};

static const char *type_name(const struct btf *btf, const struct btf_type *t)
{
	const char *name = btf__name_by_offset(btf, t->name_off);

	return name ? name : "";
}

static const char *without(const char *prefix, const char *name)
{
	size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) && name[n] ? name + n : NULL;
}

static const struct item *items_of(const struct scan *s, size_t *n)
{
	*n = s->items.len / sizeof(struct item);
	return (const struct item *)s->items.data;
}

/* --- picking: the name of what a type stands for in a list and its id; NULL when it is nothing ---
 */

typedef const char *(*pick_fn)(const struct btf *btf, uint32_t *id);

static const char *pick_kfunc(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);
	const struct btf_type *func;

	if (!btf_is_decl_tag(t) || strcmp(type_name(btf, t), KFUNC_TAG) != 0)
		return NULL;
	func = btf__type_by_id(btf, t->type);
	if (!func || !btf_is_func(func))
		return NULL;
	*id = t->type;
	return type_name(btf, func);
}

/* The struct is the member `data` of its wrapper. */
static const char *pick_struct_ops(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);
	const char *name = btf_is_struct(t) ? without(STRUCT_OPS_VALUE, type_name(btf, t)) : NULL;
	const struct btf_type *ops;
	const struct btf_member *last;

	if (!name || !btf_vlen(t))
		return NULL;
	last = btf_members(t) + btf_vlen(t) - 1;
	ops = btf__type_by_id(btf, last->type);
	if (!ops || !btf_is_struct(ops) || strcmp(type_name(btf, ops), name) != 0)
		return NULL;
	*id = last->type;
	return name;
}

/* --- scanning --- */

static void scan_types(struct scan *s, const struct btf_ref *ref, const char *module, pick_fn pick)
{
	uint32_t n = btf__type_cnt(ref->btf);
	uint32_t first = ref->base && ref->btf != ref->base ? btf__type_cnt(ref->base) : 1;

	for (uint32_t i = first; i < n; i++) {
		struct item item = {.btf = ref->btf, .module = module, .id = i, .order = i};

		item.name = pick(ref->btf, &item.id);
		if (item.name)
			buf_add(&s->items, &item, sizeof(item));
	}
}

static int by_name(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = strcmp(x->module, y->module);
	return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

static void scan_close(struct scan *s)
{
	for (size_t i = 0; s->refs && i < s->index->n; i++)
		if (s->refs[i].btf)
			btf_close(&s->refs[i]);
	free(s->refs);
	index_put(KIND_BTF, s->index);
	buf_free(&s->items);
}

/* Finds what `pick` picks; modules that go away meanwhile are left out. */
static int scan_open(struct scan *s, pick_fn pick)
{
	bool any = false;
	int err = index_get(KIND_BTF, &s->index);

	if (err)
		return err;
	s->refs = calloc(s->index->n + 1, sizeof(*s->refs));
	for (size_t i = 0; s->refs && i < s->index->n; i++) {
		const struct index_entry *e = &s->index->entries[i];

		if (e->type != 1 || btf_open(e->id, &s->refs[i]))
			continue;
		scan_types(s, &s->refs[i], e->name, pick);
		any = true;
	}
	if (!s->refs || s->items.err)
		err = -ENOMEM;
	else if (!any)
		err = -ENOENT;
	if (err)
		scan_close(s);
	else if (s->items.len)
		qsort(s->items.data, s->items.len / sizeof(struct item), sizeof(struct item),
		      by_name);
	return err;
}

/* --- lists --- */

static void describe_prototype(struct doc *d, const struct item *item)
{
	struct buf text __buf_free = {};

	proto_render(item->btf, item->id, &text);
	doc_phrase(d, "prototype", buf_cstr(&text));
}

/* What a list says of an item besides its name. */
typedef void (*describe_fn)(struct doc *d, const struct item *item);

static int list(enum doc_form form, const char *const *columns, pick_fn pick, describe_fn describe,
		struct buf *out)
{
	struct scan s = {};
	const struct item *items;
	struct doc *d;
	size_t n;
	int err = scan_open(&s, pick);

	if (err)
		return err;
	items = items_of(&s, &n);
	d = doc_begin(form, out, form == DOC_TABLE ? columns : NULL);
	if (d) {
		doc_list(d);
		for (size_t i = 0; i < n; i++) {
			doc_object(d, NULL);
			doc_str(d, "name", items[i].name);
			doc_str(d, "btf", items[i].module);
			doc_u64(d, "type_id", items[i].id);
			describe(d, &items[i]);
			doc_close(d);
		}
		doc_close(d);
		err = doc_end(d);
	}
	scan_close(&s);
	return d ? err : -ENOMEM;
}

/* The tags of a function stand right behind one another, wherever they are. */
static void describe_kfunc(struct doc *d, const struct item *item)
{
	const struct btf_type *t;

	doc_array(d, "tags");
	for (uint32_t i = item->order + 1;
	     (t = btf__type_by_id(item->btf, i)) && btf_is_decl_tag(t) && t->type == item->id; i++)
		doc_str(d, NULL, type_name(item->btf, t));
	doc_close(d);
	describe_prototype(d, item);
}

static const struct btf_type *pointee(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	return t && btf_is_ptr(t) ? btf__type_by_id(btf, t->type) : NULL;
}

/* The functions that a program can be. */
static void describe_struct_ops(struct doc *d, const struct item *item)
{
	const struct btf_type *t = btf__type_by_id(item->btf, item->id);
	const struct btf_member *m = btf_members(t);

	doc_u64(d, "size", t->size);
	doc_array(d, "functions");
	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *to = pointee(item->btf, m[i].type);

		if (to && btf_is_func_proto(to))
			doc_str(d, NULL, btf__name_by_offset(item->btf, m[i].name_off));
	}
	doc_close(d);
}

int feature_list_kfuncs(enum doc_form form, struct buf *out)
{
	static const char *const columns[] = {"name", "btf", "tags", "prototype", NULL};

	return list(form, columns, pick_kfunc, describe_kfunc, out);
}

int feature_list_struct_ops(enum doc_form form, struct buf *out)
{
	static const char *const columns[] = {"name", "btf", "functions", NULL};

	return list(form, columns, pick_struct_ops, describe_struct_ops, out);
}
