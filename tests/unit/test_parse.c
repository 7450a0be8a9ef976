// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/typed_parse.h"
#include "bpf/typed_plan.h"
#include "tests/fuzz/types.h"
#include "tests/unit/types_fixture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Reads a text that ends where memory does onto a copy of `data`, which takes the result. */
static int parse(int type, const char *text, size_t len, void *data, size_t size,
		 struct problem *why)
{
	struct plan *p = NULL;
	char *exact = malloc(len ? len : 1);
	uint8_t *copy = malloc(size ? size : 1);
	struct span span = span_of(exact, len);
	int err;

	assert_int_equal(plan_compile(btf, (uint32_t)type, &p), 0);
	memcpy(exact, text, len);
	memcpy(copy, data, size);
	err = plan_is_path(span) ? plan_assign(p, span, copy, size, why)
				 : plan_parse(p, span, copy, size, why);
	if (!err)
		memcpy(data, copy, size);
	else
		why->at = why->at ? text + (why->at - exact) : NULL;
	plan_free(p);
	free(copy);
	free(exact);
	return err;
}

static void expect_n(int type, const char *text, const void *old, const void *value, size_t size)
{
	struct problem why = {};
	uint8_t *data = malloc(size);

	memcpy(data, old, size);
	if (parse(type, text, strlen(text), data, size, &why))
		fail_msg("%s: %s", text, buf_cstr(&why.words));
	assert_memory_equal(data, value, size);
	problem_free(&why);
	free(data);
}

/* A text onto zeros, and the value that it gives. */
#define EXPECT(type, text, ...)                                                                    \
	do {                                                                                       \
		const __auto_type value_ = (__VA_ARGS__);                                          \
		const uint8_t zeros_[sizeof(value_)] = {};                                         \
		expect_n(type, text, zeros_, &value_, sizeof(value_));                             \
	} while (0)
#define BYTES(type, text, bytes)                                                                   \
	do {                                                                                       \
		const uint8_t zeros_[sizeof(bytes)] = {};                                          \
		expect_n(type, text, zeros_, bytes, sizeof(bytes) - 1);                            \
	} while (0)
/* A text onto an older value. */
#define CHANGE(type, text, before, after) expect_n(type, text, before, after, sizeof(before) - 1)

/* A text that is refused at `at` with words among which are those; memory of `size` bytes. */
static void refuse_n(int type, size_t size, const char *text, size_t len, ptrdiff_t at,
		     const char *words)
{
	struct problem why = {};
	uint8_t *data = calloc(1, size);
	int err = parse(type, text, len, data, size, &why);

	if (err != -EINVAL || why.at != text + at || !strstr(buf_cstr(&why.words), words))
		fail_msg("%s: %d at %td: %s", text, err, why.at - text, buf_cstr(&why.words));
	problem_free(&why);
	free(data);
}

static void refuse(int type, size_t size, const char *text, ptrdiff_t at, const char *words)
{
	refuse_n(type, size, text, strlen(text), at, words);
}

static void test_integers(void **state)
{
	(void)state;
	EXPECT(u32, "42", (uint32_t)42);
	EXPECT(u32, " 42 \n", (uint32_t)42);
	EXPECT(s32, "-5", (int32_t)-5);
	EXPECT(s32, "+5", (int32_t)5);
	EXPECT(u32, "0x2A", (uint32_t)42);
	EXPECT(u32, "0o17", (uint32_t)15);
	EXPECT(u32, "017", (uint32_t)15);
	EXPECT(u32, "0b101", (uint32_t)5);
	EXPECT(u32, "0", (uint32_t)0);
	EXPECT(u32, "\"42\"", (uint32_t)42);
	EXPECT(u64, "18446744073709551615", (uint64_t)UINT64_MAX);
	EXPECT(s64, "-9223372036854775808", (int64_t)INT64_MIN);
	EXPECT(i128, "0xfffffffffffffffffffffffffffffffe", (__int128)-2);
	EXPECT(i128, "-2", (__int128)-2);
	EXPECT(btf__add_ptr(btf, 0), "0x1234", (uint64_t)0x1234);
}

static void test_ranges(void **state)
{
	(void)state;
	EXPECT(u8, "255", (uint8_t)255);
	refuse(u8, 1, "256", 0, "from 0 to 255");
	refuse(u8, 1, "-1", 0, "from 0 to 255");
	EXPECT(s8, "-128", (int8_t)-128);
	refuse(s8, 1, "-129", 0, "from -128 to 127");
	refuse(s8, 1, "128", 0, "from -128 to 127");
	EXPECT(u16, "65535", (uint16_t)65535);
	refuse(u16, 2, "65536", 0, "from 0 to 65535");
	refuse(s32, 4, "2147483648", 0, "from -2147483648 to 2147483647");
	refuse(u32, 4, "4294967296", 0, "from 0 to 4294967295");
	refuse(u64, 8, "18446744073709551616", 0, "from 0 to 18446744073709551615");
	refuse(s64, 8, "9223372036854775808", 0, "from -9223372036854775808");
	refuse(i128, 16, "0x100000000000000000000000000000000", 0, "128 bits");
	refuse(u8, 1, "99999999999999999999999999999999999999999", 0, "from 0 to 255");
}

static void test_no_numbers(void **state)
{
	(void)state;
	refuse(u32, 4, "", 0, "a value is expected");
	refuse(u32, 4, "  ", 2, "a value is expected");
	refuse(u32, 4, "abc", 0, "a number is expected");
	refuse(u32, 4, "0x", 0, "a number is expected");
	refuse(u32, 4, "089", 0, "a number is expected");
	refuse(u32, 4, "1.5", 0, "a number is expected");
	refuse(u32, 4, "1 x", 2, "behind the value");
	refuse(u32, 4, "1,", 1, "behind the value");
	refuse(u32, 4, "\"1", 0, "has no end");
	refuse(u32, 4, "{}", 0, "a value without parts is expected");
	refuse_n(u32, 4, "1\0", 2, 0, "a number is expected");
	refuse_n(u32, 4, "1.2.3.4\0", 8, 0, "a number is expected");
}

static void test_bool_and_char(void **state)
{
	(void)state;
	EXPECT(boolean, "true", (uint8_t)1);
	EXPECT(boolean, "1", (uint8_t)1);
	CHANGE(boolean, "0", "\1", "\0");
	CHANGE(boolean, "false", "\2", "\0");
	CHANGE(boolean, "true", "\2", "\2");
	refuse(boolean, 1, "2", 0, "true or false");
	refuse(boolean, 1, "yes", 0, "true or false");
	EXPECT(letter, "\"a\"", (char)'a');
	EXPECT(letter, "a", (char)'a');
	EXPECT(letter, "'a'", (char)'a');
	EXPECT(letter, "97", (char)'a');
	EXPECT(letter, "\"7\"", (char)'7');
	EXPECT(letter, "\"\\n\"", (char)'\n');
	EXPECT(letter, "\"\\u0000\"", (char)'\0');
	EXPECT(letter, "\"\\u00c8\"", (char)(unsigned char)0xc8);
	refuse(letter, 1, "\"ab\"", 0, "one character");
	refuse(letter, 1, "\"\"", 0, "one character");
}

static void test_enums(void **state)
{
	int e = add_enum(), small;

	(void)state;
	EXPECT(e, "GREEN", (uint32_t)5);
	EXPECT(e, "\"BLUE\"", (int32_t)-1);
	EXPECT(e, "7", (uint32_t)7);
	EXPECT(e, "-2", (int32_t)-2);
	EXPECT(e, "0xffffffff", (uint32_t)UINT32_MAX);
	refuse(e, 4, "GREAN", 0, "did you mean \"GREEN\"?");
	refuse(e, 4, "4294967296", 0, "must be from");
	small = btf__add_enum(btf, "small", 1);
	btf__add_enum_value(btf, "HIGH", 200);
	EXPECT(small, "HIGH", (uint8_t)200);
	refuse(small, 1, "256", 0, "must be from");
	refuse(btf__add_enum(btf, "empty", 4), 4, "RED", 0, "no value of the enum");
}

static void test_floats(void **state)
{
	int f = btf__add_float(btf, "float", 4), d = btf__add_float(btf, "double", 8);
	uint64_t payload = 0xfff8000000000123;
	struct problem why = {};

	(void)state;
	EXPECT(f, "0.1", 0.1f);
	EXPECT(d, "0.30000000000000004", 0.1 + 0.2);
	EXPECT(d, "-1e300", -1e300);
	EXPECT(d, "-0", -0.0);
	EXPECT(d, "5e-324", 5e-324);
	EXPECT(d, "\"Inf\"", (double)INFINITY);
	EXPECT(d, "-Inf", -(double)INFINITY);
	EXPECT(d, "NaN", (uint64_t)0x7ff8000000000000);
	EXPECT(f, "\"NaN\"", (uint32_t)0x7fc00000);
	assert_int_equal(parse(d, "NaN", 3, &payload, sizeof(payload), &why), 0);
	assert_int_equal(payload, 0xfff8000000000123);
	EXPECT(btf__add_float(btf, "_Float16", 2), "\"0x3c00\"", (uint16_t)0x3c00);
	refuse(f, 4, "1e39", 0, "too large");
	refuse(d, 8, "1e309", 0, "too large");
	refuse(d, 8, "1.5x", 0, "a number is expected");
	refuse_n(d, 8, "1.5\0x", 5, 0, "a number is expected");
}

static void test_text(void **state)
{
	int text = array(character, 8);

	(void)state;
	BYTES(text, "\"abc\"", "abc\0\0\0\0\0");
	BYTES(text, "hello wo", "hello wo");
	BYTES(text, "\"hello wo\"", "hello wo");
	BYTES(text, "\"\"", "\0\0\0\0\0\0\0\0");
	BYTES(text, "\"\\\"\\\\\\u00ff\\n\"", "\"\\\xff\n\0\0\0\0");
	BYTES(text, "\"\xc3\xa9\"", "\xc3\xa9\0\0\0\0\0\0");
	BYTES(text, "\"\\u20ac\"", "\xe2\x82\xac\0\0\0\0\0");
	BYTES(text, "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80\0\0\0\0");
	BYTES(text, "\"\xff\xfe\"", "\xff\xfe\0\0\0\0\0\0");
	BYTES(text, "[97,0,0,0,0,0,0,-1]", "a\0\0\0\0\0\0\xff");
	CHANGE(text, "ab", "hello\0zz", "ab\0\0\0\0\0\0");
	CHANGE(text, "hello", "hello\0zz", "hello\0zz");
	refuse(text, 8, "\"hello world\"", 0, "11 bytes, there is room for 8");
	refuse(text, 8, "hello world", 0, "11 bytes, there is room for 8");
	refuse(text, 8, "\"a\\x\"", 2, "no such escape");
	refuse(text, 8, "\"\\ud800\"", 1, "no such escape");
	refuse(text, 8, "\"a\" b", 4, "behind the value");
}

static void test_addresses(void **state)
{
	int ip6 = array(u8, 16), mac = array(u8, 6), in6 = btf__add_struct(btf, "in6_addr", 16), s;

	(void)state;
	member("bytes", ip6, 0, 0);
	BYTES(u32, "1.2.3.4", "\1\2\3\4");
	BYTES(array(u8, 4), "1.2.3.4", "\1\2\3\4");
	BYTES(ip6, "fe80::1", "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
	BYTES(in6, "\"::2\"", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2");
	BYTES(array(u32, 4), "1::", "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	BYTES(mac, "00:1a:2B:3c:4d:ff", "\0\x1a\x2b\x3c\x4d\xff");
	s = btf__add_struct(btf, "endpoint", 10);
	member("address", u32, 0, 0);
	member("mac", mac, 32, 0);
	BYTES(s, "{\"address\":\"127.0.0.1\",\"mac\":\"1:2:3:4:5:6\"}", "\x7f\0\0\1\1\2\3\4\5\6");
	BYTES(s, ".address=10.0.0.1", "\x0a\0\0\1\0\0\0\0\0\0");
	refuse(u32, 4, "1.2.3", 0, "a number is expected");
	refuse(s32, 4, "1.2.3.4", 0, "a number is expected");
	refuse(mac, 6, "1:2:3:4:5", 0, "an array in [brackets]");
	refuse(in6, 16, "fe80:::1", 0, "an object in {braces}");
}

/* a: 8 bytes; an anonymous union of 4; color; bits of 5 and 3; 3 pairs. */
static int add_struct(void)
{
	int color = add_enum(), in = btf__add_union(btf, NULL, 4), pair, pairs, s;

	member("all", u32, 0, 0);
	member("low", u8, 0, 0);
	pair = btf__add_struct(btf, "pair", 2);
	member("x", u8, 0, 0);
	member("y", s8, 8, 0);
	pairs = array(pair, 3);
	s = btf__add_struct(btf, "out", 24);
	member("a", u64, 0, 0);
	member(NULL, in, 64, 0);
	member("color", color, 96, 0);
	member("bits", u32, 128, 5);
	member("sign", s32, 133, 3);
	member("pairs", pairs, 136, 0);
	return s;
}

struct out {
	uint64_t a;
	uint32_t all, color;
	uint8_t bits, pairs[7];
};

static void test_objects(void **state)
{
	int s = add_struct();

	(void)state;
	EXPECT(s, "{}", (struct out){});
	EXPECT(s, " { \"a\" : 1 , \"color\" : RED } ", (struct out){.a = 1});
	EXPECT(s, "{\"color\":\"GREEN\",\"a\":2}", (struct out){.a = 2, .color = 5});
	EXPECT(s, "{\"\":{\"all\":258,\"low\":2}}", (struct out){.all = 258});
	EXPECT(s, "{\"all\":258}", (struct out){.all = 258});
	EXPECT(s, "{\"bits\":\"0x1f\",\"sign\":-1}", (struct out){.bits = 0xff});
	EXPECT(s, "{\"pairs\":[{\"x\":1},{\"y\":-1},{}]}", (struct out){.pairs = {1, 0, 0, 255}});
}

static void test_object_errors(void **state)
{
	int s = add_struct();

	(void)state;
	refuse(s, 24, "{\"b\":1}", 2, "no field called \"b\"");
	refuse(s, 24, "{\"a\":1,\"colour\":1}", 8, "did you mean \"color\"?");
	refuse(s, 24, "{\"lwo\":1}", 2, "did you mean \"low\"?");
	refuse(s, 24, "{\"a\":1,\"a\":2}", 8, "given twice");
	refuse(s, 24, "{\"\":{\"all\":1},\"all\":2}", 15, "given twice");
	refuse(s, 24, "{\"pairs\":[{\"x\":1,\"x\":2},{},{}]}", 18, "given twice");
	refuse(s, 24, "{\"a\":1", 6, "a comma or } is expected");
	refuse(s, 24, "{\"a\" 1}", 5, "a colon is expected");
	refuse(s, 24, "{\"a\":1,}", 7, "a string in \"quotes\"");
	refuse(s, 24, "{a:1}", 1, "a string in \"quotes\"");
	refuse(s, 24, "{\"a\":}", 5, "a value is expected");
	refuse(s, 24, "{\"a\":1}}", 7, "behind the value");
	refuse(s, 24, "5", 0, "an object in {braces}");
	refuse(s, 24, "{\"bits\":32}", 8, "must be from");
	refuse(s, 24, "{\"sign\":-5}", 8, "must be from");
	refuse(s, 24, "{\"pairs\":[{},{}]}", 9, "3 elements are expected, not 2");
	refuse(s, 24, "{\"pairs\":[{},{},{},{}]}", 19, "only 3 elements");
	refuse(s, 24, "{\"pairs\":[{} {}]}", 13, "a comma or ]");
	refuse(s, 24, "{\"pairs\":[{\"x\":300}]}", 15, "from 0 to 255");
	refuse(s, 24, "{\"pairs\":{}}", 9, "an array in [brackets]");
	/* a value that is shorter than its type */
	refuse(s, 8, "{\"color\":1}", 9, "no room");
}

/* What is left out stays; of a union counts what is new. */
static void test_old_values(void **state)
{
	struct out old = {.a = 1, .all = 0x101, .color = 5, .bits = 0x21, .pairs = {1, 2, 3}};
	struct out new = old;
	int s = add_struct();

	(void)state;
	new.color = 0;
	expect_n(s, "{\"color\":\"RED\"}", &old, &new, sizeof(old));
	new = old;
	new.bits = 0x22;
	expect_n(s, "{\"bits\":2}", &old, &new, sizeof(old));
	new = old;
	new.pairs[3] = 7;
	expect_n(s, "{\"pairs\":[{},{\"y\":7},{}]}", &old, &new, sizeof(old));
	new = old;
	new.all = 0x205;
	expect_n(s, "{\"\":{\"all\":517,\"low\":1}}", &old, &new, sizeof(old));
	new.all = 0x102;
	expect_n(s, "{\"\":{\"all\":257,\"low\":2}}", &old, &new, sizeof(old));
	expect_n(s, "{\"low\":2,\"all\":257}", &old, &new, sizeof(old));
}

/* A union that is the value itself, and text in one. */
static void test_unions(void **state)
{
	int text = array(character, 8), tail, s = btf__add_union(btf, NULL, 4), t;

	(void)state;
	member("all", u32, 0, 0);
	member("low", u8, 0, 0);
	CHANGE(s, "{\"all\":5,\"low\":1}", "\1\1\0\0", "\5\0\0\0");
	tail = btf__add_struct(btf, NULL, 8);
	member("last", u8, 56, 0);
	t = btf__add_union(btf, NULL, 8);
	member("tail", tail, 0, 0);
	member("text", text, 0, 0);
	BYTES(t, "{\"tail\":{\"last\":7},\"text\":\"a\"}", "a\0\0\0\0\0\0\7");
	CHANGE(t, "{\"tail\":{\"last\":7},\"text\":\"b\"}", "a\0\0\0\0\0\0\7", "b\0\0\0\0\0\0\7");
}

static void test_paths(void **state)
{
	struct out old = {.a = 1, .all = 0x101, .pairs = {1, 2, 3, 4}}, new = old;
	int s = add_struct(), rows = array(array(u8, 2), 3);

	(void)state;
	new.pairs[2] = 9;
	expect_n(s, ".pairs[1].x=9", &old, &new, sizeof(old));
	expect_n(s, ".pairs.[1].x = 0x9", &old, &new, sizeof(old));
	new.pairs[3] = 255;
	expect_n(s, ".pairs[1]={\"x\":9,\"y\":-1}", &old, &new, sizeof(old));
	new = old;
	new.all = 0x102;
	expect_n(s, ".low=2", &old, &new, sizeof(old));
	BYTES(rows, "[2][1]=5", "\0\0\0\0\0\5");
	BYTES(array(character, 3), "[2]=5", "\0\0\5");
	refuse(s, 24, ".pairs[3].x=1", 7, "only 3 elements");
	refuse(s, 24, ".pairs[-1].x=1", 7, "an index and ]");
	refuse(s, 24, ".pairs[1.x=1", 7, "an index and ]");
	refuse(s, 24, ".pairs.x=1", 7, "no fields");
	refuse(s, 24, ".pears[0].x=1", 1, "did you mean \"pairs\"?");
	refuse(s, 24, ".a.b=1", 3, "no fields");
	refuse(s, 24, ".a[0]=1", 2, "no array");
	refuse(s, 24, ".pairs[0].x=1 2", 14, "behind the value");
	refuse(s, 24, ".pairs[0].x=300", 12, "from 0 to 255");
	refuse(u32, 4, ".a=1", 1, "no fields");
}

static void test_flexible(void **state)
{
	int s, data = array(u16, 0);

	(void)state;
	s = btf__add_struct(btf, "event", 2);
	member("n", u16, 0, 0);
	member("data", data, 16, 0);
	BYTES(s, "{\"n\":1,\"data\":[2,3]}", "\1\0\2\0\3\0");
	BYTES(s, "{\"n\":1,\"data\":[2]}", "\1\0\2\0\0\0");
	BYTES(s, ".data[1]=3", "\0\0\0\0\3\0");
	refuse(s, 6, "{\"data\":[2,3,4]}", 13, "only 2 elements");
	refuse(s, 2, ".data[0]=3", 6, "only 0 elements");
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
	CHANGE(sec, "{\"name\":\"ab\"}", "\1\0\0\0xyz\0", "\1\0\0\0ab\0\0");
	CHANGE(sec, ".one=2", "\1\0\0\0xyz\0", "\2\0\0\0xyz\0");
	refuse(sec, 8, "{\"nmae\":\"ab\"}", 2, "did you mean \"name\"?");
	refuse(sec, 8, "{\".data\":[{\"one\":1},{\"one\":2}]}", 22, "given twice");
}

static void test_no_value(void **state)
{
	int fwd = btf__add_fwd(btf, "hidden", BTF_FWD_STRUCT), s;

	(void)state;
	s = btf__add_struct(btf, "s", 4);
	member("f", fwd, 0, 0);
	member("v", u32, 0, 0);
	BYTES(s, "{\"f\":null,\"v\":1}", "\1\0\0\0");
	refuse(s, 4, "{\"f\":1}", 5, "nothing here");
	refuse(s, 4, "{\"v\":null}", 5, "a number is expected");
}

static void name_nothing(uint32_t id, struct buf *out)
{
	buf_printf(out, "%u", id);
}

static void test_programs(void **state)
{
	int ops, proto = btf__add_func_proto(btf, u32), pointer = btf__add_ptr(btf, proto);
	const char *text = "{\"one\":\"u32 () 7\"}";
	struct problem why = {};
	struct plan *p = NULL;
	uint64_t data = 0;

	(void)state;
	ops = btf__add_struct(btf, "ops", 8);
	member("one", pointer, 0, 0);
	assert_int_equal(plan_compile_ops(btf, (uint32_t)ops, name_nothing, &p), 0);
	assert_int_equal(plan_parse(p, span_of(text, strlen(text)), &data, 8, &why), -EOPNOTSUPP);
	assert_ptr_equal(why.at, text + 7);
	plan_free(p);
	problem_free(&why);
}

/* Bytes in place of what has a type. */
static void test_typed_bytes(void **state)
{
	(void)state;
	BYTES(u32, "1 0 0 0", "\1\0\0\0");
	BYTES(u32, "0x1 2 03 0xff", "\1\2\3\xff");
	BYTES(u32, "hex 01 02 0a ff", "\1\2\x0a\xff");
	BYTES(u8, "hex 10", "\x10");
	BYTES(u8, "10", "\x0a");
	BYTES(array(character, 3), "1 2 3", "\1\2\3");
	BYTES(array(character, 5), "\"1 2 3\"", "1 2 3");
	BYTES(array(character, 5), "1 2 3", "1 2 3");
	BYTES(add_struct(), "1 2 3 4 5 6 7 8 9 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1",
	      "\1\2\3\4\5\6\7\10\11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
	BYTES(u32, "[\"0x01\",\"0x02\",\"0x03\",\"0x04\"]", "\1\2\3\4");
	/* numbers of 128 bits look like bytes, but are not as many */
	EXPECT(array(i128, 2), "[\"0x1\",\"0x2\"]", (struct { __int128 v[2]; }){{1, 2}});
	refuse(u32, 4, "1 2 3", 2, "behind the value");
	refuse(u32, 4, "hex 01 02", 9, "4 bytes are expected, not 2");
	refuse(u32, 4, "hex 01 02 03 0g", 13, "two hex digits");
}

static int bytes(const char *text, uint8_t *data, size_t size, struct problem *why)
{
	return bytes_parse(span_of(text, strlen(text)), data, size, why);
}

static void test_plain_bytes(void **state)
{
	uint8_t data[4] = {9, 9, 9, 9};
	uint32_t v;

	(void)state;
	assert_int_equal(bytes("1 0x2 010 255", data, 4, NULL), 0);
	assert_memory_equal(data, "\1\2\10\xff", 4);
	assert_int_equal(bytes("hex 0a b 0C 00", data, 4, NULL), 0);
	assert_memory_equal(data, "\x0a\x0b\x0c\0", 4);
	assert_int_equal(bytes("[\"0x01\", 2, \"0xff\",4]", data, 4, NULL), 0);
	assert_memory_equal(data, "\1\2\xff\4", 4);
	assert_int_equal(bytes("-2", data, 4, NULL), 0);
	memcpy(&v, data, sizeof(v));
	assert_int_equal(v, (uint32_t)-2);
	assert_int_equal(bytes("[]", data, 0, NULL), 0);
}

static void test_bytes_errors(void **state)
{
	static const struct {
		const char *text;
		ptrdiff_t at;
		const char *words;
	} wrong[] = {
	    {"", 0, "4 bytes are expected, not 0"},
	    {"1 2 3", 5, "4 bytes are expected, not 3"},
	    {"1 2 3 4 5", 9, "4 bytes are expected, not 5"},
	    {"1 2 3 256", 6, "0 to 255"},
	    {"1 2 -3 4", 4, "0 to 255"},
	    {"4294967296", 0, "0 to 255"},
	    {"[1,2,3,4", 8, "a comma or ]"},
	    {"[1 2 3 4]", 3, "a comma or ]"},
	    {"[1,2,3,]", 7, "a value is expected"},
	    {"[1,2,3,4] 5", 10, "behind the bytes"},
	    {"hex", 3, "4 bytes are expected, not 0"},
	    {"hex 01 02 03 123", 13, "two hex digits"},
	    {"hex 01 02 03 00ab", 13, "two hex digits"},
	    {"hex 01 02 03 0x", 13, "two hex digits"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		uint8_t data[4] = {9, 9, 9, 9};
		struct problem why = {};
		int err = bytes(wrong[i].text, data, 4, &why);

		if (err != -EINVAL || why.at != wrong[i].text + wrong[i].at ||
		    !strstr(buf_cstr(&why.words), wrong[i].words))
			fail_msg("%s: %d at %td: %s", wrong[i].text, err, why.at - wrong[i].text,
				 buf_cstr(&why.words));
		assert_memory_equal(data, "\11\11\11\11", 4);
		problem_free(&why);
	}
}

/* Every prefix of a text and the text with any byte changed: refused or read, never beyond it. */
static void test_damaged(void **state)
{
	static const char text[] =
	    "{\"a\":17,\"\":{\"all\":258,\"low\":2},\"color\":\"RED\",\"bits\":"
	    "\"0x1\",\"pairs\":[{\"x\":1,\"y\":-2},{},{}]}";
	const size_t len = sizeof(text) - 1;
	int s = add_struct(), refused = 0;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		struct problem why = {};
		char copy[sizeof(text)];
		struct out v = {};

		assert_int_equal(parse(s, text, i, &v, sizeof(v), &why), -EINVAL);
		assert_in_range(why.at - text, 0, i);
		memcpy(copy, text, sizeof(copy));
		copy[i] ^= 0x15;
		refused += parse(s, copy, len, &v, sizeof(v), &why) != 0;
		problem_free(&why);
	}
	assert_in_range(refused, len / 2, len);
}

/* What any value of any type renders as reads back as what renders the same. */
static void round_trip(const struct plan *p, struct source *random)
{
	size_t size = plan_size(p);
	uint8_t *value = calloc(1, size + 1), *back = calloc(1, size + 1);
	struct buf json __buf_free = {}, again __buf_free = {};

	for (size_t i = 0; i < size; i++)
		value[i] = (uint8_t)source_take(random, 256);
	plan_render(p, value, size, &json);
	assert_int_equal(plan_parse(p, span_of(json.data, json.len), back, size, NULL), 0);
	plan_render(p, back, size, &again);
	assert_string_equal(buf_cstr(&again), buf_cstr(&json));
	assert_int_equal(plan_is_exact(p, value, size, json.data, json.len),
			 !memcmp(value, back, size));
	free(value);
	free(back);
}

static void test_random(void **state)
{
	enum { TYPES = 2000, BYTES_EACH = 4096 };
	uint8_t *bytes = malloc(BYTES_EACH);
	unsigned int seed = 1, compiled = 0;

	(void)state;
	for (int i = 0; i < TYPES; i++) {
		struct source random = {.at = bytes, .end = bytes + BYTES_EACH};
		struct btf *any = btf__new_empty();
		struct plan *p;
		int id;

		for (size_t k = 0; k < BYTES_EACH; k++)
			bytes[k] = (uint8_t)(rand_r(&seed) >> 7);
		id = source_type(&random, any, 0, false);
		if (!plan_compile(any, (uint32_t)id, &p)) {
			round_trip(p, &random);
			plan_free(p);
			compiled++;
		}
		btf__free(any);
	}
	free(bytes);
	assert_in_range(compiled, TYPES / 2, TYPES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_btf, free_btf)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_integers),      TEST(test_ranges),       TEST(test_no_numbers),
	    TEST(test_bool_and_char), TEST(test_enums),	       TEST(test_floats),
	    TEST(test_text),	      TEST(test_addresses),    TEST(test_objects),
	    TEST(test_object_errors), TEST(test_old_values),   TEST(test_unions),
	    TEST(test_paths),	      TEST(test_flexible),     TEST(test_datasec),
	    TEST(test_no_value),      TEST(test_programs),     TEST(test_typed_bytes),
	    TEST(test_plain_bytes),   TEST(test_bytes_errors), TEST(test_damaged),
	    TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
