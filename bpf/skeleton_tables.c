// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

/*
 * The tables hold places in the struct as numbers, not as pointers, so that a compiler has data to
 * write down and no code to optimise: it would need seconds for some hundred maps and programs.
 * The struct begins with something else: the place 0 is none.
 */

/* A subskeleton's maps and programs have names and pointers, a whole skeleton's are mapped and
 * attached, too. */
static bool is_whole(const struct skeleton *s)
{
	return s->kind == SKELETON;
}

/* libbpf before 1.5 knows no links of maps: what has none must not speak of them. */
static bool has_map_links(const struct skeleton *s)
{
	return is_whole(s) && s->has_ops;
}

/* --- maps --- */

static void put_map(struct skeleton *s, const struct skel_map *m)
{
	skel_put(s, "\t\t{\"%s\", $__at(maps.%s)", m->find, m->ident);
	if (is_whole(s) && m->section)
		skel_put(s, ", $__at(%s)", m->section_ident);
	else if (is_whole(s))
		skel_text(s, ", 0");
	if (has_map_links(s) && m->ops)
		skel_put(s, ", $__at(links.%s)", m->ident);
	else if (has_map_links(s))
		skel_text(s, ", 0");
	skel_text(s, "},\n");
}

static void put_maps(struct skeleton *s)
{
	skel_put(s,
		 "\tstatic const struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tsize_t map%s%s;\n"
		 "\t} maps[%d] = {\n",
		 is_whole(s) ? ", mmaped" : "", has_map_links(s) ? ", link" : "", s->nmaps);
	for (int i = 0; i < s->nmaps; i++)
		put_map(s, &s->maps[i]);
	skel_text(s, "\t};\n");
}

static void put_maps_told(struct skeleton *s)
{
	skel_put(s,
		 "\n"
		 "\ts->maps = (struct bpf_map_skeleton *)calloc(%d, sizeof(*s->maps));\n"
		 "\tif (!s->maps)\n"
		 "\t\treturn -ENOMEM;\n"
		 "\ts->map_cnt = %d;\n"
		 "\ts->map_skel_sz = (int)(%s);\n"
		 "\tfor (int i = 0; i < %d; i++) {\n"
		 "\t\tstruct bpf_map_skeleton *map = (struct bpf_map_skeleton *)\n"
		 "\t\t\t((char *)s->maps + i * s->map_skel_sz);\n"
		 "\n"
		 "\t\tmap->name = maps[i].name;\n"
		 "\t\tmap->map = (struct bpf_map **)(base + maps[i].map);\n",
		 s->nmaps, s->nmaps,
		 has_map_links(s) ? "sizeof(*s->maps)"
				  : "offsetof(struct bpf_map_skeleton, mmaped) + sizeof(void *)",
		 s->nmaps);
	if (is_whole(s))
		skel_text(s, "\t\tif (maps[i].mmaped)\n"
			     "\t\t\tmap->mmaped = (void **)(base + maps[i].mmaped);\n");
	if (has_map_links(s))
		skel_text(s, "#ifdef BPF_SKEL_SUPPORTS_MAP_AUTO_ATTACH\n"
			     "\t\tif (maps[i].link)\n"
			     "\t\t\tmap->link = (struct bpf_link **)(base + maps[i].link);\n"
			     "#endif\n");
	skel_text(s, "\t}\n");
}

/* --- programs --- */

static void put_progs(struct skeleton *s)
{
	skel_put(s,
		 "\tstatic const struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tsize_t prog%s;\n"
		 "\t} progs[%d] = {\n",
		 is_whole(s) ? ", link" : "", s->nprogs);
	for (int i = 0; i < s->nprogs; i++) {
		const struct skel_prog *p = &s->progs[i];

		skel_put(s, "\t\t{\"%s\", $__at(progs.%s)", bpf_program__name(p->prog), p->ident);
		if (is_whole(s))
			skel_put(s, ", $__at(links.%s)", p->ident);
		skel_text(s, "},\n");
	}
	skel_text(s, "\t};\n");
}

static void put_progs_told(struct skeleton *s)
{
	skel_put(s,
		 "\n"
		 "\ts->progs = (struct bpf_prog_skeleton *)calloc(%d, sizeof(*s->progs));\n"
		 "\tif (!s->progs)\n"
		 "\t\treturn -ENOMEM;\n"
		 "\ts->prog_cnt = %d;\n"
		 "\ts->prog_skel_sz = (int)sizeof(*s->progs);\n"
		 "\tfor (int i = 0; i < %d; i++) {\n"
		 "\t\ts->progs[i].name = progs[i].name;\n"
		 "\t\ts->progs[i].prog = (struct bpf_program **)(base + progs[i].prog);\n"
		 "%s"
		 "\t}\n",
		 s->nprogs, s->nprogs, s->nprogs,
		 is_whole(s)
		     ? "\t\ts->progs[i].link = (struct bpf_link **)(base + progs[i].link);\n"
		     : "");
}

/* --- variables --- */

static int count_vars(const struct skeleton *s)
{
	struct skel_var v;
	int n = 0;

	for (int i = 0; i < s->nmaps; i++)
		for (int at = 0; skel_next_var(s, &s->maps[i], &at, &v);)
			n++;
	return n;
}

static void put_vars(struct skeleton *s, int n)
{
	struct skel_var v;

	skel_put(s,
		 "\tstatic const struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tsize_t map, addr;\n"
		 "\t} vars[%d] = {\n",
		 n);
	for (int i = 0; i < s->nmaps; i++) {
		const struct skel_map *m = &s->maps[i];

		for (int at = 0; skel_next_var(s, m, &at, &v);)
			skel_put(s, "\t\t{\"%s\", $__at(maps.%s), $__at(%s.%s)},\n", v.name,
				 m->ident, m->section_ident, v.name);
	}
	skel_text(s, "\t};\n");
}

static void put_vars_told(struct skeleton *s, int n)
{
	skel_put(s,
		 "\n"
		 "\ts->vars = (struct bpf_var_skeleton *)calloc(%d, sizeof(*s->vars));\n"
		 "\tif (!s->vars)\n"
		 "\t\treturn -ENOMEM;\n"
		 "\ts->var_cnt = %d;\n"
		 "\ts->var_skel_sz = (int)sizeof(*s->vars);\n"
		 "\tfor (int i = 0; i < %d; i++) {\n"
		 "\t\ts->vars[i].name = vars[i].name;\n"
		 "\t\ts->vars[i].map = (struct bpf_map **)(base + vars[i].map);\n"
		 "\t\ts->vars[i].addr = (void **)(base + vars[i].addr);\n"
		 "\t}\n",
		 n, n, n);
}

/* --- all of them --- */

void skel_put_create(struct skeleton *s, const char *params, const char *make, const char *end)
{
	int nvars = is_whole(s) ? 0 : count_vars(s);
	bool any = nvars || s->nmaps || s->nprogs;

	skel_put(s,
		 "\n"
		 "/* What fails half-way is for $__destroy() to free. */\n"
		 "#define $__at(member) __builtin_offsetof(struct $, member)\n"
		 "static inline int $__create_%s(",
		 is_whole(s) ? "skeleton" : "subskeleton");
	skel_text(s, params);
	skel_text(s, ")\n{\n");
	if (nvars)
		put_vars(s, nvars);
	if (s->nmaps)
		put_maps(s);
	if (s->nprogs)
		put_progs(s);
	if (any)
		skel_text(s, "\tchar *base = (char *)obj;\n");
	skel_text(s, make);
	if (nvars)
		put_vars_told(s, nvars);
	if (s->nmaps)
		put_maps_told(s);
	if (s->nprogs)
		put_progs_told(s);
	skel_text(s, end);
	skel_text(s, "}\n"
		     "#undef $__at\n");
}
