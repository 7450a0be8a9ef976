/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_INDEX_H
#define BPFVIEW_INDEX_H

#include "buf.h"
#include "kind.h"

#include <stddef.h>
#include <stdint.h>

/*
 * All objects of a kind with what one looks them up by, shared by all readers, so that going
 * through a folder of links costs one pass over the objects and not one for each link.
 *
 * An index is renewed as soon as there is an object younger than it.  It may still have objects
 * that have gone a moment ago: ask kind_has_id() before showing one.
 */
struct index_entry {
	uint32_t id;
	uint32_t type; /* prog, map and link: type; btf: 1 for the kernel's and its modules' */
	uint32_t btf_id;
	uint32_t prog_id; /* link: its program */
	/* What a tracing program or link is for, as the kernel says it (target.h makes sense of
	 * it): of which object, and the BTF type of the function in it. */
	uint32_t target_id;
	uint32_t target_btf_id;
	uint64_t tag;		 /* prog: its tag's bytes, first byte highest */
	const uint32_t *map_ids; /* prog: the maps it uses */
	uint32_t nmap_ids;
	const char *name;      /* "" for an object without one */
	const char *file_name; /* index_file_name() among all objects of the kind */
};

struct index {
	size_t n;
	const struct index_entry *entries; /* ascending by id */
	const uint32_t *by_name;	   /* positions in entries, ascending by file_name */
};

/* The name of an object's file in a folder of names: NAME where one object there has the name,
 * NAME.ID where several share it.  Names that could be taken for something else (`.`, `..`, what
 * ends in a dot and a number) always get their id; an object without a name has none. */
void index_file_name(const char *name, uint32_t id, bool shared, struct buf *out);

/* A reference to the index of a kind: 0 or -errno. */
int index_get(enum kind kind, const struct index **out);
void index_put(enum kind kind, const struct index *x);

/* The same, given one that has turned out to be of the past: it is put back, and a newer one
 * returned. */
int index_renew(enum kind kind, const struct index **x);

/* NULL when there is none. */
const struct index_entry *index_by_id(const struct index *x, uint32_t id);
const struct index_entry *index_by_name(const struct index *x, const char *file_name);

#endif
