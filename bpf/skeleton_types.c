// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"

#include <errno.h>
#include <linux/btf.h>
#include <string.h>

enum { IN_SECTION = 2 }; /* tabs in front of a variable */

void skel_put_maps(struct skeleton *s, const char *before)
{
	if (!s->nmaps)
		return;
	skel_put(s, "\tstruct {\n");
	for (int i = 0; i < s->nmaps; i++)
		skel_put(s, "\t\t%s%s;\n", before, s->maps[i].ident);
	skel_put(s, "\t} maps;\n");
}

void skel_put_progs(struct skeleton *s, const char *field, const char *before, const char *after)
{
	if (!s->nprogs)
		return;
	skel_put(s, "\tstruct {\n");
	for (int i = 0; i < s->nprogs; i++)
		skel_put(s, "\t\t%s%s%s;\n", before, s->progs[i].ident, after);
	skel_put(s, "\t} %s;\n", field);
}

bool skel_next_var(const struct skeleton *s, const struct skel_map *m, int *at,
		   struct skel_var *out)
{
	while (m->section && *at < btf_vlen(m->section)) {
		const struct btf_var_secinfo *info = btf_var_secinfos(m->section) + (*at)++;
		const struct btf_type *var = btf__type_by_id(s->btf, info->type);

		/* What a file keeps to itself others cannot name; two files may have the name. */
		if (!var || !btf_is_var(var) || btf_var(var)->linkage == BTF_VAR_STATIC)
			continue;
		*out = (struct skel_var){
		    .name = btf__name_by_offset(s->btf, var->name_off),
		    .type = var->type,
		    .offset = info->offset,
		    .size = info->size,
		};
		return true;
	}
	return false;
}

/* --- types --- */

/* The type that modifiers say something of. */
static const struct btf_type *skip_mods(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);

	while (btf_is_mod(t)) {
		*id = t->type;
		t = btf__type_by_id(btf, *id);
	}
	return t;
}

/* Applications set what is const to programs, but not what the kernel's configuration says. */
static int put_type(struct skeleton *s, const struct skel_map *m, uint32_t id, const char *name)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts, .field_name = name,
		    .indent_level = IN_SECTION,
		    .strip_mods = strcmp(m->section_ident, "kconfig") != 0);
	int err;

	buf_fill(s->out, '\t', IN_SECTION);
	err = btf_dump__emit_type_decl(s->dump, id, &opts);
	buf_str(s->out, ";\n");
	return err;
}

/* --- sections --- */

/* The compiler of the application may pad in its own way: what is between two variables is said. */
static void put_padding(struct skeleton *s, uint32_t n, int *count)
{
	if (n)
		skel_put(s, "\t\tchar __pad%d[%u];\n", (*count)++, n);
}

static int put_section(struct skeleton *s, const struct skel_map *m, struct problem *why)
{
	int at = 0, pads = 0, err = 0;
	uint32_t end = 0;
	struct skel_var v;

	skel_put(s, "\tstruct $__%s {\n", m->section_ident);
	while (!err && skel_next_var(s, m, &at, &v)) {
		/* Not v.size: a struct can have more elements at its end than its type says. */
		int64_t size = btf__resolve_size(s->btf, v.type);

		if (size < 0 || v.offset < end)
			return problem(why, -EINVAL, NULL, "%s: %s lies upon another variable",
				       m->find, v.name);
		put_padding(s, v.offset - end, &pads);
		err = put_type(s, m, v.type, v.name);
		if (err)
			problem_errno(why, err, v.name);
		end = v.offset + (uint32_t)size;
	}
	skel_put(s, "\t} *%s;\n", m->section_ident);
	return err;
}

int skel_put_sections(struct skeleton *s, struct problem *why)
{
	int err = 0;

	for (int i = 0; i < s->nmaps && !err; i++)
		if (s->maps[i].section)
			err = put_section(s, &s->maps[i], why);
	return err;
}

static int put_pointer(struct skeleton *s, const struct skel_map *m, const struct skel_var *v)
{
	struct buf declarator __buf_free = {};
	uint32_t id = v->type;

	buf_printf(&declarator, btf_is_array(skip_mods(s->btf, &id)) ? "(*%s)" : "*%s", v->name);
	return put_type(s, m, v->type, buf_cstr(&declarator));
}

int skel_put_pointers(struct skeleton *s)
{
	int err = 0;

	for (int i = 0; i < s->nmaps && !err; i++) {
		const struct skel_map *m = &s->maps[i];
		struct skel_var v;
		int at = 0;

		if (!m->section)
			continue;
		skel_put(s, "\tstruct $__%s {\n", m->section_ident);
		while (!err && skel_next_var(s, m, &at, &v))
			err = put_pointer(s, m, &v);
		skel_put(s, "\t} %s;\n", m->section_ident);
	}
	return err;
}

/* --- what the compiler is to check --- */

static void put_section_asserts(struct skeleton *s, const struct skel_map *m)
{
	struct skel_var v;
	int at = 0;

	while (skel_next_var(s, m, &at, &v))
		skel_put(s, "\t$__same(%s, %s, %lld, %u);\n", m->section_ident, v.name,
			 (long long)btf__resolve_size(s->btf, v.type), v.offset);
}

void skel_put_asserts(struct skeleton *s)
{
	skel_text(s, "\n"
		     "#ifdef __cplusplus\n"
		     "#define $__is static_assert\n"
		     "#else\n"
		     "#define $__is _Static_assert\n"
		     "#endif\n"
		     "#define $__same(section, var, size, place) \\\n"
		     "\t$__is(sizeof(s->section->var) == (size) && \\\n"
		     "\t\t__builtin_offsetof(__typeof__(*s->section), var) == (place), \\\n"
		     "\t\t#var \" differs from the object's in size or place\")\n"
		     "__attribute__((unused)) static void $__assert(struct $ *s "
		     "__attribute__((unused)))\n"
		     "{\n");
	for (int i = 0; i < s->nmaps; i++)
		put_section_asserts(s, &s->maps[i]);
	skel_text(s, "}\n"
		     "#undef $__same\n"
		     "#undef $__is\n");
}
