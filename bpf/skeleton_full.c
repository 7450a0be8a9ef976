// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

#include <string.h>

/* Members of struct bpf_map_skeleton that all versions of libbpf have. */
#define OLD_MAP_SKELETON "offsetof(struct bpf_map_skeleton, mmaped) + sizeof(void *)"

static const char head[] =
    "#include <bpf/libbpf.h>\n"
    "#include <errno.h>\n"
    "#include <stddef.h>\n"
    "#include <stdlib.h>\n"
    "\n"
    "/* Whether libbpf attaches maps of struct_ops by itself. */\n"
    "#if LIBBPF_MAJOR_VERSION > 1 || (LIBBPF_MAJOR_VERSION == 1 && LIBBPF_MINOR_VERSION >= 5)\n"
    "#define BPF_SKEL_SUPPORTS_MAP_AUTO_ATTACH 1\n"
    "#endif\n"
    "\n"
    "struct $;\n"
    "static inline struct $ *$__open_opts(const struct bpf_object_open_opts *opts);\n"
    "static inline struct $ *$__open(void);\n"
    "static inline int $__load(struct $ *obj);\n"
    "static inline struct $ *$__open_and_load(void);\n"
    "static inline int $__attach(struct $ *obj);\n"
    "static inline void $__detach(struct $ *obj);\n"
    "static inline void $__destroy(struct $ *obj);\n"
    "static inline const void *$__elf_bytes(size_t *sz);\n"
    "\n"
    "struct $ {\n"
    "\tstruct bpf_object_skeleton *skeleton;\n"
    "\tstruct bpf_object *obj;\n";

static void put_links(struct skeleton *s)
{
	if (!s->nprogs && !s->has_ops)
		return;
	skel_put(s, "\tstruct {\n");
	for (int i = 0; i < s->nprogs; i++)
		skel_put(s, "\t\tstruct bpf_link *%s;\n", s->progs[i].ident);
	for (int i = 0; i < s->nmaps; i++)
		if (s->maps[i].ops)
			skel_put(s, "\t\tstruct bpf_link *%s;\n", s->maps[i].ident);
	skel_put(s, "\t} links;\n");
}

static const struct skel_method methods[] = {
    {"open", "\tstatic struct $ *open(const struct bpf_object_open_opts *opts = nullptr)\n"
	     "\t{ return $__open_opts(opts); }\n"},
    {"open_and_load", "\tstatic struct $ *open_and_load() { return $__open_and_load(); }\n"},
    {"load", "\tstatic int load(struct $ *skel) { return $__load(skel); }\n"},
    {"attach", "\tstatic int attach(struct $ *skel) { return $__attach(skel); }\n"},
    {"detach", "\tstatic void detach(struct $ *skel) { $__detach(skel); }\n"},
    {"destroy", "\tstatic void destroy(struct $ *skel) { $__destroy(skel); }\n"},
    {"elf_bytes", "\tstatic const void *elf_bytes(size_t *sz) { return $__elf_bytes(sz); }\n"},
};

static int put_struct(struct skeleton *s, struct problem *why)
{
	int err;

	skel_text(s, head);
	skel_put_maps(s, "struct bpf_map *");
	err = skel_put_ops(s);
	skel_put_progs(s, "progs", "struct bpf_program *", "");
	put_links(s);
	if (!err)
		err = skel_put_sections(s, why);
	skel_put_methods(s, methods, sizeof(methods) / sizeof(*methods));
	skel_text(s, "};\n");
	return err;
}

/* --- what libbpf is told --- */

/* A table of all maps, of which libbpf's own is filled.  It has a column for links only if there
 * are any: libbpf before 1.5 has no such column, and one that is told of it needs 1.5. */
static void put_map_table(struct skeleton *s)
{
	skel_put(s,
		 "\tconst struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tstruct bpf_map **map;\n"
		 "\t\tvoid **mmaped;\n"
		 "%s"
		 "\t} maps[%d] = {\n",
		 s->has_ops ? "\t\tstruct bpf_link **link;\n" : "", s->nmaps);
	for (int i = 0; i < s->nmaps; i++) {
		const struct skel_map *m = &s->maps[i];

		skel_put(s, "\t\t{\"%s\", &obj->maps.%s, ", m->find, m->ident);
		skel_put(s, m->section ? "(void **)&obj->%s" : "NULL", m->section_ident);
		if (s->has_ops)
			skel_put(s, m->ops ? ", &obj->links.%s" : ", NULL", m->ident);
		skel_text(s, "},\n");
	}
	skel_text(s, "\t};\n");
}

static void put_maps_told(struct skeleton *s)
{
	if (!s->nmaps)
		return;
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
		 "\t\tmap->map = maps[i].map;\n"
		 "\t\tmap->mmaped = maps[i].mmaped;\n",
		 s->nmaps, s->nmaps, s->has_ops ? "sizeof(*s->maps)" : OLD_MAP_SKELETON, s->nmaps);
	if (s->has_ops)
		skel_text(s, "#ifdef BPF_SKEL_SUPPORTS_MAP_AUTO_ATTACH\n"
			     "\t\tmap->link = maps[i].link;\n"
			     "#endif\n");
	skel_text(s, "\t}\n");
}

static void put_prog_table(struct skeleton *s)
{
	skel_put(s,
		 "\tconst struct {\n"
		 "\t\tconst char *name;\n"
		 "\t\tstruct bpf_program **prog;\n"
		 "\t\tstruct bpf_link **link;\n"
		 "\t} progs[%d] = {\n",
		 s->nprogs);
	for (int i = 0; i < s->nprogs; i++)
		skel_put(s, "\t\t{\"%s\", &obj->progs.%s, &obj->links.%s},\n",
			 bpf_program__name(s->progs[i].prog), s->progs[i].ident, s->progs[i].ident);
	skel_text(s, "\t};\n");
}

static void put_progs_told(struct skeleton *s)
{
	if (!s->nprogs)
		return;
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
		 "\t\ts->progs[i].link = progs[i].link;\n"
		 "\t}\n",
		 s->nprogs, s->nprogs, s->nprogs);
}

/* What fails half-way is for __destroy() to free. */
static void put_create(struct skeleton *s)
{
	skel_text(s, "\nstatic inline int $__create_skeleton(struct $ *obj)\n"
		     "{\n");
	if (s->nmaps)
		put_map_table(s);
	if (s->nprogs)
		put_prog_table(s);
	skel_text(s, "\tstruct bpf_object_skeleton *s = (struct bpf_object_skeleton *)\n"
		     "\t\tcalloc(1, sizeof(*s));\n"
		     "\n"
		     "\tif (!s)\n"
		     "\t\treturn -ENOMEM;\n"
		     "\tobj->skeleton = s;\n"
		     "\ts->sz = sizeof(*s);\n"
		     "\ts->name = \"$\";\n"
		     "\ts->obj = &obj->obj;\n"
		     "\ts->data = $__elf_bytes(&s->data_sz);\n");
	put_maps_told(s);
	put_progs_told(s);
	skel_text(s, "\treturn 0;\n"
		     "}\n");
}

/* --- functions --- */

static const char open_opts[] =
    "\n"
    "static inline struct $ *$__open_opts(const struct bpf_object_open_opts *opts)\n"
    "{\n"
    "\tstruct $ *obj = (struct $ *)calloc(1, sizeof(*obj));\n"
    "\tint err = obj ? $__create_skeleton(obj) : -ENOMEM;\n"
    "\n"
    "\tif (!err)\n"
    "\t\terr = bpf_object__open_skeleton(obj->skeleton, opts);\n"
    "\tif (err) {\n"
    "\t\t$__destroy(obj);\n"
    "\t\terrno = -err;\n"
    "\t\treturn NULL;\n"
    "\t}\n";

static const char functions[] = "\treturn obj;\n"
				"}\n"
				"\n"
				"static inline struct $ *$__open(void)\n"
				"{\n"
				"\treturn $__open_opts(NULL);\n"
				"}\n"
				"\n"
				"static inline int $__load(struct $ *obj)\n"
				"{\n"
				"\treturn bpf_object__load_skeleton(obj->skeleton);\n"
				"}\n"
				"\n"
				"static inline struct $ *$__open_and_load(void)\n"
				"{\n"
				"\tstruct $ *obj = $__open();\n"
				"\tint err = obj ? $__load(obj) : 0;\n"
				"\n"
				"\tif (err) {\n"
				"\t\t$__destroy(obj);\n"
				"\t\terrno = -err;\n"
				"\t\treturn NULL;\n"
				"\t}\n"
				"\treturn obj;\n"
				"}\n"
				"\n"
				"static inline int $__attach(struct $ *obj)\n"
				"{\n"
				"\treturn bpf_object__attach_skeleton(obj->skeleton);\n"
				"}\n"
				"\n"
				"static inline void $__detach(struct $ *obj)\n"
				"{\n"
				"\tbpf_object__detach_skeleton(obj->skeleton);\n"
				"}\n"
				"\n"
				"static inline void $__destroy(struct $ *obj)\n"
				"{\n"
				"\tif (obj)\n"
				"\t\tbpf_object__destroy_skeleton(obj->skeleton);\n"
				"\tfree(obj);\n"
				"}\n";

static void put_elf(struct skeleton *s)
{
	skel_text(s, "\n"
		     "static inline const void *$__elf_bytes(size_t *sz)\n"
		     "{\n"
		     "\tstatic const char data[] __attribute__((__aligned__(8))) =\n");
	skel_put_bytes(s->out, s->elf, s->size);
	skel_text(s, "\t;\n"
		     "\n"
		     "\t*sz = sizeof(data) - 1;\n"
		     "\treturn data;\n"
		     "}\n");
}

int skeleton_full(struct skeleton *s, struct problem *why)
{
	int err;

	skel_begin(s, "SKEL");
	err = put_struct(s, why);
	if (err)
		return err;
	put_create(s);
	skel_text(s, open_opts);
	skel_put_ops_set(s);
	skel_text(s, functions);
	put_elf(s);
	skel_put_asserts(s);
	skel_end(s);
	return 0;
}
