/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BTF_TYPE_IMPL_H
#define BPFVIEW_BTF_TYPE_IMPL_H

#include "btf_type.h"

#include <stdbool.h>

/* What is known of a type while one is written; for btf_type*.c only. */
struct type_state {
	uint8_t align;	  /* in bytes, as written; 0: not known yet */
	uint8_t declared; /* C knows the name */
	uint8_t defining;
	uint8_t defined;
	uint8_t named; /* its name is registered */
};

enum { NAME_BUCKETS = 256 };

struct writer {
	const struct btf *btf;
	struct buf *out;
	struct type_state *types;	/* by id */
	struct buf names;		/* struct name each, of all that have been used */
	uint32_t buckets[NAME_BUCKETS]; /* 1 + position in names, 0 */
	unsigned int gaps;		/* how many members for holes there are */
	unsigned int depth;
	int err;
};

/* Where in C a name has to be unique. */
enum name_space { NAME_TAG, NAME_ORDINARY };

static inline const char *type_string(const struct writer *w, uint32_t offset)
{
	const char *s = btf__name_by_offset(w->btf, offset);

	return s ? s : "";
}

/* Enters a level of nesting; false, with an error, when there are too many.  type_leave() leaves
 * it. */
bool type_enter(struct writer *w);
void type_leave(struct writer *w);

/* Appends the name that a type, or the enumerator of one, has in this text. */
void type_put_name(struct writer *w, uint32_t id, struct buf *out);
void type_put_enumerator_name(struct writer *w, uint32_t id, uint32_t name_off, struct buf *out);

/* --- layout; offsets and sizes in bits --- */

/* The alignment, in bytes, that the type has as it is written. */
unsigned int type_align(struct writer *w, uint32_t id);

/* Whether a struct or union is written with the attribute. */
bool type_is_packed(struct writer *w, uint32_t id);

/* Where a compiler puts a member when the ones before it end at `pos`. */
uint64_t type_place(struct writer *w, const struct btf_type *t, unsigned int member, bool packed,
		    uint64_t pos);

uint64_t type_bits(const struct writer *w, uint32_t id);

/* --- writing --- */

/* A declaration without `;`: of a name, or of a bare type with "". `at` is the offset in bits in
 * the outermost type, for what is written inside this one. */
void type_put_declaration(struct writer *w, uint32_t id, const char *name, unsigned int indent,
			  uint64_t at, struct buf *out);

/* The whole definition of a struct, union or enum, without `;`. */
void type_put_definition(struct writer *w, uint32_t id, unsigned int indent, uint64_t at,
			 struct buf *out);

/* A comment at the end of the line. */
void type_put_comment(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
