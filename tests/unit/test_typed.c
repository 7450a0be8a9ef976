// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/typed.h"
#include "tests/unit/types_fixture.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expect_n(int type, const void *data, size_t size, const char *json)
{
	struct buf out __buf_free = {};
	struct plan *p = NULL;
	void *exact = malloc(size ? size : 1);

	assert_int_equal(plan_compile(btf, (uint32_t)type, &p), 0);
	/* Memory that ends where the value does shows reads beyond it to ASan. */
	memcpy(exact, data, size);
	plan_render(p, exact, size, &out);
	assert_string_equal(buf_cstr(&out), json);
	plan_free(p);
	free(exact);
}

#define EXPECT(type, json, ...)                                                                    \
	do {                                                                                       \
		const __auto_type value_ = (__VA_ARGS__);                                          \
		expect_n(type, &value_, sizeof(value_), json);                                     \
	} while (0)
#define BYTES(type, json, bytes) expect_n(type, bytes, sizeof(bytes) - 1, json)

static void test_integers(void **state)
{
	(void)state;
	EXPECT(u8, "255", (uint8_t)255);
	EXPECT(s8, "-1", (uint8_t)255);
	EXPECT(u16, "65535", (uint16_t)65535);
	EXPECT(s32, "-2147483648", (int32_t)INT32_MIN);
	EXPECT(u32, "4294967295", (uint32_t)UINT32_MAX);
	EXPECT(u64, "18446744073709551615", (uint64_t)UINT64_MAX);
	EXPECT(s64, "-9223372036854775808", (int64_t)INT64_MIN);
	EXPECT(s64, "0", (int64_t)0);
	EXPECT(i128, "\"0xfffffffffffffffffffffffffffffffe\"", (__int128)-2);
	EXPECT(i128, "\"0x0\"", (__int128)0);
	EXPECT(boolean, "true", (uint8_t)1);
	EXPECT(boolean, "false", (uint8_t)0);
	EXPECT(btf__add_int(btf, "bool4", 4, BTF_INT_BOOL), "true", (uint32_t)0x100);
	EXPECT(btf__add_ptr(btf, 0), "4660", (uint64_t)0x1234);
}

static void test_char_encoding(void **state)
{
	(void)state;
	EXPECT(letter, "\"a\"", (char)'a');
	EXPECT(letter, "\"\\\"\"", (char)'"');
	EXPECT(letter, "\"\\n\"", (char)'\n');
	EXPECT(letter, "\"\\u0000\"", (char)0);
	EXPECT(letter, "\"\\u00c8\"", (char)(unsigned char)0xc8);
	BYTES(array(letter, 2), "[\"a\",\"b\"]", "ab");
}

static void test_text(void **state)
{
	int text = array(character, 4);
	int constant = array(btf__add_const(btf, character), 4);
	int alias = btf__add_typedef(btf, "letter", character);

	(void)state;
	BYTES(text, "\"abc\"", "abc\0");
	BYTES(text, "\"a\"", "a\0xy");
	BYTES(text, "\"\"", "\0\0\0\0");
	BYTES(text, "\"\\\"\\\\\"", "\"\\\0\0");
	BYTES(text, "[97,98,99,100]", "abcd");
	BYTES(text, "[9,0,0,0]", "\t\0\0\0");
	BYTES(text, "[97,-56,0,0]", "a\xc8\0\0");
	BYTES(text, "[97,98]", "ab");
	BYTES(constant, "\"ab\"", "ab\0\0");
	BYTES(array(alias, 2), "[97,0]", "a\0");
	BYTES(array(u8, 2), "[97,0]", "a\0");
	BYTES(array(text, 2), "[\"a\",[1,2,3,4]]", "a\0\0\0\1\2\3\4");
}

static void test_enums(void **state)
{
	int e = add_enum();

	(void)state;
	btf__add_enum_value(btf, "ALSO_GREEN", 5);
	EXPECT(e, "\"RED\"", (uint32_t)0);
	EXPECT(e, "\"GREEN\"", (uint32_t)5);
	EXPECT(e, "\"BLUE\"", (int32_t)-1);
	EXPECT(e, "-2", (int32_t)-2);
	EXPECT(e, "7", (int32_t)7);

	e = btf__add_enum(btf, "small", 1);
	btf__add_enum_value(btf, "LOW", -1);
	btf__add_enum_value(btf, "HIGH", 200);
	EXPECT(e, "\"LOW\"", (uint8_t)255);
	EXPECT(e, "\"HIGH\"", (uint8_t)200);
	EXPECT(e, "-2", (uint8_t)254);

	e = btf__add_enum64(btf, "e64", 8, false);
	btf__add_enum64_value(btf, "BIG", 1ULL << 40);
	EXPECT(e, "\"BIG\"", (uint64_t)1 << 40);
	EXPECT(e, "1", (uint64_t)1);
	EXPECT(btf__add_enum(btf, "empty", 4), "3", (uint32_t)3);
}

static void test_floats(void **state)
{
	int f = btf__add_float(btf, "float", 4), d = btf__add_float(btf, "double", 8);

	(void)state;
	EXPECT(f, "0.1", (float)0.1f);
	EXPECT(f, "16777216", (float)16777216.0f);
	EXPECT(d, "0.1", (double)0.1);
	EXPECT(d, "-1.5", (double)-1.5);
	EXPECT(d, "0.30000000000000004", (double)(0.1 + 0.2));
	EXPECT(d, "1e+300", (double)1e300);
	EXPECT(d, "\"NaN\"", (double)NAN);
	EXPECT(d, "\"Inf\"", (double)INFINITY);
	EXPECT(d, "\"-Inf\"", (double)-INFINITY);
	EXPECT(f, "\"NaN\"", (float)NAN);
	EXPECT(btf__add_float(btf, "_Float16", 2), "\"0x3c00\"", (uint16_t)0x3c00);
}

static void test_struct(void **state)
{
	int in = btf__add_union(btf, NULL, 4), ins, out;

	(void)state;
	member("all", u32, 0, 0);
	member("low", u16, 0, 0);
	ins = array(in, 2);
	out = btf__add_struct(btf, "out", 24);
	member("a", u64, 0, 0);
	member(NULL, in, 64, 0);
	member("b", ins, 96, 0);
	EXPECT(
	    out,
	    "{\"a\":1,\"\":{\"all\":2,\"low\":2},\"b\":[{\"all\":3,\"low\":3},{\"all\":4,\"low\":"
	    "4}]}",
	    (struct {
		    uint64_t a;
		    uint32_t b, c, d, e;
	    }){1, 2, 3, 4, 0});

	out = btf__add_struct(btf, "two", 12);
	member(NULL, in, 0, 0);
	member("x", u32, 32, 0);
	member(NULL, in, 64, 0);
	EXPECT(out, "{\"#0\":{\"all\":1,\"low\":1},\"x\":2,\"\":{\"all\":3,\"low\":3}}",
	       (struct { uint32_t a, b, c; }){1, 2, 3});
	EXPECT(btf__add_struct(btf, "empty", 4), "{}", (uint32_t)1);
}

static void test_modifiers(void **state)
{
	int t = btf__add_type_tag(btf, "user", u32);

	(void)state;
	t = btf__add_volatile(btf, btf__add_typedef(btf, "alias", btf__add_const(btf, t)));
	EXPECT(t, "7", (uint32_t)7);
}

/* As a compiler lays bits out: a:3, b:5 in the first byte; d:40 across bytes; w:128. */
static void test_bitfields(void **state)
{
	int e = btf__add_enum(btf, "e", 4), s;
	struct {
		uint64_t a : 3, b : 5, d : 40, f : 1, : 15;
		unsigned __int128 w;
	} v = {.a = 5, .b = 29, .d = 123456789012, .f = 1, .w = (unsigned __int128)7 << 96};

	(void)state;
	s = btf__add_struct(btf, "bits", sizeof(v));
	member("a", u32, 0, 3);
	member("b", e, 3, 5);
	member("d", u64, 8, 40);
	member("f", boolean, 48, 1);
	member("w", i128, 128, 128);
	expect_n(s, &v, sizeof(v),
		 "{\"a\":\"0x5\",\"b\":\"0x1d\",\"d\":\"0x1cbe991a14\",\"f\":\"0x1\","
		 "\"w\":\"0x7000000000000000000000000\"}");
}

/* INT types that are bitfields themselves, in structs without the kind flag. */
static void test_old_bitfields(void **state)
{
	int i = btf__add_int(btf, "i12", 4, 0), byte = btf__add_int(btf, "i8", 4, BTF_INT_SIGNED);
	int s;

	(void)state;
	*(uint32_t *)(btf__type_by_id(btf, (uint32_t)i) + 1) = 3 << 16 | 12;
	*(uint32_t *)(btf__type_by_id(btf, (uint32_t)byte) + 1) = BTF_INT_SIGNED << 24 | 8;
	EXPECT(i, "\"0x813\"", (uint32_t)0xe5c0c09b);
	EXPECT(byte, "-101", (uint32_t)0xe5c0c09b);
	s = btf__add_struct(btf, "s", 8);
	member("x", byte, 0, 0);
	member("y", i, 8, 0);
	EXPECT(s, "{\"x\":-101,\"y\":\"0x818\"}", (uint64_t)0xe5c0c09b);
}

static void test_arrays(void **state)
{
	int row = array(s32, 3), empty = btf__add_struct(btf, "empty", 0);

	(void)state;
	EXPECT(array(row, 2), "[[1,2,3],[-4,5,6]]", (struct { int v[6]; }){{1, 2, 3, -4, 5, 6}});
	BYTES(array(u32, 0), "[]", "");
	BYTES(array(empty, 2), "[{},{}]", "");
}

static void test_flexible(void **state)
{
	int data = array(u16, 0), text = array(character, 0);
	int s = btf__add_struct(btf, "event", 4), t, in;

	(void)state;
	member("n", u16, 0, 0);
	member("data", data, 32, 0);
	BYTES(s, "{\"n\":1,\"data\":[]}", "\1\0\0\0");
	BYTES(s, "{\"n\":1,\"data\":[2,3]}", "\1\0\0\0\2\0\3\0");
	BYTES(s, "{\"n\":1,\"data\":[2]}", "\1\0\0\0\2\0\3");

	in = btf__add_struct(btf, "named", 1);
	member("n", u8, 0, 0);
	member("name", text, 8, 0);
	t = btf__add_struct(btf, "outer", 2);
	member("k", u8, 0, 0);
	member("in", in, 8, 0);
	BYTES(t, "{\"k\":1,\"in\":{\"n\":2,\"name\":\"ab\"}}", "\1\2ab\0");
	BYTES(t, "{\"k\":1,\"in\":{\"n\":2,\"name\":[97,98]}}", "\1\2ab");
}

static void test_datasec(void **state)
{
	int one = btf__add_var(btf, "one", BTF_VAR_GLOBAL_ALLOCATED, u32);
	int name = btf__add_var(btf, "name", BTF_VAR_STATIC, array(character, 4));
	int sec = btf__add_datasec(btf, ".data", 8);

	(void)state;
	btf__add_datasec_var_info(btf, one, 0, 4);
	btf__add_datasec_var_info(btf, name, 4, 4);
	BYTES(sec, "{\".data\":[{\"one\":1},{\"name\":\"ab\"}]}", "\1\0\0\0ab\0\0");
	BYTES(one, "1", "\1\0\0\0");
	BYTES(btf__add_datasec(btf, ".bss", 0), "{\".bss\":[]}", "");
}

static void test_no_value(void **state)
{
	int fwd = btf__add_fwd(btf, "hidden", BTF_FWD_STRUCT), s;

	(void)state;
	BYTES(0, "null", "");
	BYTES(fwd, "null", "");
	BYTES(btf__add_func_proto(btf, 0), "null", "");
	s = btf__add_struct(btf, "s", 4);
	member("f", fwd, 0, 0);
	member("v", u32, 0, 0);
	BYTES(s, "{\"f\":null,\"v\":1}", "\1\0\0\0");
}

/* Values that are cut off at every length: ASan sees whether anything is read beyond. */
static void test_short(void **state)
{
	static const uint8_t bytes[64] = {1, 2, 3};
	struct buf out __buf_free = {};
	int text = array(character, 8), number = btf__add_float(btf, "double", 8), ins, s;
	int in = btf__add_struct(btf, "in", 8);
	struct plan *p;

	(void)state;
	member("x", u32, 0, 0);
	member("bit", u64, 33, 31);
	ins = array(in, 2);
	s = btf__add_struct(btf, "s", 64);
	member("a", u16, 0, 0);
	member("w", i128, 32, 0);
	member("text", text, 160, 0);
	member("in", ins, 224, 0);
	member("d", number, 384, 0);
	assert_int_equal(plan_compile(btf, (uint32_t)s, &p), 0);
	assert_int_equal(plan_size(p), 64);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		uint8_t *exact = malloc(n ? n : 1);

		memcpy(exact, bytes, n);
		buf_reset(&out);
		plan_render(p, exact, n, &out);
		assert_int_equal(out.data[out.len - 1], '}');
		free(exact);
	}
	buf_reset(&out);
	plan_render(p, NULL, 0, &out);
	assert_string_equal(buf_cstr(&out),
			    "{\"a\":null,\"w\":null,\"text\":[],\"in\":[],\"d\":null}");
	plan_free(p);
}

static int compiles(int type)
{
	struct plan *p = NULL;
	int err = plan_compile(btf, (uint32_t)type, &p);

	plan_free(p);
	return err;
}

static void test_limits(void **state)
{
	int t = u8, empty = btf__add_struct(btf, "empty", 0);

	(void)state;
	assert_int_equal(compiles(1 << 20), -EINVAL);
	assert_int_equal(compiles(array(1 << 20, 1)), -EINVAL);
	assert_int_equal(compiles(array(u64, UINT32_MAX)), -E2BIG);
	assert_int_equal(compiles(array(empty, 65)), -E2BIG);
	t = array(empty, 8);
	assert_int_equal(compiles(array(t, 9)), -E2BIG);
	/* 33 levels, then 2^30 members. */
	t = u8;
	for (int i = 0; i < 32; i++) {
		int s = btf__add_struct(btf, NULL, 1);

		member("in", t, 0, 0);
		t = s;
	}
	assert_int_equal(compiles(t), -E2BIG);
	t = u8;
	for (int i = 0; i < 30; i++) {
		int s = btf__add_struct(btf, NULL, 1u << i);

		member("a", t, 0, 0);
		member("b", t, 0, 0);
		t = s;
	}
	assert_int_equal(compiles(t), -E2BIG);
	/* A struct that holds itself, which no compiler makes. */
	t = btf__add_struct(btf, "self", 8);
	member("self", t, 0, 0);
	assert_int_equal(compiles(t), -E2BIG);
}

/* Where the kernel has ids of programs for pointers to functions. */
static void name_program(uint32_t id, struct buf *out)
{
	buf_printf(out, "number%u", id);
}

static void test_struct_ops(void **state)
{
	const uint64_t values[] = {7, 0, 9};
	struct buf out __buf_free = {};
	int proto, ops, function, constant, pointer;
	struct plan *p = NULL;

	(void)state;
	proto = btf__add_func_proto(btf, u32);
	btf__add_func_param(btf, NULL, u8);
	function = btf__add_ptr(btf, proto);
	constant = btf__add_const(btf, function);
	pointer = btf__add_ptr(btf, u8);
	ops = btf__add_struct(btf, "ops", sizeof(values));
	member("one", function, 0, 0);
	member("two", constant, 64, 0);
	member("data", pointer, 128, 0);
	expect_n(ops, values, sizeof(values), "{\"one\":7,\"two\":0,\"data\":9}");
	assert_int_equal(plan_compile_ops(btf, (uint32_t)ops, name_program, &p), 0);
	plan_render(p, values, sizeof(values), &out);
	assert_string_equal(buf_cstr(&out),
			    "{\"one\":\"u32 (u8) number7\",\"two\":\"u32 (u8) 0\",\"data\":9}");
	plan_free(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_btf, free_btf)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_struct_ops),    TEST(test_integers),  TEST(test_char_encoding),
	    TEST(test_text),	      TEST(test_enums),	    TEST(test_floats),
	    TEST(test_struct),	      TEST(test_modifiers), TEST(test_bitfields),
	    TEST(test_old_bitfields), TEST(test_arrays),    TEST(test_flexible),
	    TEST(test_datasec),	      TEST(test_no_value),  TEST(test_short),
	    TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
