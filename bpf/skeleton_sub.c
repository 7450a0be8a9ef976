// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

#include <errno.h>

static const char head[] = "#include <bpf/libbpf.h>\n"
			   "#include <errno.h>\n"
			   "#include <stddef.h>\n"
			   "#include <stdlib.h>\n"
			   "\n"
			   "struct $;\n"
			   "static inline struct $ *$__open(const struct bpf_object *src);\n"
			   "static inline void $__destroy(struct $ *skel);\n"
			   "\n"
			   "struct $ {\n"
			   "\tstruct bpf_object *obj;\n"
			   "\tstruct bpf_object_subskeleton *subskel;\n";

static const struct skel_method methods[] = {
    {"open", "\tstatic struct $ *open(const struct bpf_object *src) { return $__open(src); }\n"},
    {"destroy", "\tstatic void destroy(struct $ *skel) { $__destroy(skel); }\n"},
};

static int put_struct(struct skeleton *s)
{
	int err;

	skel_text(s, head);
	skel_put_maps(s, "struct bpf_map *");
	err = skel_put_ops(s);
	skel_put_progs(s, "progs", "struct bpf_program *", "");
	if (!err)
		err = skel_put_pointers(s);
	skel_put_methods(s, methods, sizeof(methods) / sizeof(*methods));
	skel_text(s, "};\n");
	return err;
}

/* --- functions --- */

static void put_create(struct skeleton *s)
{
	skel_put_create(s, "struct $ *obj, const struct bpf_object *src",
			"\tstruct bpf_object_subskeleton *s = (struct bpf_object_subskeleton *)\n"
			"\t\tcalloc(1, sizeof(*s));\n"
			"\n"
			"\tif (!s)\n"
			"\t\treturn -ENOMEM;\n"
			"\tobj->subskel = s;\n"
			"\ts->sz = sizeof(*s);\n"
			"\ts->obj = src;\n"
			"\ts->var_skel_sz = (int)sizeof(*s->vars);\n",
			"\treturn bpf_object__open_subskeleton(s);\n");
}

static const char open[] = "\n"
			   "static inline struct $ *$__open(const struct bpf_object *src)\n"
			   "{\n"
			   "\tstruct $ *obj = (struct $ *)calloc(1, sizeof(*obj));\n"
			   "\tint err = obj ? $__create_subskeleton(obj, src) : -ENOMEM;\n"
			   "\n"
			   "\tif (err) {\n"
			   "\t\t$__destroy(obj);\n"
			   "\t\terrno = -err;\n"
			   "\t\treturn NULL;\n"
			   "\t}\n"
			   "\tobj->obj = (struct bpf_object *)src;\n";

static const char destroy[] = "\treturn obj;\n"
			      "}\n"
			      "\n"
			      "static inline void $__destroy(struct $ *skel)\n"
			      "{\n"
			      "\tif (skel)\n"
			      "\t\tbpf_object__destroy_subskeleton(skel->subskel);\n"
			      "\tfree(skel);\n"
			      "}\n";

int skeleton_sub(struct skeleton *s, struct problem *why)
{
	int err;

	if (!s->btf)
		return problem(why, -ENODATA, NULL,
			       "the object has no BTF, which a subskeleton is made of");
	skel_begin(s, "SUBSKEL");
	err = put_struct(s);
	if (err)
		return problem_errno(why, err, "types of variables");
	put_create(s);
	skel_text(s, open);
	skel_put_ops_set(s);
	skel_text(s, destroy);
	skel_end(s);
	return 0;
}
