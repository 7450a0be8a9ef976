// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpf/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(struct buf *b, const char *want)
{
	assert_int_equal(b->err, 0);
	assert_string_equal(buf_cstr(b), want);
	assert_int_equal(b->len, strlen(want));
	buf_reset(b);
}

static void test_grows(void **state)
{
	struct buf b __buf_free = {};

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_consume(&b, 99999);
	assert_int_equal(b.len, 1);
	assert_int_equal(b.data[0], 'a' + 99999 % 26);
}

static void test_numbers(void **state)
{
	struct buf b __buf_free = {};

	(void)state;
	buf_u64(&b, 0);
	assert_text(&b, "0");
	buf_u64(&b, UINT64_MAX);
	assert_text(&b, "18446744073709551615");
	buf_i64(&b, INT64_MIN);
	assert_text(&b, "-9223372036854775808");
	buf_hex(&b, "\x00\x7f\xff", 3);
	assert_text(&b, "007fff");
	buf_printf(&b, "%s-%d", "x", 5);
	assert_text(&b, "x-5");
}

static void test_long_printf(void **state)
{
	struct buf b __buf_free = {};
	char *text = malloc(5001);

	(void)state;
	memset(text, 'x', 5000);
	text[5000] = '\0';
	buf_printf(&b, "<%s>", text);
	assert_int_equal(b.len, 5002);
	assert_int_equal(b.data[0], '<');
	assert_int_equal(b.data[5001], '>');
	free(text);
}

static void test_error_sticks(void **state)
{
	struct buf b __buf_free = {};

	(void)state;
	buf_str(&b, "before");
	assert_null(buf_room(&b, SIZE_MAX - 10));
	assert_int_equal(b.err, -ENOMEM);
	buf_str(&b, "after");
	assert_int_equal(b.len, 6);
	assert_string_equal(buf_cstr(&b), "");
	buf_reset(&b);
	buf_str(&b, "again");
	assert_text(&b, "again");
}

static void test_json_strings(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
	    {"", "\"\""},
	    {"plain", "\"plain\""},
	    {"q\"b\\s/", "\"q\\\"b\\\\s/\""},
	    {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
	    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
	    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d\""},
	    {"\xff\xc3", "\"\\u00ff\\u00c3\""},
	    {"\xc0\x80", "\"\\u00c0\\u0080\""},		   /* overlong */
	    {"\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\""}, /* a surrogate */
	    {"\xf5\x80\x80\x80", "\"\\u00f5\\u0080\\u0080\\u0080\""},
	};
	struct buf b __buf_free = {};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_json_str(&b, cases[i].in, strlen(cases[i].in));
		assert_text(&b, cases[i].out);
	}
	buf_json_str(&b, "a\0b", 3);
	assert_text(&b, "\"a\\u0000b\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grows),	 cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_long_printf),	 cmocka_unit_test(test_error_sticks),
	    cmocka_unit_test(test_json_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
