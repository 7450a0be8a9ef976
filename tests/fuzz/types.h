/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TESTS_FUZZ_TYPES_H
#define BPFVIEW_TESTS_FUZZ_TYPES_H

#include <bpf/btf.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * BTF types made of bytes: any bytes make a type, the same bytes the same one.
 *
 * What is true, and what is not a number, can lie in memory in many ways, which other members of a
 * union would tell apart: there are no such members in unions.
 */
struct source {
	const uint8_t *at, *end;
	unsigned int names; /* so many were given */
};

enum { SOURCE_DEPTH = 5, SOURCE_BITS = 1 << 15 };

/* A number below `n`; 0 when the bytes are used up. */
static inline unsigned int source_take(struct source *s, unsigned int n)
{
	return s->at < s->end ? *s->at++ % n : 0;
}

static int source_type(struct source *s, struct btf *btf, unsigned int depth, bool in_union);

static inline int source_int(struct source *s, struct btf *btf, bool in_union)
{
	static const int encodings[] = {0, BTF_INT_SIGNED, BTF_INT_CHAR, BTF_INT_BOOL};
	size_t size = (size_t)1 << source_take(s, 5);
	int encoding = encodings[source_take(s, in_union ? 3 : 4)];

	if (size == 16 && encoding == BTF_INT_BOOL)
		size = 1;
	return btf__add_int(btf, "number", size, encoding);
}

static inline int source_enum(struct source *s, struct btf *btf)
{
	unsigned int size = 1u << source_take(s, 4), n = source_take(s, 4);
	int id = size == 8 ? btf__add_enum64(btf, "enumeration", size, false)
			   : btf__add_enum(btf, "enumeration", size);

	while (n--) {
		int64_t v = (int8_t)source_take(s, 256);
		char name[16];

		snprintf(name, sizeof(name), "E%u", s->names++);
		if (size == 8)
			btf__add_enum64_value(btf, name, (uint64_t)v);
		else
			btf__add_enum_value(btf, name, v);
	}
	return id;
}

/* What each of `bits` that a type can have; 0: it is no bitfield. */
static inline uint32_t source_bits(struct source *s, const struct btf *btf, int type)
{
	const struct btf_type *t = btf__type_by_id(btf, (uint32_t)type);

	if (source_take(s, 3) || !(btf_is_int(t) || btf_is_any_enum(t)) || t->size > 8)
		return 0;
	return 1 + source_take(s, 8 * t->size);
}

static inline int source_struct(struct source *s, struct btf *btf, unsigned int depth,
				bool in_union)
{
	struct {
		int type;
		uint32_t at, bits;
	} member[6];
	unsigned int n = source_take(s, 7);
	bool is_union = source_take(s, 3) == 2;
	uint32_t end = 0, next = 0;
	int id;

	for (unsigned int i = 0; i < n; i++) {
		int type = source_type(s, btf, depth + 1, in_union || is_union);
		int64_t size = btf__resolve_size(btf, (uint32_t)type);
		uint32_t bits = source_bits(s, btf, type);
		uint32_t takes = bits ? bits : 8 * (uint32_t)size;

		if (!bits)
			next = (next + 7) / 8 * 8 + 8 * source_take(s, 2);
		member[i].type = type;
		member[i].at = is_union ? 0 : next;
		member[i].bits = bits;
		if (size < 0 || takes > SOURCE_BITS || next + takes > SOURCE_BITS) {
			n = i;
			break;
		}
		if (member[i].at + takes > end)
			end = member[i].at + takes;
		next = is_union ? 0 : end;
	}
	id = is_union ? btf__add_union(btf, NULL, (end + 7) / 8)
		      : btf__add_struct(btf, NULL, (end + 7) / 8);
	for (unsigned int i = 0; i < n; i++) {
		bool anonymous = btf_is_composite(btf__type_by_id(btf, (uint32_t)member[i].type)) &&
				 source_take(s, 2);
		char name[16];

		snprintf(name, sizeof(name), "f%u", s->names++);
		btf__add_field(btf, anonymous ? NULL : name, member[i].type, member[i].at,
			       member[i].bits);
	}
	return id;
}

static inline int source_array(struct source *s, struct btf *btf, unsigned int depth, bool in_union)
{
	unsigned int n = source_take(s, 20);
	bool text = source_take(s, 2);
	int index = btf__add_int(btf, "index", 4, 0);
	int type = text ? btf__add_int(btf, "char", 1, source_take(s, 2) ? BTF_INT_SIGNED : 0)
			: source_type(s, btf, depth + 1, in_union);

	return btf__add_array(btf, index, type, n);
}

static inline int source_float(struct source *s, struct btf *btf)
{
	static const size_t sizes[] = {4, 8, 2, 16, 12};

	return btf__add_float(btf, "floating", sizes[source_take(s, 5)]);
}

/* Appends a type to btf; returns its id. */
static int source_type(struct source *s, struct btf *btf, unsigned int depth, bool in_union)
{
	switch (source_take(s, depth < SOURCE_DEPTH ? 9 : 3)) {
	case 1: return source_enum(s, btf);
	case 2: return in_union ? btf__add_ptr(btf, 0) : source_float(s, btf);
	case 3:
	case 4:
	case 5: return source_struct(s, btf, depth, in_union);
	case 6:
	case 7: return source_array(s, btf, depth, in_union);
	case 8: return btf__add_typedef(btf, "alias", source_type(s, btf, depth + 1, in_union));
	default: return source_int(s, btf, in_union);
	}
}

#endif
