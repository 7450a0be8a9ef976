// SPDX-License-Identifier: GPL-2.0-or-later
#include "mincore.h"

#include "mincore_impl.h"
#include "objfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The types of an object file, which its relocations point into. */
struct object {
	struct btf *btf;
	struct btf_ext *ext;
};

/* A relocation, by the name of the kernel type that it is about. */
struct wish {
	const char *name;
	size_t len;
	struct core_relo relo;
};

struct wishes {
	struct object *objects;
	size_t n_objects;
	struct buf list; /* of struct wish */
};

static int add_wish(const struct core_relo *relo, void *arg)
{
	struct wishes *all = arg;
	const struct btf_type *t = btf__type_by_id(relo->btf, relo->type_id);
	struct wish wish = {.name = btf__str_by_offset(relo->btf, t->name_off), .relo = *relo};

	/* This one asks nothing of the kernel. */
	if (relo->kind == BPF_CORE_TYPE_ID_LOCAL || !wish.name || !*wish.name)
		return 0;
	wish.len = core_name_len(wish.name);
	buf_add(&all->list, &wish, sizeof(wish));
	return all->list.err;
}

static int read_object(struct wishes *all, const char *path, struct problem *why)
{
	struct object *object = &all->objects[all->n_objects];
	int err = objfile_check(path, why);

	if (err)
		return err;
	object->btf = btf__parse_elf(path, &object->ext);
	if (!object->btf)
		return errno == ENODATA ? problem(why, -ENODATA, NULL, "%s has no BTF", path)
					: problem_errno(why, -errno, path);
	all->n_objects++;
	/* Without .BTF.ext there are no relocations. */
	err = object->ext ? core_relos(object->btf, object->ext, add_wish, all) : 0;
	return err ? problem_errno(why, err, path) : 0;
}

static int compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : a_len < b_len ? -1 : a_len > b_len;
}

static int compare(const void *left, const void *right)
{
	const struct wish *a = left, *b = right;

	return compare_names(a->name, a->len, b->name, b->len);
}

/* The first wish about types of that name or one behind it. */
static size_t first_wish(const struct wish *wishes, size_t n, const char *name, size_t len)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (compare_names(wishes[middle].name, wishes[middle].len, name, len) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static bool same_kind(const struct core_relo *relo, const struct btf_type *t)
{
	const struct btf_type *its = btf__type_by_id(relo->btf, relo->type_id);

	return btf_kind(its) == btf_kind(t) || (btf_is_any_enum(its) && btf_is_any_enum(t));
}

static int fulfil(struct marks *m, const struct wish *wishes, size_t n)
{
	int err = 0;

	for (uint32_t id = 1; id < m->end && !err; id++) {
		const struct btf_type *t = btf__type_by_id(m->kernel, id);
		const char *name = btf__str_by_offset(m->kernel, t->name_off);
		size_t len;

		if (!name || !*name)
			continue;
		len = core_name_len(name);
		for (size_t i = first_wish(wishes, n, name, len); i < n && !err; i++) {
			if (compare_names(wishes[i].name, wishes[i].len, name, len) != 0)
				break;
			if (same_kind(&wishes[i].relo, t))
				err = marks_add(m, &wishes[i].relo, id);
		}
	}
	return err;
}

static int write(const struct btf *kernel, struct wishes *all, struct buf *out)
{
	struct wish *wishes = (void *)all->list.data;
	size_t n = all->list.len / sizeof(*wishes);
	struct marks m;
	int err = marks_init(&m, kernel);

	if (!err && n) {
		qsort(wishes, n, sizeof(*wishes), compare);
		err = fulfil(&m, wishes, n);
	}
	if (!err)
		err = marks_write(&m, out);
	marks_free(&m);
	return err;
}

int mincore_write(const struct btf *kernel, const char *const *paths, size_t n, struct buf *out,
		  struct problem *why)
{
	struct wishes all = {.objects = calloc(n + 1, sizeof(*all.objects))};
	int err = 0;

	if (!all.objects)
		return problem_errno(why, -ENOMEM, "BTF");
	for (size_t i = 0; i < n && !err; i++)
		err = read_object(&all, paths[i], why);
	if (!err && (err = write(kernel, &all, out)))
		problem_errno(why, err, "BTF");
	for (size_t i = 0; i < all.n_objects; i++) {
		btf_ext__free(all.objects[i].ext);
		btf__free(all.objects[i].btf);
	}
	free(all.objects);
	buf_free(&all.list);
	return err;
}
