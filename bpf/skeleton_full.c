// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

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
	if (err)
		problem_errno(why, err, "types of struct_ops");
	skel_put_progs(s, "progs", "struct bpf_program *", "");
	put_links(s);
	if (!err)
		err = skel_put_sections(s, why);
	skel_put_methods(s, methods, sizeof(methods) / sizeof(*methods));
	skel_text(s, "};\n");
	return err;
}

/* --- functions --- */

static void put_create(struct skeleton *s)
{
	skel_put_create(s, "struct $ *obj",
			"\tstruct bpf_object_skeleton *s = (struct bpf_object_skeleton *)\n"
			"\t\tcalloc(1, sizeof(*s));\n"
			"\n"
			"\tif (!s)\n"
			"\t\treturn -ENOMEM;\n"
			"\tobj->skeleton = s;\n"
			"\ts->sz = sizeof(*s);\n"
			"\ts->name = \"$\";\n"
			"\ts->obj = &obj->obj;\n"
			"\ts->data = $__elf_bytes(&s->data_sz);\n",
			"\treturn 0;\n");
}

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
