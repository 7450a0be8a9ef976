// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include "typed_parse.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Global variables: the fields of the maps that libbpf makes of a file's data sections. */

struct var {
	struct bpf_map *map;
	const char *section;
	uint32_t offset, size; /* in the section */
	uint32_t type;	       /* of the variable's value, in the object's BTF */
};

typedef int (*var_fn)(const char *name, const struct var *var, void *arg);

static int visit_section(const struct btf *btf, struct bpf_map *map, var_fn fn, void *arg)
{
	const struct btf_type *section = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
	const struct btf_var_secinfo *info;
	int err = 0;

	if (!section || !btf_is_datasec(section))
		return 0;
	info = btf_var_secinfos(section);
	for (uint16_t i = 0; !err && i < btf_vlen(section); i++, info++) {
		const struct btf_type *t = btf__type_by_id(btf, info->type);
		struct var var = {map, btf__name_by_offset(btf, section->name_off), info->offset,
				  info->size, t ? t->type : 0};

		if (t && btf_is_var(t))
			err = fn(btf__name_by_offset(btf, t->name_off), &var, arg);
	}
	return err;
}

static int visit_vars(const struct object *o, var_fn fn, void *arg)
{
	const struct btf *btf = bpf_object__btf(o->file.obj);
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map (map, o->file.obj) {
		if (!err && btf && bpf_map__is_internal(map))
			err = visit_section(btf, map, fn, arg);
	}
	return err;
}

struct search {
	const char *name;
	struct var found;
};

static int is_it(const char *name, const struct var *var, void *arg)
{
	struct search *s = arg;

	if (strcmp(name, s->name) != 0)
		return 0;
	s->found = *var;
	return 1;
}

static int find_var(const struct object *o, const char *name, struct var *out, struct problem *why)
{
	struct search s = {.name = name};

	if (visit_vars(o, is_it, &s) != 1)
		return problem(why, -ENOENT, NULL, "there is no variable of that name");
	*out = s.found;
	return 0;
}

struct names_visit {
	int (*fn)(const char *name, void *arg);
	void *arg;
};

static int visit_name(const char *name, const struct var *var, void *arg)
{
	const struct names_visit *v = arg;

	(void)var;
	return v->fn(name, v->arg);
}

int object_each_var(const struct object *o, int (*fn)(const char *name, void *arg), void *arg)
{
	struct names_visit v = {fn, arg};

	return visit_vars(o, visit_name, &v);
}

bool object_has_var(const struct object *o, const char *name)
{
	struct var var;

	return !find_var(o, name, &var, NULL);
}

/* --- memory --- */

/* The memory of a section: a first value, or that of a map. */
struct memory {
	uint8_t *data;
	size_t size;
	int fd;	     /* of the map, -1: none */
	bool mapped; /* what is written is in the map */
};

static void memory_close(struct memory *m)
{
	if (m->mapped)
		munmap(m->data, m->size);
	else if (m->fd >= 0)
		free(m->data);
	if (m->fd >= 0)
		close(m->fd);
}

/* Not every such map can be mapped: one with static variables only cannot. */
static int open_live(const struct object *o, const struct var *var, bool write, struct memory *m)
{
	struct bpf_map_info info = {};
	uint32_t id, len = sizeof(info), zero = 0;
	int err = object_pinned(o->name, KIND_MAP, object_map_name(o, var->map), &id);

	if (err)
		return err;
	m->fd = write ? bpf_map_get_fd_by_id(id) : kind_open(KIND_MAP, id);
	if (m->fd < 0)
		return m->fd;
	err = bpf_map_get_info_by_fd(m->fd, &info, &len);
	if (!err && (uint64_t)var->offset + var->size > info.value_size)
		err = -EINVAL; /* another map, that was to be used instead */
	m->size = info.value_size;
	if (!err && info.map_flags & BPF_F_MMAPABLE) {
		void *data = mmap(NULL, m->size, write ? PROT_READ | PROT_WRITE : PROT_READ,
				  MAP_SHARED, m->fd, 0);

		m->mapped = data != MAP_FAILED;
		m->data = m->mapped ? data : NULL;
	}
	if (!err && !m->mapped) {
		m->data = malloc(m->size);
		err = m->data ? bpf_map_lookup_elem(m->fd, &zero, m->data) : -ENOMEM;
	}
	if (err)
		memory_close(m);
	return err;
}

static int memory_open(const struct object *o, const struct var *var, bool write, struct memory *m)
{
	*m = (struct memory){.fd = -1};
	if (o->kept)
		return open_live(o, var, write, m);
	m->data = bpf_map__initial_value(var->map, &m->size);
	if (!m->data)
		return -EOPNOTSUPP;
	return (uint64_t)var->offset + var->size > m->size ? -EINVAL : 0;
}

/* Puts a value where programs see it, at once if a processor can: the bytes next to it are not
 * touched. */
static int store(const struct memory *m, const struct var *var, const void *value)
{
	uint8_t *to = m->data + var->offset;
	uint32_t zero = 0;

	if (m->mapped && var->size == 8 && !(var->offset % 8))
		__atomic_store_n((uint64_t *)(void *)to, *(const uint64_t *)value,
				 __ATOMIC_RELAXED);
	else if (m->mapped && var->size == 4 && !(var->offset % 4))
		__atomic_store_n((uint32_t *)(void *)to, *(const uint32_t *)value,
				 __ATOMIC_RELAXED);
	else if (m->mapped && var->size == 2 && !(var->offset % 2))
		__atomic_store_n((uint16_t *)(void *)to, *(const uint16_t *)value,
				 __ATOMIC_RELAXED);
	else
		memcpy(to, value, var->size);
	return m->mapped || m->fd < 0 ? 0 : bpf_map_update_elem(m->fd, &zero, m->data, BPF_EXIST);
}

/* --- reading and writing --- */

int object_show_var(struct object *o, const char *name, struct buf *out, struct problem *why)
{
	struct plan *plan = NULL;
	struct memory m;
	struct var var;
	int err = object_need(o, why);

	if (!err)
		err = find_var(o, name, &var, why);
	if (!err)
		err = memory_open(o, &var, false, &m);
	if (err)
		return err;
	err = plan_compile(bpf_object__btf(o->file.obj), var.type, &plan);
	if (!err) {
		plan_render(plan, m.data + var.offset, var.size, out);
		buf_char(out, '\n');
		plan_free(plan);
	}
	memory_close(&m);
	return err;
}

static int parse(const struct object *o, const struct var *var, struct span text, void *value,
		 struct problem *why)
{
	struct plan *plan = NULL;
	int err = plan_compile(bpf_object__btf(o->file.obj), var->type, &plan);

	if (err)
		return problem_errno(why, err, "its type");
	err = plan_is_path(text) ? plan_assign(plan, text, value, var->size, why)
				 : plan_parse(plan, text, value, var->size, why);
	plan_free(plan);
	return err;
}

int object_apply_var(struct object *o, const char *name, struct span text, struct problem *why)
{
	struct memory m = {};
	struct var var;
	void *value;
	int err = find_var(o, name, &var, why);

	if (err)
		return err;
	if (!strcmp(var.section, ".kconfig"))
		return problem(why, -EPERM, NULL,
			       "libbpf takes it from the kernel's configuration");
	if (o->kept && !strncmp(var.section, ".rodata", 7))
		return problem(why, -EPERM, NULL, "it is constant once it is loaded");
	err = memory_open(o, &var, true, &m);
	if (err)
		return problem_errno(why, err, "its memory");
	value = malloc(var.size ? var.size : 1);
	if (value) {
		memcpy(value, m.data + var.offset, var.size);
		err = parse(o, &var, text, value, why);
		if (!err && (err = store(&m, &var, value)))
			problem_errno(why, err, "BPF_MAP_UPDATE_ELEM");
	} else {
		err = -ENOMEM;
	}
	free(value);
	memory_close(&m);
	return err;
}

int object_set_var(struct object *o, const char *name, struct span text, struct problem *why)
{
	int err = object_need(o, why);

	if (!err)
		err = object_apply_var(o, name, text, why);
	if (!err && !o->kept)
		err = settings_add(&o->settings, OBJECT_VARIABLE, name, text, why);
	return err;
}
