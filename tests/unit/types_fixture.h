/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BTF with the types that most tests of typed values need, to which each adds its own. */
#ifndef BPFVIEW_TYPES_FIXTURE_H
#define BPFVIEW_TYPES_FIXTURE_H

#include <bpf/btf.h>

static struct btf *btf;
static int u8, s8, u16, s32, u32, u64, s64, character, boolean, i128, letter;

static inline int make_btf(void **state)
{
	(void)state;
	btf = btf__new_empty();
	u8 = btf__add_int(btf, "u8", 1, 0);
	s8 = btf__add_int(btf, "s8", 1, BTF_INT_SIGNED);
	u16 = btf__add_int(btf, "u16", 2, 0);
	s32 = btf__add_int(btf, "s32", 4, BTF_INT_SIGNED);
	u32 = btf__add_int(btf, "u32", 4, 0);
	u64 = btf__add_int(btf, "u64", 8, 0);
	s64 = btf__add_int(btf, "s64", 8, BTF_INT_SIGNED);
	character = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	boolean = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	i128 = btf__add_int(btf, "__int128", 16, BTF_INT_SIGNED);
	letter = btf__add_int(btf, "letter", 1, BTF_INT_CHAR);
	return btf && letter > 0 ? 0 : -1;
}

static inline int free_btf(void **state)
{
	(void)state;
	btf__free(btf);
	return 0;
}

/* A member of the struct or union that was added last. */
static inline void member(const char *name, int type, uint32_t bit, uint32_t bits)
{
	assert_int_equal(btf__add_field(btf, name, type, bit, bits), 0);
}

static inline int array(int type, uint32_t n)
{
	return btf__add_array(btf, u32, type, n);
}

/* RED is 0, GREEN 5, BLUE -1. */
static inline int add_enum(void)
{
	int e = btf__add_enum(btf, "color", 4);

	btf__add_enum_value(btf, "RED", 0);
	btf__add_enum_value(btf, "GREEN", 5);
	btf__add_enum_value(btf, "BLUE", -1);
	return e;
}

#endif
