// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a C compiler puts the members of a struct, by the System V ABI for x86-64 (3.1.2), which
 * the other 64-bit ABIs that Linux runs on share: a member stands at the next multiple of its
 * alignment; a bitfield directly behind what comes before it, unless it would then cross a border
 * of its type.
 */
#include "btf_type_impl.h"

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return to ? (v + to - 1) / to * to : v;
}

uint64_t type_bits(const struct writer *w, uint32_t id)
{
	int64_t size = btf__resolve_size(w->btf, id);

	return size > 0 ? (uint64_t)size * 8 : 0;
}

/* The greatest alignment of the members, and whether they stand where that says. */
static unsigned int member_align(struct writer *w, const struct btf_type *t, bool *fits)
{
	unsigned int most = 1;

	*fits = true;
	for (unsigned int i = 0; i < btf_vlen(t); i++) {
		uint64_t at = btf_member_bit_offset(t, i);
		unsigned int align = type_align(w, btf_members(t)[i].type);

		if (type_place(w, t, i, false, at) != at)
			*fits = false;
		if (align > most)
			most = align;
	}
	if (t->size % most)
		*fits = false;
	return most;
}

bool type_is_packed(struct writer *w, uint32_t id)
{
	bool fits;

	member_align(w, btf__type_by_id(w->btf, id), &fits);
	return !fits;
}

static unsigned int composite_align(struct writer *w, const struct btf_type *t)
{
	bool fits;
	unsigned int align = member_align(w, t, &fits);

	return fits ? align : 1;
}

static unsigned int align_of(struct writer *w, uint32_t id, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: return t->size > 8 ? 16 : t->size ? t->size : 1;
	case BTF_KIND_PTR: return (unsigned int)(type_bits(w, id) / 8);
	case BTF_KIND_ARRAY: return type_align(w, btf_array(t)->type);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return composite_align(w, t);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG: return type_align(w, t->type);
	default: return 1;
	}
}

unsigned int type_align(struct writer *w, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(w->btf, id);

	if (!id || !t)
		return 1;
	if (!w->types[id].align && type_enter(w)) {
		w->types[id].align = (uint8_t)align_of(w, id, t);
		type_leave(w);
	}
	return w->types[id].align ? w->types[id].align : 1;
}

uint64_t type_place(struct writer *w, const struct btf_type *t, unsigned int member, bool packed,
		    uint64_t pos)
{
	uint32_t type = btf_members(t)[member].type;
	uint64_t width = btf_member_bitfield_size(t, member), unit;

	if (!width)
		return round_up(pos, packed ? 8 : 8 * type_align(w, type));
	unit = type_bits(w, type);
	if (packed || !unit || pos % unit + width <= unit)
		return pos;
	return round_up(pos, unit);
}
