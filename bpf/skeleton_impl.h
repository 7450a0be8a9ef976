/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SKELETON_IMPL_H
#define BPFVIEW_SKELETON_IMPL_H

#include "skeleton.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

/* What the kinds of skeletons are made of; for skeleton.c and its parts only. */

struct skel_map {
	const struct bpf_map *map;
	char *ident;	  /* its name in C */
	const char *find; /* what libbpf finds it by: a section or a name */
	/* The variables that lie in it, NULL when there are none that C can name, and the name in C
	 * of the struct of them. */
	const struct btf_type *section;
	const char *section_ident;
	/* Of struct_ops: the struct, in the object's BTF; NULL. */
	const struct btf_type *ops;
};

struct skel_prog {
	const struct bpf_program *prog;
	char *ident;
};

struct skeleton {
	enum skeleton_kind kind;
	const char *name;
	const void *elf;
	size_t size;
	struct bpf_object *object;
	const struct btf *btf; /* NULL: the object has none */
	struct btf_dump *dump;
	struct skel_map *maps;
	struct skel_prog *progs;
	int nmaps, nprogs;
	bool has_ops;	 /* any of the maps is of struct_ops */
	struct buf *out; /* where libbpf's words go, too */
};

/* A variable of a section. */
struct skel_var {
	const char *name;
	uint32_t type, offset, size;
};

/* Each writes a whole header; 0 or -errno. */
int skeleton_full(struct skeleton *s, struct problem *why);
int skeleton_light(struct skeleton *s, struct problem *why);
int skeleton_sub(struct skeleton *s, struct problem *why);

/* --- skeleton_text.c --- */

/* Appends text in which $ stands for the skeleton's name. */
void skel_text(struct skeleton *s, const char *text);

/* The same, with the rest as for printf(). */
void skel_put(struct skeleton *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What C++ has as members of the struct. */
struct skel_method {
	const char *name;
	const char *text; /* a line */
};

/* Members of the struct for C++ alone; without the one that is called as the struct, which would
 * be a constructor. */
void skel_put_methods(struct skeleton *s, const struct skel_method *methods, int n);

/* Begins and ends the header: the name of its guard ends in `what`. */
void skel_begin(struct skeleton *s, const char *what);
void skel_end(struct skeleton *s);

/* Appends bytes as the string literals of an array, each on a line of its own. */
void skel_put_bytes(struct buf *out, const void *data, size_t n);

/* --- skeleton_types.c --- */

/* A member `field` of the struct, that has a member for each map or program, its name between
 * `before` and `after`; nothing when there are none. */
void skel_put_maps(struct skeleton *s, const char *before);
void skel_put_progs(struct skeleton *s, const char *field, const char *before, const char *after);

/* Members of the struct: a pointer to a struct with all variables, for each section. */
int skel_put_sections(struct skeleton *s, struct problem *why);

/* The same, but each section is a struct of pointers to its variables. */
int skel_put_pointers(struct skeleton *s);

/* The next variable of a map's section that C can name; false: that was all.  Begin with *at 0. */
bool skel_next_var(const struct skeleton *s, const struct skel_map *m, int *at,
		   struct skel_var *out);

/* A function in which the compiler compares sizes and places of all variables with the object's. */
void skel_put_asserts(struct skeleton *s);

/* --- skeleton_tables.c --- */

/* The function that tells libbpf of all maps and programs, and for a subskeleton of variables: of
 * the struct at `obj` to what `make` declares as `s` and fills otherwise; `end` is how it ends. */
void skel_put_create(struct skeleton *s, const char *params, const char *make, const char *end);

/* --- skeleton_ops.c --- */

/* A member `struct_ops` of the struct: for each map of struct_ops what of it can be set before
 * loading; and the statements that set them, of a struct at `obj`. */
int skel_put_ops(struct skeleton *s);
void skel_put_ops_set(struct skeleton *s);

#endif
