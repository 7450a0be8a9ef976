// SPDX-License-Identifier: GPL-2.0-or-later
#include "btfdump_impl.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * The order of types in a header: by rank, then name, so that headers of two kernels can be
 * compared. What only refers to a type (a typedef, a pointer) stands where that type does.
 */
enum rank { RANK_ENUMERATORS, RANK_ENUM, RANK_NUMBER, RANK_STRUCT, RANK_FUNCTION, RANK_REST };

/* Chains of typedefs, pointers and arrays are never longer in BTF that the kernel has accepted. */
enum { MOST_LINKS = 64 };

struct key {
	uint32_t id;
	enum rank rank;
	const char *group; /* the name of the type that it refers to in the end */
	const char *name;
};

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* The type that `t` is made from, NULL when it is not made from one. */
static const struct btf_type *next_link(const struct btf *btf, const struct btf_type *t)
{
	if (btf_is_array(t))
		return btf__type_by_id(btf, btf_array(t)->type);
	if (btf_is_mod(t) || btf_is_ptr(t) || btf_is_typedef(t) || btf_is_type_tag(t))
		return btf__type_by_id(btf, t->type);
	return NULL;
}

static enum rank rank_of(const struct btf_type *end, bool has_name)
{
	switch (btf_kind(end)) {
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: return has_name ? RANK_ENUM : RANK_ENUMERATORS;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT: return RANK_NUMBER;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return has_name ? RANK_STRUCT : RANK_REST;
	case BTF_KIND_FUNC_PROTO: return has_name ? RANK_FUNCTION : RANK_REST;
	default: return RANK_REST;
	}
}

/* An enum without a name goes by its first enumerator. */
static const char *enum_name(const struct btf *btf, const struct btf_type *t)
{
	if (t->name_off || !btf_vlen(t))
		return name_at(btf, t->name_off);
	return name_at(btf, btf_is_enum(t) ? btf_enum(t)->name_off : btf_enum64(t)->name_off);
}

static struct key key_of(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id), *end = t, *next;
	struct key key = {.id = id, .name = name_at(btf, t->name_off)};

	for (int i = 0; i < MOST_LINKS && (next = next_link(btf, end)); i++)
		end = next;
	key.rank = rank_of(end, t->name_off);
	key.group =
	    end == t && btf_is_any_enum(t) ? enum_name(btf, t) : name_at(btf, end->name_off);
	return key;
}

static int compare(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	int order = (int)a->rank - (int)b->rank;

	if (!order)
		order = strcmp(a->group, b->group);
	if (!order)
		order = strcmp(a->name, b->name);
	if (!order)
		order = a->id < b->id ? -1 : 1;
	return order;
}

/* Functions and variables are not types in C, and what has no name (but structs, unions and enums)
 * is written where it is used. */
static bool has_place(const struct btf_type *t)
{
	if (btf_is_func(t) || btf_is_var(t) || btf_is_datasec(t) || btf_is_decl_tag(t))
		return false;
	return t->name_off || btf_is_composite(t) || btf_is_any_enum(t);
}

uint32_t *btf_order(const struct btf *btf, size_t *n)
{
	uint32_t end = btf__type_cnt(btf), *order;
	struct key *keys;
	size_t count = 0;

	for (uint32_t id = 1; id < end; id++)
		count += has_place(btf__type_by_id(btf, id));
	keys = calloc(count + 1, sizeof(*keys));
	order = calloc(count + 1, sizeof(*order));
	if (!keys || !order) {
		free(keys);
		free(order);
		return NULL;
	}
	count = 0;
	for (uint32_t id = 1; id < end; id++)
		if (has_place(btf__type_by_id(btf, id)))
			keys[count++] = key_of(btf, id);
	qsort(keys, count, sizeof(*keys), compare);
	for (size_t i = 0; i < count; i++)
		order[i] = keys[i].id;
	free(keys);
	*n = count;
	return order;
}
