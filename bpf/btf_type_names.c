// SPDX-License-Identifier: GPL-2.0-or-later
#include "btf_type_impl.h"

#include <string.h>

/* A name that has been used, and for what.  Types of one program may have the same name when they
 * come from different files; C does not take that. */
struct name {
	uint32_t hash;
	uint32_t next; /* 1 + position of another one in the bucket, 0 */
	uint32_t name_off;
	uint32_t id;	 /* the type, or the enum that the name is an enumerator of */
	uint32_t number; /* 2 and on: the suffix */
	enum name_space space;
	bool is_fwd, is_union;
};

static uint32_t hash_of(const char *s)
{
	uint32_t h = 0x811c9dc5; /* FNV-1a (Fowler, Noll, Vo) */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x01000193;
	return h;
}

static const struct name *names_of(const struct writer *w)
{
	return (const struct name *)(const void *)w->names.data;
}

/* A forward declaration and a definition with the same name are one thing in C. */
static bool is_same(const struct name *a, const struct name *b)
{
	return (a->is_fwd || b->is_fwd) && a->is_union == b->is_union;
}

static uint32_t number_for(const struct writer *w, const struct name *name)
{
	const char *s = type_string(w, name->name_off);
	uint32_t number = 1;

	for (uint32_t i = w->buckets[name->hash % NAME_BUCKETS]; i; i = names_of(w)[i - 1].next) {
		const struct name *other = &names_of(w)[i - 1];

		if (other->hash != name->hash || other->space != name->space ||
		    strcmp(type_string(w, other->name_off), s) != 0)
			continue;
		if (is_same(name, other))
			return other->number;
		if (other->number >= number)
			number = other->number + 1;
	}
	return number;
}

static uint32_t add(struct writer *w, struct name *name)
{
	uint32_t *bucket;

	name->hash = hash_of(type_string(w, name->name_off));
	name->number = number_for(w, name);
	bucket = &w->buckets[name->hash % NAME_BUCKETS];
	name->next = *bucket;
	buf_add(&w->names, name, sizeof(*name));
	if (!w->names.err)
		*bucket = (uint32_t)(w->names.len / sizeof(*name));
	return name->number;
}

static uint32_t known_number(const struct writer *w, uint32_t id, const char *s)
{
	for (uint32_t i = w->buckets[hash_of(s) % NAME_BUCKETS]; i; i = names_of(w)[i - 1].next)
		if (names_of(w)[i - 1].id == id)
			return names_of(w)[i - 1].number;
	return 1;
}

static void put(const char *s, uint32_t number, struct buf *out)
{
	buf_str(out, s);
	if (number > 1)
		buf_printf(out, "___%u", number);
}

void type_put_name(struct writer *w, uint32_t id, struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(w->btf, id);
	const char *s = type_string(w, t->name_off);
	uint32_t number;

	if (w->types[id].named) {
		number = known_number(w, id, s);
	} else {
		struct name name = {
		    .name_off = t->name_off,
		    .id = id,
		    .space = btf_is_typedef(t) || btf_is_func(t) ? NAME_ORDINARY : NAME_TAG,
		    .is_fwd = btf_is_fwd(t),
		    .is_union = btf_is_union(t) || (btf_is_fwd(t) && btf_kflag(t)),
		};

		number = add(w, &name);
		w->types[id].named = true;
	}
	put(s, number, out);
}

void type_put_enumerator_name(struct writer *w, uint32_t id, uint32_t name_off, struct buf *out)
{
	struct name name = {.name_off = name_off, .id = id, .space = NAME_ORDINARY};

	put(type_string(w, name_off), add(w, &name), out);
}
