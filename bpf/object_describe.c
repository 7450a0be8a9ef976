// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include "bpffs.h"
#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- parts --- */

int object_each_part(struct object *o, enum object_part part,
		     int (*fn)(const char *name, void *arg), void *arg)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	int err = object_need(o, NULL);

	if (err) /* without a file it has no parts */
		return err == -EINVAL && !o->kept ? 0 : err;
	switch (part) {
	case OBJECT_MAP:
		bpf_object__for_each_map (map, o->file.obj)
			if (!err)
				err = fn(object_map_name(o, map), arg);
		return err;
	case OBJECT_PROG:
		bpf_object__for_each_program (prog, o->file.obj)
			if (!err)
				err = fn(bpf_program__name(prog), arg);
		return err;
	case OBJECT_VAR: return object_each_var(o, fn, arg);
	default: return 0;
	}
}

bool object_has_part(struct object *o, enum object_part part, const char *name)
{
	if (object_need(o, NULL))
		return false;
	switch (part) {
	case OBJECT_MAP: return object_find_map(o, name);
	case OBJECT_PROG: return object_find_prog(o, name);
	case OBJECT_VAR: return object_has_var(o, name);
	default: return false;
	}
}

/* --- documents --- */

static int count_link(const char *link, uint32_t id, void *arg)
{
	(void)link, (void)id;
	++*(unsigned int *)arg;
	return 0;
}

static const char *state_of(const struct object *o)
{
	unsigned int links = 0;

	if (!o->kept)
		return o->elf.len ? "open" : "empty";
	object_each_link(o->name, count_link, &links);
	return links ? "attached" : "loaded";
}

static void describe_id(struct doc *d, const struct object *o, enum kind kind, const char *name)
{
	uint32_t id;

	if (o->kept && !object_pinned(o->name, kind, name, &id))
		doc_u64(d, "id", id);
}

static void describe_parts(struct doc *d, const struct object *o)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	doc_array(d, "maps");
	bpf_object__for_each_map (map, o->file.obj) {
		uint32_t type = (uint32_t)bpf_map__type(map);

		doc_object(d, NULL);
		doc_str(d, "name", object_map_name(o, map));
		doc_named(d, "type", type, map_type_name(type));
		describe_id(d, o, KIND_MAP, object_map_name(o, map));
		doc_close(d);
	}
	doc_close(d);
	doc_array(d, "progs");
	bpf_object__for_each_program (prog, o->file.obj) {
		uint32_t type = (uint32_t)bpf_program__type(prog);

		doc_object(d, NULL);
		doc_str(d, "name", bpf_program__name(prog));
		doc_named(d, "type", type, prog_type_name(type));
		doc_str(d, "section", bpf_program__section_name(prog));
		describe_id(d, o, KIND_PROG, bpf_program__name(prog));
		doc_close(d);
	}
	doc_close(d);
}

static int describe_link_pin(const char *link, uint32_t id, void *arg)
{
	struct doc *d = arg;

	doc_object(d, NULL);
	doc_str(d, "name", link);
	doc_u64(d, "id", id);
	doc_close(d);
	return 0;
}

static void describe(struct doc *d, struct object *o)
{
	struct buf path __buf_free = {};

	doc_str(d, "name", o->name);
	doc_str(d, "state", state_of(o));
	if (!object_need(o, NULL))
		describe_parts(d, o);
	if (!o->kept)
		return;
	doc_array(d, "links");
	object_each_link(o->name, describe_link_pin, d);
	doc_close(d);
	bpffs_root(&path);
	buf_char(&path, '/');
	kept_path(o->name, NULL, NULL, &path);
	doc_str(d, "pinned", buf_cstr(&path));
}

int object_describe(struct object *o, enum doc_form form, struct buf *out)
{
	struct doc *d = doc_begin(form, out, NULL);

	if (!d)
		return -ENOMEM;
	doc_object(d, NULL);
	describe(d, o);
	doc_close(d);
	return doc_end(d);
}

/* --- all --- */

/* For a table: how many there are of what describe() names. */
static void describe_counts(struct doc *d, struct object *o)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	unsigned int progs = 0, maps = 0, links = 0;

	doc_str(d, "name", o->name);
	doc_str(d, "state", state_of(o));
	if (!object_need(o, NULL)) {
		bpf_object__for_each_program (prog, o->file.obj)
			progs++;
		bpf_object__for_each_map (map, o->file.obj)
			maps++;
	}
	object_each_link(o->name, count_link, &links);
	doc_u64(d, "progs", progs);
	doc_u64(d, "maps", maps);
	doc_u64(d, "links", links);
}

/* Names, one after the other with their NULs. */
static int collect(const char *name, void *arg)
{
	buf_add(arg, name, strlen(name) + 1);
	return ((struct buf *)arg)->err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Pointers to them, sorted; NULL when out of memory. */
static const char **sorted(const struct buf *names, size_t *n)
{
	const char **out, *name = names->data, *end = name + names->len;

	*n = 0;
	for (size_t i = 0; i < names->len; i++)
		*n += !names->data[i];
	out = calloc(*n + 1, sizeof(*out));
	if (!out)
		return NULL;
	for (size_t i = 0; name < end; name += strlen(name) + 1)
		out[i++] = name;
	qsort(out, *n, sizeof(*out), compare_names);
	return out;
}

static void describe_in_list(struct doc *d, enum doc_form form, const char *name)
{
	struct object *o;

	if (object_get(name, &o)) /* gone meanwhile */
		return;
	doc_object(d, NULL);
	if (form == DOC_TABLE)
		describe_counts(d, o);
	else
		describe(d, o);
	doc_close(d);
	object_put(o);
}

int object_list(enum doc_form form, struct buf *out)
{
	static const char *const columns[] = {"name", "state", "progs", "maps", "links", NULL};
	struct buf names __buf_free = {};
	const char **list;
	struct doc *d;
	size_t n;
	int err = object_each(collect, &names);

	if (err)
		return err;
	list = sorted(&names, &n);
	d = list ? doc_begin(form, out, form == DOC_TABLE ? columns : NULL) : NULL;
	if (!d) {
		free(list);
		return -ENOMEM;
	}
	doc_list(d);
	for (size_t i = 0; i < n; i++)
		describe_in_list(d, form, list[i]);
	doc_close(d);
	free(list);
	return doc_end(d);
}
