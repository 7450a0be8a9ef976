// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpf/doc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct flag_word words[] = {{1, "one"}, {4, "four"}, {}};

/* An object with a field of every sort. */
static void describe(struct doc *d, unsigned int id, const char *name)
{
	doc_object(d, NULL);
	doc_u64(d, "id", id);
	doc_str(d, "name", name);
	doc_named(d, "type", 7, id == 1 ? "hash" : NULL);
	doc_flags(d, "flags", "flag_names", id == 1 ? 5 : 9, words);
	doc_bool(d, "jited", true);
	doc_i64(d, "delta", -3);
	doc_array(d, "map_ids");
	doc_u64(d, NULL, 1);
	doc_u64(d, NULL, 2);
	doc_close(d);
	doc_array(d, "none");
	doc_close(d);
	doc_object(d, "dev");
	doc_u64(d, "ifindex", 3);
	doc_array(d, "queues");
	doc_u64(d, NULL, 8);
	doc_close(d);
	doc_close(d);
	doc_array(d, "pids");
	for (int i = 0; i < 2; i++) {
		doc_object(d, NULL);
		doc_i64(d, "pid", 10 + i);
		doc_str(d, "comm", "x y");
		doc_close(d);
	}
	doc_close(d);
	doc_raw(d, "raw", "{\"a\":1}", 7);
	doc_close(d);
}

static void render(enum doc_form form, const char *const *columns, bool list, struct buf *out)
{
	struct doc *d = doc_begin(form, out, columns);

	assert_non_null(d);
	if (list)
		doc_list(d);
	describe(d, 1, "first");
	if (list) {
		describe(d, 22, "se\ncond");
		doc_close(d);
	}
	assert_int_equal(doc_end(d), 0);
}

static void test_json(void **state)
{
	struct buf b __buf_free = {};

	(void)state;
	render(DOC_JSON, NULL, false, &b);
	assert_string_equal(
	    buf_cstr(&b), "{\"id\":1,\"name\":\"first\",\"type\":\"hash\",\"flags\":5,"
			  "\"flag_names\":[\"one\",\"four\"],\"jited\":true,\"delta\":-3,"
			  "\"map_ids\":[1,2],\"none\":[],\"dev\":{\"ifindex\":3,\"queues\":[8]},"
			  "\"pids\":[{\"pid\":10,\"comm\":\"x y\"},{\"pid\":11,\"comm\":\"x y\"}],"
			  "\"raw\":{\"a\":1}}\n");
}

static void test_text(void **state)
{
	struct buf b __buf_free = {};

	(void)state;
	render(DOC_TEXT, NULL, false, &b);
	assert_string_equal(buf_cstr(&b), "id: 1\n"
					  "name: first\n"
					  "type: hash\n"
					  "flags: one,four\n"
					  "jited: true\n"
					  "delta: -3\n"
					  "map_ids: 1 2\n"
					  "none:\n"
					  "dev:\n"
					  "  ifindex: 3\n"
					  "  queues: 8\n"
					  "pids:\n"
					  "  pid=10 comm=x y\n"
					  "  pid=11 comm=x y\n"
					  "raw: {\"a\":1}\n");
}

static void test_text_list(void **state)
{
	struct buf b __buf_free = {};

	(void)state;
	render(DOC_TEXT, NULL, true, &b);
	assert_non_null(strstr(buf_cstr(&b),
			       "raw: {\"a\":1}\n\nid: 22\nname: se\\x0acond\ntype: 7\n"
			       "flags: one,0x8\n"));
}

static void test_table(void **state)
{
	static const char *const columns[] = {"id",   "none", "type", "map_ids",
					      "pids", "name", NULL};
	struct buf b __buf_free = {};

	(void)state;
	render(DOC_TABLE, columns, true, &b);
	assert_string_equal(buf_cstr(&b),
			    "id  none  type  map_ids  pids                 name\n"
			    "1   -     hash  1,2      10:x\\x20y,11:x\\x20y  first\n"
			    "22  -     7     1,2      10:x\\x20y,11:x\\x20y  se\\x0acond\n");
}

static void test_empty_lists(void **state)
{
	static const char *const columns[] = {"id", "name", NULL};
	static const char *const wants[] = {"[]\n", "", "id  name\n"};
	struct buf b __buf_free = {};

	(void)state;
	for (enum doc_form form = DOC_JSON; form <= DOC_TABLE; form++) {
		struct doc *d = doc_begin(form, &b, columns);

		doc_list(d);
		doc_close(d);
		assert_int_equal(doc_end(d), 0);
		assert_string_equal(buf_cstr(&b), wants[form]);
		buf_reset(&b);
	}
}

/* A list of plain values, as words are listed: a line each. */
static void test_plain_list(void **state)
{
	static const char *const wants[] = {"[\"a\",7]\n", "a\n7\n"};
	struct buf b __buf_free = {};

	(void)state;
	for (enum doc_form form = DOC_JSON; form <= DOC_TEXT; form++) {
		struct doc *d = doc_begin(form, &b, NULL);

		doc_list(d);
		doc_str(d, NULL, "a");
		doc_u64(d, NULL, 7);
		doc_close(d);
		assert_int_equal(doc_end(d), 0);
		assert_string_equal(buf_cstr(&b), wants[form]);
		buf_reset(&b);
	}
}

/* Values that text says otherwise, and words that keep their blanks even in a table. */
static void test_said(void **state)
{
	static const char *const columns[] = {"n", "none", "phrase", NULL};
	static const char *const wants[] = {
	    "{\"n\":-1,\"none\":null,\"phrase\":\"a\\nb c\"}\n",
	    "n: unknown\nnone: not set\nphrase: a\\x0ab c\n",
	    "n        none        phrase\nunknown  not\\x20set  a\\x0ab c\n",
	};
	struct buf b __buf_free = {};

	(void)state;
	for (enum doc_form form = DOC_JSON; form <= DOC_TABLE; form++) {
		struct doc *d = doc_begin(form, &b, columns);

		doc_object(d, NULL);
		doc_said(d, "n", -1, "unknown");
		doc_none(d, "none", "not set");
		doc_phrase(d, "phrase", "a\nb c");
		doc_close(d);
		assert_int_equal(doc_end(d), 0);
		assert_string_equal(buf_cstr(&b), wants[form]);
		buf_reset(&b);
	}
}

static void test_too_deep(void **state)
{
	struct buf b __buf_free = {};
	struct doc *d = doc_begin(DOC_JSON, &b, NULL);

	(void)state;
	for (int i = 0; i < 40; i++)
		doc_array(d, NULL);
	assert_int_equal(doc_end(d), -E2BIG);
}

static void test_values_in_json(void **state)
{
	static const char json[] =
	    "{\"a\":{\"b\":\"x, {y\",\"c\":[1,{\"d\":2}],\"e\":{}},\"f\":null}";
	struct buf text __buf_free = {}, same __buf_free = {};
	struct doc *d = doc_begin(DOC_TEXT, &text, NULL);

	(void)state;
	doc_object(d, NULL);
	doc_json(d, "v", json, strlen(json));
	doc_close(d);
	assert_int_equal(doc_end(d), 0);
	assert_string_equal(buf_cstr(&text), "v:\n"
					     "  a:\n"
					     "    b: x, {y\n"
					     "    c: [1,{\"d\":2}]\n"
					     "    e:\n"
					     "  f: null\n");
	d = doc_begin(DOC_JSON, &same, NULL);
	doc_json(d, NULL, json, strlen(json));
	assert_int_equal(doc_end(d), 0);
	assert_memory_equal(buf_cstr(&same), json, strlen(json));
}

/* Whatever is cut off or wrong, it ends within its bytes. */
static void test_broken_json(void **state)
{
	static const char json[] = "{\"a\":{\"b\":\"\\\"x\",\"c\":[1,{\"d\":2}]},\"f\":nu";

	(void)state;
	for (size_t n = 0; n < sizeof(json); n++) {
		struct buf out __buf_free = {};
		struct doc *d = doc_begin(DOC_TEXT, &out, NULL);
		char *exact = malloc(n + 1);

		memcpy(exact + 1, json, n);
		doc_object(d, NULL);
		doc_json(d, "v", exact + 1, n);
		doc_close(d);
		assert_int_equal(doc_end(d), 0);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),	   cmocka_unit_test(test_text),
	    cmocka_unit_test(test_text_list),	   cmocka_unit_test(test_table),
	    cmocka_unit_test(test_empty_lists),	   cmocka_unit_test(test_plain_list),
	    cmocka_unit_test(test_said),	   cmocka_unit_test(test_too_deep),
	    cmocka_unit_test(test_values_in_json), cmocka_unit_test(test_broken_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
