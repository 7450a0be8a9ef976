// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

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
	skel_put(s, "\t\t{\"%s\", &obj->maps.%s", m->find, m->ident);
	if (is_whole(s) && m->section)
		skel_put(s, ", (void **)&obj->%s", m->section_ident);
	else if (is_whole(s))
		skel_text(s, ", NULL");
	if (has_map_links(s) && m->ops)
		skel_put(s, ", &obj->links.%s", m->ident);
	else if (has_map_links(s))
		skel_text(s, ", NULL");
	skel_text(s, "},\n");
}

static void put_maps(struct skeleton *s)
{
	skel_put(s,
		 "\tconst struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tstruct bpf_map **map;\n"
		 "%s%s"
		 "\t} maps[%d] = {\n",
		 is_whole(s) ? "\t\tvoid **mmaped;\n" : "",
		 has_map_links(s) ? "\t\tstruct bpf_link **link;\n" : "", s->nmaps);
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
		 "\t\tmap->map = maps[i].map;\n",
		 s->nmaps, s->nmaps,
		 has_map_links(s) ? "sizeof(*s->maps)"
				  : "offsetof(struct bpf_map_skeleton, mmaped) + sizeof(void *)",
		 s->nmaps);
	if (is_whole(s))
		skel_text(s, "\t\tmap->mmaped = maps[i].mmaped;\n");
	if (has_map_links(s))
		skel_text(s, "#ifdef BPF_SKEL_SUPPORTS_MAP_AUTO_ATTACH\n"
			     "\t\tmap->link = maps[i].link;\n"
			     "#endif\n");
	skel_text(s, "\t}\n");
}

/* --- programs --- */

static void put_progs(struct skeleton *s)
{
	skel_put(s,
		 "\tconst struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tstruct bpf_program **prog;\n"
		 "%s"
		 "\t} progs[%d] = {\n",
		 is_whole(s) ? "\t\tstruct bpf_link **link;\n" : "", s->nprogs);
	for (int i = 0; i < s->nprogs; i++) {
		const struct skel_prog *p = &s->progs[i];

		skel_put(s, "\t\t{\"%s\", &obj->progs.%s", bpf_program__name(p->prog), p->ident);
		if (is_whole(s))
			skel_put(s, ", &obj->links.%s", p->ident);
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
		 "\t\ts->progs[i].prog = progs[i].prog;\n"
		 "%s"
		 "\t}\n",
		 s->nprogs, s->nprogs, s->nprogs,
		 is_whole(s) ? "\t\ts->progs[i].link = progs[i].link;\n" : "");
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
		 "\tconst struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tstruct bpf_map **map;\n"
		 "\t\tvoid **addr;\n"
		 "\t} vars[%d] = {\n",
		 n);
	for (int i = 0; i < s->nmaps; i++) {
		const struct skel_map *m = &s->maps[i];

		for (int at = 0; skel_next_var(s, m, &at, &v);)
			skel_put(s, "\t\t{\"%s\", &obj->maps.%s, (void **)&obj->%s.%s},\n", v.name,
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
		 "\t\ts->vars[i].map = vars[i].map;\n"
		 "\t\ts->vars[i].addr = vars[i].addr;\n"
		 "\t}\n",
		 n, n, n);
}

/* --- all of them --- */

void skel_put_tables(struct skeleton *s)
{
	int nvars = is_whole(s) ? 0 : count_vars(s);

	if (nvars)
		put_vars(s, nvars);
	if (s->nmaps)
		put_maps(s);
	if (s->nprogs)
		put_progs(s);
}

void skel_put_tables_told(struct skeleton *s)
{
	int nvars = is_whole(s) ? 0 : count_vars(s);

	if (nvars)
		put_vars_told(s, nvars);
	if (s->nmaps)
		put_maps_told(s);
	if (s->nprogs)
		put_progs_told(s);
}
