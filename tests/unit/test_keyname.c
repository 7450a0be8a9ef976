// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/keyname.h"
#include "tests/fuzz/types.h"
#include "tests/unit/types_fixture.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 512 /* bytes of a key */ };

static struct plan *compile(int type)
{
	struct plan *p = NULL;

	if (type)
		assert_int_equal(plan_compile(btf, (uint32_t)type, &p), 0);
	return p;
}

static int decode(const struct plan *p, const char *name, size_t len, void *key, size_t size,
		  struct problem *why)
{
	char *exact = malloc(len ? len : 1);
	int err;

	memcpy(exact, name, len);
	err = keyname_decode(p, span_of(exact, len), key, size, why);
	if (err < 0 && why)
		why->at = why->at ? name + (why->at - exact) : NULL;
	free(exact);
	return err;
}

/* What any key must have: a name for a file, which stands for that key alone. */
static void check_name(const struct plan *p, const void *key, size_t size, const struct buf *name)
{
	uint8_t back[LONGEST];

	assert_in_range(name->len, 1, NAME_MAX);
	assert_int_not_equal(name->data[0], '.');
	assert_null(memchr(name->data, '/', name->len));
	assert_null(memchr(name->data, '\0', name->len));
	if (decode(p, name->data, name->len, back, size, NULL) == 0)
		assert_memory_equal(back, key, size);
	else
		assert_memory_equal(name->data, "hash:", 5);
}

/* The name of a key of that type, 0: just bytes. */
static void expect_n(int type, const void *key, size_t size, const char *expected)
{
	struct plan *p = compile(type);
	struct buf name __buf_free = {};

	keyname_encode(p, key, size, &name);
	assert_string_equal(buf_cstr(&name), expected);
	check_name(p, key, size, &name);
	plan_free(p);
}

#define BYTES(type, bytes, name) expect_n(type, bytes, sizeof(bytes) - 1, name)
#define EXPECT(type, name, ...)                                                                    \
	do {                                                                                       \
		const __auto_type key_ = (__VA_ARGS__);                                            \
		expect_n(type, &key_, sizeof(key_), name);                                         \
	} while (0)

/* Another spelling of a key. */
static void accept(int type, const char *name, const void *key, size_t size)
{
	struct plan *p = compile(type);
	struct problem why = {};
	uint8_t back[LONGEST];

	if (decode(p, name, strlen(name), back, size, &why))
		fail_msg("%s: %s", name, buf_cstr(&why.words));
	assert_memory_equal(back, key, size);
	problem_free(&why);
	plan_free(p);
}

#define ACCEPT(type, name, bytes) accept(type, name, bytes, sizeof(bytes) - 1)

static void refuse(int type, size_t size, const char *name, ptrdiff_t at, const char *words)
{
	struct plan *p = compile(type);
	struct problem why = {};
	uint8_t key[LONGEST];
	int err = decode(p, name, strlen(name), key, size, &why);

	if (err != -EINVAL || why.at != name + at || !strstr(buf_cstr(&why.words), words))
		fail_msg("%s: %d at %td: %s", name, err, why.at - name, buf_cstr(&why.words));
	problem_free(&why);
	plan_free(p);
}

static void test_scalars(void **state)
{
	int color = btf__add_enum(btf, "color", 4);

	(void)state;
	btf__add_enum_value(btf, "RED", 1);
	EXPECT(u32, "17", (uint32_t)17);
	EXPECT(s32, "-5", (int32_t)-5);
	EXPECT(u64, "18446744073709551615", (uint64_t)UINT64_MAX);
	EXPECT(color, "RED", (uint32_t)1);
	EXPECT(color, "2", (uint32_t)2);
	EXPECT(boolean, "true", (uint8_t)1);
	/* true too, but another key */
	EXPECT(boolean, "hex:02", (uint8_t)2);
	EXPECT(letter, "a", (char)'a');
	EXPECT(letter, "hex:2f", (char)'/');
	EXPECT(btf__add_float(btf, "double", 8), "-1.5", -1.5);
}

static void test_text(void **state)
{
	int text = array(character, 8);

	(void)state;
	BYTES(text, "eth0\0\0\0\0", "eth0");
	BYTES(text, "a b=c,d\0", "a b=c,d");
	BYTES(text, "eth0\0zz\0", "hex:65746830007a7a00");
	BYTES(text, "eth0eth0", "eth0eth0");
}

/* What would be no name of a file, or that of another key. */
static void test_impossible_text(void **state)
{
	static const char keys[][8] = {
	    "",	  "a/b", ".",	  "..",	 ".hidden", "hex:01", "b64:AA", "hash:1",
	    " a", "a ",	 "\"a\"", "[1]", "tab\t",   "hex 1",  "\x7f",	"\xc3\xa9",
	};
	struct plan *p = compile(array(character, 8));

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct buf name __buf_free = {};

		keyname_encode(p, keys[i], 8, &name);
		check_name(p, keys[i], 8, &name);
		assert_memory_equal(name.data, "hex:", 4);
		assert_int_equal(name.len, 20);
	}
	plan_free(p);
}

static int add_flow(void)
{
	int end = btf__add_struct(btf, "end", 8), s;

	member("addr", u32, 0, 0);
	member("port", u16, 32, 0);
	member("pad", u16, 48, 0);
	s = btf__add_struct(btf, "flow", 20);
	member("src", end, 0, 0);
	member("dst", end, 64, 0);
	member("proto", u8, 128, 0);
	return s;
}

struct flow {
	struct {
		uint32_t addr;
		uint16_t port, pad;
	} src, dst;
	uint32_t proto;
};

static void test_structs(void **state)
{
	struct flow flow = {{1, 2, 3}, {4, 5, 6}, 7};
	int s = add_flow();

	(void)state;
	EXPECT(s, "src.addr=1,src.port=2,src.pad=3,dst.addr=4,dst.port=5,dst.pad=6,proto=7", flow);
	flow.proto = 0x107; /* the padding is part of the key */
	EXPECT(s, "hex:0100000002000300040000000500060007010000", flow);
	accept(s, "hex:0100000002000300040000000500060007010000", &flow, sizeof(flow));
	flow = (struct flow){.src.addr = 0x0100007f, .proto = 6};
	accept(s, "src.addr=127.0.0.1,proto=6", &flow, sizeof(flow));
	accept(s, "{\"src\":{\"addr\":\"127.0.0.1\"},\"proto\":6}", &flow, sizeof(flow));
	refuse(s, 20, "src.addr=1,dts.port=2", 11, "did you mean \"dst\"?");
	refuse(s, 20, "proto=256", 0, "from 0 to 255");
	refuse(s, 20, "proto=1,src.port=2,proto=1", 19, "given twice");
}

static void test_text_in_structs(void **state)
{
	int text = array(character, 4), s = btf__add_struct(btf, "named", 8);

	(void)state;
	member("name", text, 0, 0);
	member("id", u32, 32, 0);
	BYTES(s, "ab\0\0\7\0\0\0", "name=ab,id=7");
	BYTES(s, "a,b\0\7\0\0\0", "hex:612c620007000000");
	BYTES(s, "a/b\0\7\0\0\0", "hex:612f620007000000");
	BYTES(s, "a=b\0\7\0\0\0", "name=a=b,id=7");
}

static void test_spellings(void **state)
{
	(void)state;
	ACCEPT(u32, "0x0a", "\x0a\0\0\0");
	ACCEPT(u32, "hex:0A000001", "\x0a\0\0\1");
	ACCEPT(u32, "10.0.0.1", "\x0a\0\0\1");
	ACCEPT(u32, "1 2 3 4", "\1\2\3\4");
	ACCEPT(u32, "hex 01 02 03 04", "\1\2\3\4");
	ACCEPT(0, "hex:0102", "\1\2");
	ACCEPT(0, "1 2 3", "\1\2\3");
	ACCEPT(0, "b64:AQID", "\1\2\3");
	ACCEPT(array(character, 4), "\"ab\"", "ab\0\0");
	refuse(u32, 4, "hex:01", 4, "8 hex digits");
	refuse(u32, 4, "hex:0102030g", 10, "hex digits");
	refuse(u32, 4, "hex:0102030405", 4, "8 hex digits");
	refuse(u32, 4, "b64:AQID", 4, "4 bytes");
	refuse(u16, 2, "b64:AQ+", 6, "no base64");
	refuse(u16, 2, "b64:AQJ", 6, "no base64");
	refuse(u32, 4, "x", 0, "a number is expected");
	refuse(u32, 4, "", 0, "a value is expected");
}

/* Keys of every length; two that differ in one bit have two names. */
static void test_lengths(void **state)
{
	uint8_t key[LONGEST];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 37 + 11);
	for (size_t size = 1; size <= sizeof(key); size++) {
		struct buf name __buf_free = {}, other __buf_free = {};
		const char *prefix = size <= 125 ? "hex:" : size <= 188 ? "b64:" : "hash:";

		keyname_encode(NULL, key, size, &name);
		check_name(NULL, key, size, &name);
		assert_memory_equal(name.data, prefix, strlen(prefix));
		key[size - 1] ^= 1;
		keyname_encode(NULL, key, size, &other);
		assert_string_not_equal(buf_cstr(&name), buf_cstr(&other));
		key[size - 1] ^= 1;
	}
}

/* A text may be as long as a name. */
static void test_long_text(void **state)
{
	char key[LONGEST] = {};
	struct plan *p = compile(array(character, sizeof(key)));
	struct buf name __buf_free = {};

	(void)state;
	memset(key, 'a', NAME_MAX);
	keyname_encode(p, key, sizeof(key), &name);
	assert_int_equal(name.len, NAME_MAX);
	check_name(p, key, sizeof(key), &name);
	buf_reset(&name);
	key[NAME_MAX] = 'a';
	keyname_encode(p, key, sizeof(key), &name);
	assert_memory_equal(name.data, "hash:", 5);
	plan_free(p);
}

static void test_random(void **state)
{
	enum { TYPES = 2000, BYTES_EACH = 1024 };
	uint8_t *bytes = malloc(BYTES_EACH), key[LONGEST];
	unsigned int seed = 1, named = 0;

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
			size_t size = plan_size(p);

			for (size_t k = 0; k < size && k < sizeof(key); k++)
				key[k] = (uint8_t)source_take(&random, 256);
			if (size && size <= sizeof(key)) {
				struct buf name __buf_free = {};

				keyname_encode(p, key, size, &name);
				check_name(p, key, size, &name);
				named++;
			}
			plan_free(p);
		}
		btf__free(any);
	}
	free(bytes);
	assert_in_range(named, TYPES / 2, TYPES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_btf, free_btf)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_scalars),		TEST(test_text),      TEST(test_structs),
	    TEST(test_impossible_text), TEST(test_spellings), TEST(test_text_in_structs),
	    TEST(test_lengths),		TEST(test_long_text), TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
