// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

#include "said.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

/*
 * libbpf writes down what it would do to load the object as a program for the kernel.  That is run
 * with the front of the skeleton as its context: struct bpf_loader_ctx, a struct bpf_map_desc for
 * each map, a struct bpf_prog_desc for each program (bpf/skel_internal.h).
 */

/* --- the loader --- */

/* libbpf would write a loader that cannot do these, or falls over them itself. */
static int check(const struct skeleton *s, struct problem *why)
{
	for (int i = 0; i < s->nmaps; i++) {
		const struct skel_map *m = &s->maps[i];

		if (bpf_map__type(m->map) == BPF_MAP_TYPE_STRUCT_OPS)
			return problem(why, -EOPNOTSUPP, NULL,
				       "%s: a light skeleton cannot load a map of struct_ops",
				       m->find);
		if (bpf_map__type(m->map) == BPF_MAP_TYPE_ARENA)
			return problem(why, -EOPNOTSUPP, NULL,
				       "%s: a light skeleton cannot load an arena", m->find);
		if (bpf_map__pin_path(m->map))
			return problem(why, -EOPNOTSUPP, NULL,
				       "%s: a light skeleton cannot pin a map", m->find);
	}
	return 0;
}

/* The loader's bytes live as long as the object. */
static int make_loader(struct skeleton *s, struct gen_loader_opts *loader, struct problem *why)
{
	struct said said = {};
	int err;

	said_begin(&said);
	err = bpf_object__gen_loader(s->object, loader);
	if (!err)
		err = bpf_object__load(s->object);
	said_end(&said);
	if (err)
		said_problem(&said, why, err, NULL, "libbpf makes no loader of the object");
	said_free(&said);
	return err;
}

/* --- the struct --- */

static const char head[] = "#ifndef __KERNEL__\n"
			   "#include <errno.h>\n"
			   "#include <stdlib.h>\n"
			   "#include <string.h>\n"
			   "#endif\n"
			   "#include <bpf/skel_internal.h>\n"
			   "\n"
			   "struct $ {\n"
			   "\tstruct bpf_loader_ctx ctx;\n";

static int put_struct(struct skeleton *s, struct problem *why)
{
	int err;

	skel_text(s, head);
	skel_put_maps(s, "struct bpf_map_desc ");
	skel_put_progs(s, "progs", "struct bpf_prog_desc ", "");
	skel_put_progs(s, "links", "int ", "_fd");
	err = skel_put_sections(s, why);
	skel_text(s, "};\n");
	return err;
}

/* --- attaching --- */

/* The call that attaches a program, with its descriptor in prog_fd; NULL: it takes more to say
 * where. */
static const char *attach_call(const struct bpf_program *prog, const char **tracepoint)
{
	enum bpf_attach_type type = bpf_program__expected_attach_type(prog);

	*tracepoint = strchr(bpf_program__section_name(prog), '/');
	switch (bpf_program__type(prog)) {
	case BPF_PROG_TYPE_RAW_TRACEPOINT: return *tracepoint ? "" : NULL;
	case BPF_PROG_TYPE_TRACING:
		if (type == BPF_TRACE_ITER)
			return "skel_link_create(prog_fd, 0, BPF_TRACE_ITER)";
		return "skel_raw_tracepoint_open(NULL, prog_fd)";
	case BPF_PROG_TYPE_LSM:
		return type == BPF_LSM_MAC ? "skel_raw_tracepoint_open(NULL, prog_fd)" : NULL;
	default: return NULL;
	}
}

static void put_attach_prog(struct skeleton *s, const struct skel_prog *p)
{
	const char *tracepoint, *call = attach_call(p->prog, &tracepoint);

	skel_put(s,
		 "\n"
		 "static inline int $__%s__attach(struct $ *skel)\n"
		 "{\n",
		 p->ident);
	if (!call) {
		skel_text(s, "\t(void)skel; /* the application has to say where to */\n"
			     "\treturn 0;\n"
			     "}\n");
		return;
	}
	skel_put(s,
		 "\tint prog_fd = skel->progs.%s.prog_fd;\n"
		 "\tint fd = prog_fd > 0 ? ",
		 p->ident);
	if (*call)
		skel_text(s, call);
	else
		skel_put(s, "skel_raw_tracepoint_open(\"%s\", prog_fd)", tracepoint + 1);
	skel_put(s,
		 " : 0;\n"
		 "\n"
		 "\tif (fd > 0)\n"
		 "\t\tskel->links.%s_fd = fd;\n"
		 "\treturn fd;\n"
		 "}\n",
		 p->ident);
}

static void put_attach(struct skeleton *s)
{
	for (int i = 0; i < s->nprogs; i++)
		put_attach_prog(s, &s->progs[i]);
	skel_text(s, "\n"
		     "static inline int $__attach(struct $ *skel)\n"
		     "{\n"
		     "\tint ret = 0;\n"
		     "\n"
		     "\t(void)skel;\n");
	for (int i = 0; i < s->nprogs; i++)
		skel_put(s,
			 "\tif (ret >= 0)\n"
			 "\t\tret = $__%s__attach(skel);\n",
			 s->progs[i].ident);
	skel_text(s, "\treturn ret < 0 ? ret : 0;\n"
		     "}\n"
		     "\n"
		     "static inline void $__detach(struct $ *skel)\n"
		     "{\n"
		     "\t(void)skel;\n");
	for (int i = 0; i < s->nprogs; i++)
		skel_put(s,
			 "\tskel_closenz(skel->links.%s_fd);\n"
			 "\tskel->links.%s_fd = 0;\n",
			 s->progs[i].ident, s->progs[i].ident);
	skel_text(s, "}\n");
}

/* --- what is in maps --- */

static size_t mapped_size(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

/* The value that a section has when the object is loaded. */
static const void *initial_value(const struct skel_map *m, size_t *size)
{
	return bpf_map__initial_value(m->map, size);
}

static bool is_zero(const char *bytes, size_t n)
{
	return !n || (!bytes[0] && !memcmp(bytes, bytes + 1, n - 1));
}

/* An array `data` of the bytes, in a function. */
static void put_data(struct skeleton *s, const char *name, const void *bytes, size_t n)
{
	skel_put(s, "\tstatic const char %s[%zu] __attribute__((__aligned__(8)))", name, n + 1);
	if (is_zero(bytes, n)) {
		skel_text(s, " = \"\"");
	} else {
		skel_text(s, " =\n");
		skel_put_bytes(s->out, bytes, n);
		skel_text(s, "\t");
	}
	skel_text(s, ";\n");
}

static void put_destroy(struct skeleton *s)
{
	skel_text(s, "\n"
		     "static inline void $__destroy(struct $ *skel)\n"
		     "{\n"
		     "\tif (!skel)\n"
		     "\t\treturn;\n"
		     "\t$__detach(skel);\n");
	for (int i = 0; i < s->nprogs; i++)
		skel_put(s, "\tskel_closenz(skel->progs.%s.prog_fd);\n", s->progs[i].ident);
	for (int i = 0; i < s->nmaps; i++) {
		const char *ident = s->maps[i].ident;
		size_t size;

		if (s->maps[i].section) {
			initial_value(&s->maps[i], &size);
			skel_put(s,
				 "\tif (skel->%s)\n"
				 "\t\tskel_free_map_data(skel->%s, skel->maps.%s.initial_value, "
				 "%zu);\n",
				 ident, ident, ident, mapped_size(size));
		}
		skel_put(s, "\tskel_closenz(skel->maps.%s.map_fd);\n", ident);
	}
	skel_text(s, "\tskel_free(skel);\n"
		     "}\n");
}

/* Each section has a function that makes the memory in which the application may change it. */
static void put_prepare(struct skeleton *s, const struct skel_map *m)
{
	size_t size;
	const void *value = initial_value(m, &size);

	skel_put(s,
		 "\n"
		 "static inline int $__prepare_%s(struct $ *skel)\n"
		 "{\n",
		 m->ident);
	put_data(s, "data", value, size);
	skel_put(s,
		 "\n"
		 "\tskel->%s = (__typeof__(skel->%s))skel_prep_map_data(data, %zu, %zu);\n"
		 "\tskel->maps.%s.initial_value = (__u64)(unsigned long)skel->%s;\n"
		 "\treturn skel->%s ? 0 : -ENOMEM;\n"
		 "}\n",
		 m->ident, m->ident, mapped_size(size), size, m->ident, m->ident, m->ident);
}

/* --- open and load --- */

static void put_open(struct skeleton *s)
{
	for (int i = 0; i < s->nmaps; i++)
		if (s->maps[i].section)
			put_prepare(s, &s->maps[i]);
	skel_put(s,
		 "\n"
		 "static inline struct $ *$__open(void)\n"
		 "{\n"
		 "\tstruct $ *skel = (struct $ *)skel_alloc(sizeof(*skel));\n"
		 "\tint err = 0;\n"
		 "\n"
		 "\tif (!skel)\n"
		 "\t\treturn NULL;\n"
		 "\tskel->ctx.sz = sizeof(skel->ctx)%s%s;\n",
		 s->nmaps ? " + sizeof(skel->maps)" : "",
		 s->nprogs ? " + sizeof(skel->progs)" : "");
	for (int i = 0; i < s->nmaps; i++)
		if (s->maps[i].section)
			skel_put(s,
				 "\tif (!err)\n"
				 "\t\terr = $__prepare_%s(skel);\n",
				 s->maps[i].ident);
	skel_text(s, "\tif (err) {\n"
		     "\t\t$__destroy(skel);\n"
		     "\t\treturn NULL;\n"
		     "\t}\n"
		     "\treturn skel;\n"
		     "}\n");
}

/* Once loaded, the application's memory becomes the map's own. */
static void put_finish(struct skeleton *s, const struct skel_map *m)
{
	const char *ident = m->ident;
	size_t size;

	initial_value(m, &size);
	skel_put(s,
		 "\tskel->%s = (__typeof__(skel->%s))skel_finalize_map_data(\n"
		 "\t\t&skel->maps.%s.initial_value, %zu, %s, skel->maps.%s.map_fd);\n"
		 "\tif (!skel->%s)\n"
		 "\t\treturn -ENOMEM;\n",
		 ident, ident, ident, mapped_size(size),
		 bpf_map__map_flags(m->map) & BPF_F_RDONLY_PROG ? "PROT_READ"
								: "PROT_READ | PROT_WRITE",
		 ident, ident);
}

static void put_load(struct skeleton *s, const struct gen_loader_opts *loader)
{
	skel_text(s, "\n"
		     "static inline int $__load(struct $ *skel)\n"
		     "{\n");
	put_data(s, "data", loader->data, loader->data_sz);
	put_data(s, "insns", loader->insns, loader->insns_sz);
	skel_put(s,
		 "\tstruct bpf_load_and_run_opts opts = {};\n"
		 "\tint err;\n"
		 "\n"
		 "\topts.ctx = &skel->ctx;\n"
		 "\topts.data = data;\n"
		 "\topts.data_sz = %u;\n"
		 "\topts.insns = insns;\n"
		 "\topts.insns_sz = %u;\n"
		 "\terr = bpf_load_and_run(&opts);\n"
		 "\tif (err < 0)\n"
		 "\t\treturn err;\n",
		 loader->data_sz, loader->insns_sz);
	for (int i = 0; i < s->nmaps; i++)
		if (s->maps[i].section)
			put_finish(s, &s->maps[i]);
	skel_text(s, "\treturn 0;\n"
		     "}\n"
		     "\n"
		     "static inline struct $ *$__open_and_load(void)\n"
		     "{\n"
		     "\tstruct $ *skel = $__open();\n"
		     "\n"
		     "\tif (skel && $__load(skel)) {\n"
		     "\t\t$__destroy(skel);\n"
		     "\t\treturn NULL;\n"
		     "\t}\n"
		     "\treturn skel;\n"
		     "}\n");
}

int skeleton_light(struct skeleton *s, struct problem *why)
{
	LIBBPF_OPTS(gen_loader_opts, loader);
	int err = check(s, why);

	if (!err)
		err = make_loader(s, &loader, why);
	if (err)
		return err;
	skel_begin(s, "SKEL");
	err = put_struct(s, why);
	if (err)
		return err;
	put_attach(s);
	put_destroy(s);
	put_open(s);
	put_load(s, &loader);
	skel_put_asserts(s);
	skel_end(s);
	return 0;
}
