// SPDX-License-Identifier: GPL-2.0-or-later
/* BTF made by hand: its dumps, the table of its names, and single types in C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/btf_type.h"
#include "bpf/btf_types.h"
#include "bpf/btfdump.h"
#include "bpf/shared.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int setup(void **state)
{
	*state = btf__new_empty();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	btf__free(*state);
	return 0;
}

static void check_dump(const struct btf *btf, enum btfdump_form form, const char *expected)
{
	struct buf out __buf_free = {};
	struct btfdump *d;

	assert_int_equal(btfdump_begin(btf, form, &d), 0);
	while (btfdump_more(d, &out, 1) > 0)
		;
	btfdump_close(d);
	assert_string_equal(buf_cstr(&out), expected);
}

static void check_type(const struct btf *btf, int id, const char *expected)
{
	struct buf out __buf_free = {}, squeezed __buf_free = {};

	assert_int_equal(btf_type_render(btf, (uint32_t)id, &out), 0);
	/* where comments begin is for eyes */
	for (size_t i = 0; i < out.len; i++)
		if (out.data[i] != ' ' || i + 1 == out.len || out.data[i + 1] != ' ')
			buf_char(&squeezed, out.data[i]);
	assert_string_equal(buf_cstr(&squeezed), expected);
}

/* --- dumps --- */

/* A type of every kind. */
static void add_kinds(struct btf *b)
{
	assert_int_equal(btf__add_int(b, "int", 4, BTF_INT_SIGNED), 1);
	btf__add_ptr(b, 1);
	btf__add_array(b, 1, 1, 3);
	btf__add_struct(b, "s", 8);
	btf__add_field(b, "a", 1, 0, 0);
	btf__add_field(b, "b", 1, 35, 5);
	btf__add_union(b, NULL, 4);
	btf__add_enum(b, "e", 4);
	btf__add_enum_value(b, "LOW", 1);
	btf__add_enum_value(b, "HIGH", 0x80000000);
	btf__add_enum(b, "se", 4);
	btf__add_enum_value(b, "MINUS", -1);
	btf__add_fwd(b, "f", BTF_FWD_UNION);
	btf__add_typedef(b, "t", 1);
	btf__add_volatile(b, 1);
	btf__add_const(b, 1);
	btf__add_restrict(b, 2);
	btf__add_func_proto(b, 1);
	btf__add_func_param(b, "x", 2);
	btf__add_func_param(b, NULL, 0);
	btf__add_func(b, "fn", BTF_FUNC_GLOBAL, 13);
	btf__add_var(b, "v", BTF_VAR_STATIC, 1);
	btf__add_datasec(b, ".data", 4);
	btf__add_datasec_var_info(b, 15, 0, 4);
	btf__add_float(b, "double", 8);
	btf__add_decl_tag(b, "tag", 4, 1);
	btf__add_type_tag(b, "user", 1);
	btf__add_enum64(b, "e64", 8, false);
	btf__add_enum64_value(b, "BIG", UINT64_MAX);
	btf__add_enum64(b, "se64", 8, true);
	btf__add_enum64_value(b, "SMALL", (uint64_t)-2);
}

static void test_raw(void **state)
{
	add_kinds(*state);
	check_dump(*state, BTFDUMP_RAW,
		   "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		   "[2] PTR '(anon)' type_id=1\n"
		   "[3] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=3\n"
		   "[4] STRUCT 's' size=8 vlen=2\n"
		   "\t'a' type_id=1 bits_offset=0\n"
		   "\t'b' type_id=1 bits_offset=35 bitfield_size=5\n"
		   "[5] UNION '(anon)' size=4 vlen=0\n"
		   "[6] ENUM 'e' encoding=UNSIGNED size=4 vlen=2\n"
		   "\t'LOW' val=1\n"
		   "\t'HIGH' val=2147483648\n"
		   "[7] ENUM 'se' encoding=SIGNED size=4 vlen=1\n"
		   "\t'MINUS' val=-1\n"
		   "[8] FWD 'f' fwd_kind=union\n"
		   "[9] TYPEDEF 't' type_id=1\n"
		   "[10] VOLATILE '(anon)' type_id=1\n"
		   "[11] CONST '(anon)' type_id=1\n"
		   "[12] RESTRICT '(anon)' type_id=2\n"
		   "[13] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n"
		   "\t'x' type_id=2\n"
		   "\t'(anon)' type_id=0\n"
		   "[14] FUNC 'fn' type_id=13 linkage=global\n"
		   "[15] VAR 'v' type_id=1, linkage=static\n"
		   "[16] DATASEC '.data' size=4 vlen=1\n"
		   "\ttype_id=15 offset=0 size=4 (VAR 'v')\n"
		   "[17] FLOAT 'double' size=8\n"
		   "[18] DECL_TAG 'tag' type_id=4 component_idx=1\n"
		   "[19] TYPE_TAG 'user' type_id=1\n"
		   "[20] ENUM64 'e64' encoding=UNSIGNED size=8 vlen=1\n"
		   "\t'BIG' val=18446744073709551615ULL\n"
		   "[21] ENUM64 'se64' encoding=SIGNED size=8 vlen=1\n"
		   "\t'SMALL' val=-2LL\n");
}

static void test_json(void **state)
{
	add_kinds(*state);
	check_dump(
	    *state, BTFDUMP_JSON,
	    "{\"types\":["
	    "{\"id\":1,\"kind\":\"INT\",\"name\":\"int\",\"size\":4,\"bits_offset\":0,"
	    "\"nr_bits\":32,\"encoding\":\"SIGNED\"},"
	    "{\"id\":2,\"kind\":\"PTR\",\"name\":\"(anon)\",\"type_id\":1},"
	    "{\"id\":3,\"kind\":\"ARRAY\",\"name\":\"(anon)\",\"type_id\":1,\"index_type_id\":1,"
	    "\"nr_elems\":3},"
	    "{\"id\":4,\"kind\":\"STRUCT\",\"name\":\"s\",\"size\":8,\"vlen\":2,\"members\":["
	    "{\"name\":\"a\",\"type_id\":1,\"bits_offset\":0},"
	    "{\"name\":\"b\",\"type_id\":1,\"bits_offset\":35,\"bitfield_size\":5}]},"
	    "{\"id\":5,\"kind\":\"UNION\",\"name\":\"(anon)\",\"size\":4,\"vlen\":0,"
	    "\"members\":[]},"
	    "{\"id\":6,\"kind\":\"ENUM\",\"name\":\"e\",\"encoding\":\"UNSIGNED\",\"size\":4,"
	    "\"vlen\":2,\"values\":[{\"name\":\"LOW\",\"val\":1},"
	    "{\"name\":\"HIGH\",\"val\":2147483648}]},"
	    "{\"id\":7,\"kind\":\"ENUM\",\"name\":\"se\",\"encoding\":\"SIGNED\",\"size\":4,"
	    "\"vlen\":1,\"values\":[{\"name\":\"MINUS\",\"val\":-1}]},"
	    "{\"id\":8,\"kind\":\"FWD\",\"name\":\"f\",\"fwd_kind\":\"union\"},"
	    "{\"id\":9,\"kind\":\"TYPEDEF\",\"name\":\"t\",\"type_id\":1},"
	    "{\"id\":10,\"kind\":\"VOLATILE\",\"name\":\"(anon)\",\"type_id\":1},"
	    "{\"id\":11,\"kind\":\"CONST\",\"name\":\"(anon)\",\"type_id\":1},"
	    "{\"id\":12,\"kind\":\"RESTRICT\",\"name\":\"(anon)\",\"type_id\":2},"
	    "{\"id\":13,\"kind\":\"FUNC_PROTO\",\"name\":\"(anon)\",\"ret_type_id\":1,\"vlen\":2,"
	    "\"params\":[{\"name\":\"x\",\"type_id\":2},{\"name\":\"(anon)\",\"type_id\":0}]},"
	    "{\"id\":14,\"kind\":\"FUNC\",\"name\":\"fn\",\"type_id\":13,\"linkage\":\"global\"},"
	    "{\"id\":15,\"kind\":\"VAR\",\"name\":\"v\",\"type_id\":1,\"linkage\":\"static\"},"
	    "{\"id\":16,\"kind\":\"DATASEC\",\"name\":\".data\",\"size\":4,\"vlen\":1,\"vars\":["
	    "{\"type_id\":15,\"offset\":0,\"size\":4}]},"
	    "{\"id\":17,\"kind\":\"FLOAT\",\"name\":\"double\",\"size\":8},"
	    "{\"id\":18,\"kind\":\"DECL_TAG\",\"name\":\"tag\",\"type_id\":4,\"component_idx\":1},"
	    "{\"id\":19,\"kind\":\"TYPE_TAG\",\"name\":\"user\",\"type_id\":1},"
	    "{\"id\":20,\"kind\":\"ENUM64\",\"name\":\"e64\",\"encoding\":\"UNSIGNED\",\"size\":8,"
	    "\"vlen\":1,\"values\":[{\"name\":\"BIG\",\"val\":18446744073709551615}]},"
	    "{\"id\":21,\"kind\":\"ENUM64\",\"name\":\"se64\",\"encoding\":\"SIGNED\",\"size\":8,"
	    "\"vlen\":1,\"values\":[{\"name\":\"SMALL\",\"val\":-2}]}"
	    "]}\n");
}

static void test_empty(void **state)
{
	check_dump(*state, BTFDUMP_RAW, "");
	check_dump(*state, BTFDUMP_JSON, "{\"types\":[]}\n");
}

/* A module's BTF: int is vmlinux's. */
static struct btf *split_of(struct btf *base)
{
	struct btf *split;

	btf__add_int(base, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(base, "old", 4);
	btf__add_field(base, "i", 1, 0, 0);
	split = btf__new_empty_split(base);
	assert_non_null(split);
	assert_int_equal(btf__add_struct(split, "new", 8), 3);
	btf__add_field(split, "o", 2, 0, 0);
	btf__add_field(split, "n", 1, 32, 0);
	return split;
}

static void test_split(void **state)
{
	struct btf *split = split_of(*state);
	struct btf_types *types = btf_types_new(split);

	check_dump(split, BTFDUMP_RAW,
		   "[3] STRUCT 'new' size=8 vlen=2\n"
		   "\t'o' type_id=2 bits_offset=0\n"
		   "\t'n' type_id=1 bits_offset=32\n");
	assert_int_equal(btf_types_next(types, 0), 3);
	assert_int_equal(btf_types_next(types, 3), 0);
	assert_int_equal(btf_types_find(types, "new"), 3);
	assert_int_equal(btf_types_find(types, "old"), 0);
	check_type(
	    split, 3,
	    "struct old {\n\tint i; /* 0, 4 */\n}; /* 4 bytes */\n\n"
	    "struct new {\n\tstruct old o; /* 0, 4 */\n\tint n; /* 4, 4 */\n}; /* 8 bytes */\n");
	btf_types_free(types);
	btf__free(split);
}

static bool stands_before(const char *text, const char *a, const char *b)
{
	const char *x = strstr(text, a), *y = strstr(text, b);

	return x && y && x < y;
}

static void test_header(void **state)
{
	struct buf out __buf_free = {};
	struct btf *b = *state;
	struct btfdump *d;
	const char *text;

	btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(b, "zebra", 4);
	btf__add_field(b, "i", 1, 0, 0);
	btf__add_typedef(b, "number", 1);
	btf__add_struct(b, "ant", 4);
	btf__add_field(b, "i", 1, 0, 0);
	btf__add_enum(b, "yak", 4);
	btf__add_enum_value(b, "YAK", 0);
	btf__add_enum(b, NULL, 4);
	btf__add_enum_value(b, "BARE", 7);
	btf__add_func_proto(b, 1);
	btf__add_func_param(b, "z", 1);
	btf__add_func(b, "offered", BTF_FUNC_STATIC, 7);
	btf__add_func(b, "inner", BTF_FUNC_STATIC, 7);
	btf__add_decl_tag(b, "bpf_kfunc", 8, -1);
	btf__add_decl_tag(b, "bpf_fastcall", 8, -1);
	assert_int_equal(btfdump_begin(b, BTFDUMP_C, &d), 0);
	while (btfdump_more(d, &out, 100) > 0)
		;
	btfdump_close(d);
	text = buf_cstr(&out);
	assert_true(stands_before(text, "#define __VMLINUX_H__", "BARE = 7"));
	assert_true(stands_before(text, "BARE = 7", "enum yak {"));
	assert_true(stands_before(text, "enum yak {", "typedef int number;"));
	assert_true(stands_before(text, "typedef int number;", "struct ant {"));
	assert_true(stands_before(text, "struct ant {", "struct zebra {"));
	assert_true(stands_before(text, "struct zebra {",
				  "extern __bpf_fastcall int offered(int z) __weak __ksym;"));
	assert_null(strstr(text, "inner"));
}

/* --- names --- */

static void test_shared_names(void **state)
{
	struct buf name __buf_free = {};
	struct btf *b = *state;
	struct btf_types *types;
	static const char *const expected[] = {"one.2", "one.3",   "alone",
					       "one.5", "odd.7.6", "alone_fn"};
	uint32_t id = 0;

	btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(b, "one", 0);
	btf__add_struct(b, "one", 0);
	btf__add_typedef(b, "alone", 1);
	btf__add_typedef(b, "one", 1);
	btf__add_union(b, "odd.7", 0);
	btf__add_func_proto(b, 0);
	btf__add_func(b, "alone_fn", BTF_FUNC_STATIC, 7);
	btf__add_struct(b, NULL, 0);
	types = btf_types_new(b);
	assert_non_null(types);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		id = btf_types_next(types, id);
		btf_types_name(types, id, &name);
		assert_string_equal(buf_cstr(&name), expected[i]);
		assert_int_equal(btf_types_find(types, expected[i]), id);
	}
	assert_int_equal(btf_types_next(types, id), 0);
	assert_int_equal(btf_types_find(types, "one"), 0);
	assert_int_equal(btf_types_find(types, "one.4"), 0);
	assert_int_equal(btf_types_find(types, "one.02"), 0);
	assert_int_equal(btf_types_find(types, "one.99999999999"), 0);
	assert_int_equal(btf_types_find(types, "odd.7"), 0);
	assert_int_equal(btf_types_find(types, "alone.4"), 0);
	assert_int_equal(btf_types_find(types, "int"), 0);
	assert_int_equal(btf_types_find(types, ""), 0);
	btf_types_free(types);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_many_names(void **state)
{
	enum { MANY = 100000 };
	struct btf *b = *state;
	struct btf_types *types;
	struct buf name __buf_free = {};
	size_t before, n = 0;
	double begun;

	btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	for (int i = 0; i < MANY; i++) {
		char text[32];

		snprintf(text, sizeof(text), "type_%d", i % (MANY - 10));
		btf__add_typedef(b, text, 1);
	}
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	types = btf_types_new(b);
	assert_in_range(mallinfo2().uordblks + mallinfo2().hblkhd - before, 0, 2 << 20);
	begun = seconds();
	for (uint32_t id = 0; (id = btf_types_next(types, id)); n++) {
		btf_types_name(types, id, &name);
		assert_int_equal(btf_types_find(types, buf_cstr(&name)), id);
	}
	assert_int_equal(n, MANY);
	assert_true((seconds() - begun) / MANY < 0.0005);
	assert_int_equal(btf_types_find(types, "type_5"), 0);
	assert_int_equal(btf_types_find(types, "type_5.7"), 7);
	btf_types_free(types);
}

/* --- types in C --- */

/* int 1, char 2, unsigned int 3, long 4 */
static void add_numbers(struct btf *b)
{
	assert_int_equal(btf__add_int(b, "int", 4, BTF_INT_SIGNED), 1);
	btf__add_int(b, "char", 1, BTF_INT_SIGNED);
	btf__add_int(b, "unsigned int", 4, 0);
	btf__add_int(b, "long", 8, BTF_INT_SIGNED);
}

static void test_bitfields_and_holes(void **state)
{
	struct btf *b = *state;

	add_numbers(b);
	assert_int_equal(btf__add_struct(b, "bits", 24), 5);
	btf__add_field(b, "a", 3, 0, 3);
	btf__add_field(b, "b", 3, 5, 4);   /* two bits of nothing before it */
	btf__add_field(b, "c", 3, 32, 1);  /* the next unit */
	btf__add_field(b, "d", 2, 96, 0);  /* a hole that alignment does not explain */
	btf__add_field(b, "e", 1, 128, 0); /* one that it does */
	check_type(b, 5,
		   "struct bits {\n"
		   "\tunsigned int a : 3; /* 0:0, 3 bits */\n"
		   "\tunsigned char : 2;\n"
		   "\tunsigned int b : 4; /* 0:5, 4 bits */\n"
		   "\tunsigned char __gap1[2]; /* 2, 2 */\n"
		   "\tunsigned int c : 1; /* 4:0, 1 bits */\n"
		   "\tunsigned char __gap2[7]; /* 5, 7 */\n"
		   "\tchar d; /* 12, 1 */\n"
		   "\tint e; /* 16, 4 */\n"
		   "\tunsigned char __gap3[4]; /* 20, 4 */\n"
		   "}; /* 24 bytes */\n");
}

static void test_packed(void **state)
{
	struct btf *b = *state;

	add_numbers(b);
	assert_int_equal(btf__add_struct(b, "tight", 5), 5);
	btf__add_field(b, "c", 2, 0, 0);
	btf__add_field(b, "i", 1, 8, 0);
	assert_int_equal(btf__add_struct(b, "outer", 8), 6);
	btf__add_field(b, "c", 2, 0, 0);
	btf__add_field(b, "t", 5, 8, 0);
	/* crosses the border of its type although the struct's size is a multiple of 4 */
	assert_int_equal(btf__add_struct(b, "across", 8), 7);
	btf__add_field(b, "a", 3, 0, 20);
	btf__add_field(b, "b", 3, 20, 20);
	check_type(b, 6,
		   "struct tight {\n\tchar c; /* 0, 1 */\n\tint i; /* 1, 4 */\n"
		   "} __attribute__((packed)); /* 5 bytes */\n\n"
		   "struct outer {\n\tchar c; /* 0, 1 */\n\tstruct tight t; /* 1, 5 */\n"
		   "\tunsigned char __gap1[2]; /* 6, 2 */\n}; /* 8 bytes */\n");
	check_type(b, 7,
		   "struct across {\n"
		   "\tunsigned int a : 20; /* 0:0, 20 bits */\n"
		   "\tunsigned int b : 20; /* 2:4, 20 bits */\n"
		   "\tunsigned char __gap1[3]; /* 5, 3 */\n"
		   "} __attribute__((packed)); /* 8 bytes */\n");
}

static void test_nameless_parts(void **state)
{
	struct btf *b = *state;

	add_numbers(b);
	assert_int_equal(btf__add_struct(b, NULL, 8), 5);
	btf__add_field(b, "x", 1, 0, 0);
	btf__add_field(b, "y", 1, 32, 0);
	assert_int_equal(btf__add_union(b, NULL, 8), 6);
	btf__add_field(b, NULL, 5, 0, 0);
	btf__add_field(b, "whole", 4, 0, 0);
	assert_int_equal(btf__add_enum(b, NULL, 4), 7);
	btf__add_enum_value(b, "ON", 1);
	btf__add_array(b, 1, 5, 2);
	assert_int_equal(btf__add_struct(b, "outer", 40), 9);
	btf__add_field(b, "first", 4, 0, 0);
	btf__add_field(b, NULL, 6, 64, 0);
	btf__add_field(b, "mode", 7, 128, 0);
	btf__add_field(b, "pairs", 8, 160, 0);
	check_type(b, 9,
		   "struct outer {\n"
		   "\tlong first; /* 0, 8 */\n"
		   "\tunion {\n"
		   "\t\tstruct {\n"
		   "\t\t\tint x; /* 8, 4 */\n"
		   "\t\t\tint y; /* 12, 4 */\n"
		   "\t\t}; /* 8, 8 */\n"
		   "\t\tlong whole; /* 8, 8 */\n"
		   "\t}; /* 8, 8 */\n"
		   "\tenum {\n\t\tON = 1,\n\t} mode; /* 16, 4 */\n"
		   "\tstruct {\n"
		   "\t\tint x; /* 20, 4 */\n"
		   "\t\tint y; /* 24, 4 */\n"
		   "\t} pairs[2]; /* 20, 16 */\n"
		   "}; /* 40 bytes */\n");
}

static void test_declarators(void **state)
{
	struct btf *b = *state;

	add_numbers(b);
	assert_int_equal(btf__add_const(b, 2), 5);
	assert_int_equal(btf__add_ptr(b, 5), 6); /* const char * */
	assert_int_equal(btf__add_const(b, 6), 7);
	assert_int_equal(btf__add_struct(b, "far", 4), 8);
	btf__add_field(b, "i", 1, 0, 0);
	assert_int_equal(btf__add_ptr(b, 8), 9);
	assert_int_equal(btf__add_func_proto(b, 6), 10);
	btf__add_func_param(b, "f", 9);
	btf__add_func_param(b, NULL, 1);
	btf__add_func_param(b, NULL, 0);
	assert_int_equal(btf__add_ptr(b, 10), 11);
	assert_int_equal(btf__add_array(b, 1, 11, 4), 12);
	assert_int_equal(btf__add_array(b, 1, 1, 3), 13);
	assert_int_equal(btf__add_array(b, 1, 13, 2), 14);
	assert_int_equal(btf__add_ptr(b, 13), 15);
	assert_int_equal(btf__add_func_proto(b, 0), 16);
	assert_int_equal(btf__add_ptr(b, 16), 17);
	assert_int_equal(btf__add_typedef(b, "handler_t", 17), 18);
	assert_int_equal(btf__add_struct(b, "all", 104), 19);
	btf__add_field(b, "name", 7, 0, 0);
	btf__add_field(b, "calls", 12, 64, 0);
	btf__add_field(b, "grid", 14, 320, 0);
	btf__add_field(b, "row", 15, 512, 0);
	btf__add_field(b, "far", 9, 576, 0);
	btf__add_field(b, "handler", 18, 640, 0);
	btf__add_field(b, "other", 9, 704, 0);
	btf__add_field(b, "bare", 17, 768, 0);
	check_type(b, 19,
		   "struct far;\n\n"
		   "typedef void (*handler_t)(void); /* 8 bytes */\n\n"
		   "struct all {\n"
		   "\tconst char *const name; /* 0, 8 */\n"
		   "\tconst char *(*calls[4])(struct far *f, int, ...); /* 8, 32 */\n"
		   "\tint grid[2][3]; /* 40, 24 */\n"
		   "\tint (*row)[3]; /* 64, 8 */\n"
		   "\tstruct far *far; /* 72, 8 */\n"
		   "\thandler_t handler; /* 80, 8 */\n"
		   "\tstruct far *other; /* 88, 8 */\n"
		   "\tvoid (*bare)(void); /* 96, 8 */\n"
		   "}; /* 104 bytes */\n");
	assert_int_equal(btf__add_func(b, "call", BTF_FUNC_STATIC, 10), 20);
	check_type(b, 20, "struct far;\n\nconst char *call(struct far *f, int, ...);\n");
}

static void test_enums(void **state)
{
	struct btf *b = *state;

	assert_int_equal(btf__add_enum(b, "small", 1), 1);
	btf__add_enum_value(b, "A", 1);
	assert_int_equal(btf__add_enum64(b, "large", 8, false), 2);
	btf__add_enum64_value(b, "B", UINT64_C(1) << 40);
	assert_int_equal(btf__add_enum(b, "plain", 4), 3);
	btf__add_enum_value(b, "C", -5);
	check_type(b, 1, "enum small {\n\tA = 1,\n} __attribute__((mode(QI))); /* 1 bytes */\n");
	check_type(
	    b, 2,
	    "enum large {\n\tB = 1099511627776ULL,\n} __attribute__((mode(DI))); /* 8 bytes */\n");
	check_type(b, 3, "enum plain {\n\tC = -5,\n};\n");
}

static void test_names_that_clash(void **state)
{
	struct btf *b = *state;

	add_numbers(b);
	assert_int_equal(btf__add_struct(b, "same", 4), 5);
	btf__add_field(b, "i", 1, 0, 0);
	assert_int_equal(btf__add_enum(b, "e1", 4), 6);
	btf__add_enum_value(b, "X", 1);
	assert_int_equal(btf__add_enum(b, "e2", 4), 7);
	btf__add_enum_value(b, "X", 2);
	assert_int_equal(btf__add_typedef(b, "same", 5), 8); /* no clash: not a tag */
	assert_int_equal(btf__add_struct(b, "same", 16), 9);
	btf__add_field(b, "s", 8, 0, 0);
	btf__add_field(b, "x", 6, 32, 0);
	btf__add_field(b, "y", 7, 64, 0);
	check_type(
	    b, 9,
	    "struct same___2 {\n\tint i; /* 0, 4 */\n}; /* 4 bytes */\n\n"
	    "typedef struct same___2 same; /* 4 bytes */\n\n"
	    "enum e1 {\n\tX = 1,\n};\n\n"
	    "enum e2 {\n\tX___2 = 2,\n};\n\n"
	    "struct same {\n\tsame s; /* 0, 4 */\n\tenum e1 x; /* 4, 4 */\n"
	    "\tenum e2 y; /* 8, 4 */\n\tunsigned char __gap1[4]; /* 12, 4 */\n}; /* 16 bytes */\n");
}

/* BTF without a `long` does not say how large a pointer is: it is 8 bytes. */
static void test_pointers_are_aligned(void **state)
{
	struct btf *b = *state;

	btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	btf__add_ptr(b, 1);
	assert_int_equal(btf__add_struct(b, "loose", 16), 3);
	btf__add_field(b, "i", 1, 0, 0);
	btf__add_field(b, "p", 2, 64, 0);
	assert_int_equal(btf__add_struct(b, "tight", 12), 4);
	btf__add_field(b, "i", 1, 0, 0);
	btf__add_field(b, "p", 2, 32, 0);
	check_type(
	    b, 3, "struct loose {\n\tint i; /* 0, 4 */\n\tint *p; /* 8, 8 */\n}; /* 16 bytes */\n");
	check_type(b, 4,
		   "struct tight {\n\tint i; /* 0, 4 */\n\tint *p; /* 4, 8 */\n"
		   "} __attribute__((packed)); /* 12 bytes */\n");
}

/* A struct that holds a typedef of a pointer to itself, which a function takes. */
static void test_circles(void **state)
{
	struct btf *b = *state;

	assert_int_equal(btf__add_struct(b, "node", 16), 1);
	btf__add_field(b, "next", 3, 0, 0);
	btf__add_field(b, "visit", 5, 64, 0);
	btf__add_ptr(b, 1);
	btf__add_typedef(b, "link", 2);
	btf__add_func_proto(b, 0);
	btf__add_func_param(b, "l", 3);
	btf__add_ptr(b, 4);
	check_type(b, 1,
		   "typedef struct node *link; /* 8 bytes */\n\n"
		   "struct node {\n\tlink next; /* 0, 8 */\n"
		   "\tvoid (*visit)(link l); /* 8, 8 */\n}; /* 16 bytes */\n");
}

static void test_what_is_no_type(void **state)
{
	struct buf out __buf_free = {};
	struct btf *b = *state;

	btf__add_int(b, "int", 4, 0);
	btf__add_ptr(b, 1);
	assert_int_equal(btf_type_render(b, 0, &out), -EINVAL);
	assert_int_equal(btf_type_render(b, 2, &out), -EINVAL);
	assert_int_equal(btf_type_render(b, 99, &out), -EINVAL);
}

/* Malformed: a struct in itself, and typedefs without end; the kernel takes neither. */
static void test_nesting_has_an_end(void **state)
{
	struct buf out __buf_free = {};
	struct btf *b = *state;

	assert_int_equal(btf__add_struct(b, "self", 4), 1);
	btf__add_field(b, "s", 1, 0, 0);
	assert_int_equal(btf__add_struct(b, NULL, 4), 2);
	btf__add_field(b, "s", 2, 0, 0);
	assert_int_equal(btf__add_struct(b, "holder", 4), 3);
	btf__add_field(b, "s", 2, 0, 0);
	assert_int_equal(btf__add_typedef(b, "t", 5), 4);
	assert_int_equal(btf__add_typedef(b, "u", 4), 5);
	btf_type_render(b, 1, &out);
	assert_int_equal(btf_type_render(b, 3, &out), -E2BIG);
	btf_type_render(b, 4, &out);
}

static void test_no_such_object(void **state)
{
	const struct btf_types *types = NULL;
	struct btfdump *d;

	(void)state;
	for (int form = BTFDUMP_RAW; form <= BTFDUMP_BIN; form++)
		assert_int_equal(btfdump_open(0x7ffffff0, (enum btfdump_form)form, &d), -ENOENT);
	assert_int_equal(btf_types_get(0x7ffffff0, &types), -ENOENT);
	assert_null(types);
}

#define BTF_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BTF_TEST(test_raw),
	    BTF_TEST(test_json),
	    BTF_TEST(test_empty),
	    BTF_TEST(test_split),
	    BTF_TEST(test_header),
	    BTF_TEST(test_shared_names),
	    BTF_TEST(test_many_names),
	    BTF_TEST(test_bitfields_and_holes),
	    BTF_TEST(test_packed),
	    BTF_TEST(test_nameless_parts),
	    BTF_TEST(test_declarators),
	    BTF_TEST(test_enums),
	    BTF_TEST(test_names_that_clash),
	    BTF_TEST(test_pointers_are_aligned),
	    BTF_TEST(test_circles),
	    BTF_TEST(test_what_is_no_type),
	    BTF_TEST(test_nesting_has_an_end),
	    BTF_TEST(test_no_such_object),
	};
	int failed = cmocka_run_group_tests_name("btf", tests, NULL, NULL);

	shared_sweep(0);
	return failed;
}
