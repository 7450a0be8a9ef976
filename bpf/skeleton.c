// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

#include "said.h"

#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* libbpf keeps global variables that BPF programs share with an arena in a section of this name. */
#define ARENA_SECTION ".addr_space.1"
#define ARENA_IDENT   "arena"

/* --- names in C --- */

static bool is_keyword(const char *name)
{
	static const char words[] =
	    " auto break case char const continue default do double else enum extern float for "
	    "goto "
	    "if inline int long register restrict return short signed sizeof static struct switch "
	    "typedef union unsigned void volatile while ";
	char word[16];
	int n = snprintf(word, sizeof(word), " %s ", name);

	return n < (int)sizeof(word) && strstr(words, word);
}

static bool is_c_name(const char *name)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	return !is_keyword(name);
}

/* The nearest name in C, malloc'ed. */
static char *make_c_name(const char *name)
{
	char *made = strdup(name);

	for (char *c = made; c && *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	return made;
}

/* --- what is in an object --- */

/* The section with that name, if it has variables that C can name. */
static const struct btf_type *find_section(const struct skeleton *s, const char *name)
{
	int id = s->btf ? btf__find_by_name_kind(s->btf, name, BTF_KIND_DATASEC) : -ENOENT;
	struct skel_map m = {};
	struct skel_var v;
	int at = 0;

	if (id < 0)
		return NULL;
	m.section = btf__type_by_id(s->btf, (uint32_t)id);
	return skel_next_var(s, &m, &at, &v) ? m.section : NULL;
}

static const struct btf_type *find_ops(const struct skeleton *s, const struct bpf_map *map)
{
	const struct btf_type *t;

	if (!s->btf || bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
		return NULL;
	t = btf__type_by_id(s->btf, bpf_map__btf_value_type_id(map));
	return t && btf_is_struct(t) ? t : NULL;
}

/* libbpf's map of a section is called OBJECT.SECTION, or as the section if that is not one of the
 * few usual ones. */
static int look_at_map(const struct skeleton *s, const struct bpf_map *map, struct skel_map *out)
{
	const char *name = bpf_map__name(map), *dot = strchr(name, '.');
	bool of_section = bpf_map__is_internal(map) && dot;

	out->map = map;
	out->find = of_section ? dot : name;
	out->ident = make_c_name(of_section ? dot + 1 : name);
	if (!out->ident)
		return -ENOMEM;
	out->section_ident = out->ident;
	out->ops = find_ops(s, map);
	if (of_section && bpf_map__map_flags(map) & BPF_F_MMAPABLE)
		out->section = find_section(s, dot);
	/* libbpf finds no variables of an arena for a subskeleton. */
	if (bpf_map__type(map) == BPF_MAP_TYPE_ARENA && s->kind != SKELETON_SUB) {
		out->section = find_section(s, ARENA_SECTION);
		out->section_ident = ARENA_IDENT;
	}
	return 0;
}

static int look_at_maps(struct skeleton *s)
{
	const struct bpf_map *map = NULL;
	size_t n = 1;
	int err = 0;

	while ((map = bpf_object__next_map(s->object, map)))
		n++;
	s->maps = calloc(n, sizeof(*s->maps));
	if (!s->maps)
		return -ENOMEM;
	while (!err && (map = bpf_object__next_map(s->object, map))) {
		struct skel_map *m = &s->maps[s->nmaps++];

		err = look_at_map(s, map, m);
		s->has_ops |= m->ops != NULL;
	}
	return err;
}

static int look_at_progs(struct skeleton *s)
{
	struct bpf_program *prog = NULL;
	size_t n = 1;
	int err = 0;

	while ((prog = bpf_object__next_program(s->object, prog)))
		n++;
	s->progs = calloc(n, sizeof(*s->progs));
	if (!s->progs)
		return -ENOMEM;
	while (!err && (prog = bpf_object__next_program(s->object, prog))) {
		struct skel_prog *p = &s->progs[s->nprogs++];

		p->prog = prog;
		p->ident = make_c_name(bpf_program__name(prog));
		if (!p->ident)
			err = -ENOMEM;
	}
	return err;
}

/* A map called data and variables in .data would both be `maps.data`. */
static int check_names(const struct skeleton *s, struct problem *why)
{
	for (int i = 0; i < s->nmaps; i++)
		for (int j = 0; j < i; j++)
			if (!strcmp(s->maps[i].ident, s->maps[j].ident))
				return problem(why, -EEXIST, NULL,
					       "maps %s and %s would both be called %s",
					       s->maps[j].find, s->maps[i].find, s->maps[i].ident);
	return 0;
}

/* --- the whole --- */

static void print(void *ctx, const char *format, va_list ap)
{
	buf_vprintf(((struct skeleton *)ctx)->out, format, ap);
}

static int open_object(struct skeleton *s, struct problem *why)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = s->name);
	struct said said = {};
	int err;

	said_begin(&said);
	s->object = bpf_object__open_mem(s->elf, s->size, &opts);
	err = s->object ? 0 : -errno;
	said_end(&said);
	/* libbpf has numbers of its own for what is wrong with a file. */
	if (err <= -__LIBBPF_ERRNO__START)
		err = -ENOEXEC;
	if (err)
		said_problem(&said, why, err, NULL, "not an object that libbpf can open");
	said_free(&said);
	return err;
}

static int look(struct skeleton *s, struct problem *why)
{
	int err = open_object(s, why);

	if (err)
		return err;
	s->btf = bpf_object__btf(s->object);
	if (s->btf) {
		s->dump = btf_dump__new(s->btf, print, s, NULL);
		if (!s->dump)
			return problem_errno(why, -errno, "the object's BTF");
	}
	err = look_at_maps(s);
	if (!err)
		err = look_at_progs(s);
	return err ? problem_errno(why, err, "what is in the object") : check_names(s, why);
}

static void forget(struct skeleton *s)
{
	for (int i = 0; i < s->nmaps; i++)
		free(s->maps[i].ident);
	for (int i = 0; i < s->nprogs; i++)
		free(s->progs[i].ident);
	free(s->maps);
	free(s->progs);
	btf_dump__free(s->dump);
	bpf_object__close(s->object);
}

int skeleton_write(enum skeleton_kind kind, const void *elf, size_t size, const char *name,
		   struct buf *out, struct problem *why)
{
	static int (*const write[])(struct skeleton *, struct problem *) = {
	    [SKELETON] = skeleton_full,
	    [SKELETON_LIGHT] = skeleton_light,
	    [SKELETON_SUB] = skeleton_sub,
	};
	struct skeleton s = {.kind = kind, .name = name, .elf = elf, .size = size, .out = out};
	size_t begin = out->len;
	int err;

	if (!is_c_name(name))
		return problem(why, -EINVAL, NULL, "\"%s\" cannot be a name in C", name);
	err = look(&s, why);
	if (!err)
		err = write[kind](&s, why);
	if (!err && out->err)
		err = problem_errno(why, out->err, name);
	forget(&s);
	if (err)
		out->len = begin;
	return err;
}
