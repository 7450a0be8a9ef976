// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/corerelo.h"
#include "bpf/objfile.h"

#include <errno.h>
#include <string.h>

/* typedef const struct outer { struct { int a; int b[4]; }; struct outer *next; } outer_t; */
struct types {
	struct btf *btf;
	int number, array, anonymous, outer, pointer, constant, name;
};

static struct types make_types(void)
{
	struct types t = {.btf = btf__new_empty()};

	t.number = btf__add_int(t.btf, "int", 4, BTF_INT_SIGNED);
	t.array = btf__add_array(t.btf, t.number, t.number, 4);
	t.anonymous = btf__add_struct(t.btf, "", 20);
	assert_int_equal(btf__add_field(t.btf, "a", t.number, 0, 0), 0);
	assert_int_equal(btf__add_field(t.btf, "b", t.array, 32, 0), 0);
	t.outer = btf__add_struct(t.btf, "outer", 32);
	t.pointer = t.outer + 1;
	assert_int_equal(btf__add_field(t.btf, "", t.anonymous, 0, 0), 0);
	assert_int_equal(btf__add_field(t.btf, "next", t.pointer, 192, 0), 0);
	assert_int_equal(btf__add_ptr(t.btf, t.outer), t.pointer);
	t.constant = btf__add_const(t.btf, t.outer);
	t.name = btf__add_typedef(t.btf, "outer_t", t.constant);
	return t;
}

static void test_flavours(void **state)
{
	static const struct {
		const char *name;
		size_t len;
	} cases[] = {
	    {"task_struct", 11},
	    {"task_struct___old", 11},
	    {"a___b___c", 5},
	    {"a___b", 1},
	    {"", 0},
	    {"___x", 4},
	    {"x___", 4},
	    {"a____b", 6},
	    {"a__b", 4},
	    {"__a___b", 3},
	    {"_", 1},
	    {"a___b_", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(core_name_len(cases[i].name), cases[i].len);
}

static void test_resolve(void **state)
{
	struct types t = make_types();
	int a, b;

	(void)state;
	assert_int_equal(core_resolve(t.btf, (uint32_t)t.name), t.outer);
	assert_int_equal(core_resolve(t.btf, (uint32_t)t.number), t.number);
	assert_int_equal(core_resolve(t.btf, 0), 0);
	assert_int_equal(core_resolve(t.btf, 1000), 0);
	/* two typedefs of each other */
	a = btf__type_cnt(t.btf);
	b = a + 1;
	assert_int_equal(btf__add_typedef(t.btf, "x", b), a);
	assert_int_equal(btf__add_typedef(t.btf, "y", a), b);
	assert_int_equal(core_resolve(t.btf, (uint32_t)a), 0);
	btf__free(t.btf);
}

static void test_paths(void **state)
{
	struct types t = make_types();
	struct core_relo relo = {.btf = t.btf, .type_id = (uint32_t)t.name};
	struct core_path path;
	static const char *const wrong[] = {
	    "", ":", "x", "0:2", "0:-1", "0:1:0", "0:0:0:0", "0:0:1:0:0", "99999999999", "0:0x0:1"};

	(void)state;
	relo.access = "0:0:1:3";
	assert_int_equal(core_path(&relo, &path), 0);
	assert_int_equal(path.n, 2);
	assert_string_equal(path.steps[0], "b");
	assert_null(path.steps[1]);
	relo.access = "7:1";
	assert_int_equal(core_path(&relo, &path), 0);
	assert_int_equal(path.n, 1);
	assert_string_equal(path.steps[0], "next");
	relo.access = "0";
	assert_int_equal(core_path(&relo, &path), 0);
	assert_int_equal(path.n, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		relo.access = wrong[i];
		assert_int_equal(core_path(&relo, &path), -EINVAL);
	}
	btf__free(t.btf);
}

static void test_path_too_long(void **state)
{
	struct btf *btf = btf__new_empty();
	int id = btf__add_int(btf, "int", 4, 0);
	struct core_relo relo = {.btf = btf};
	struct core_path path;
	char access[3 * CORE_DEPTH];

	(void)state;
	for (int i = 0; i < CORE_DEPTH + 1; i++)
		id = btf__add_array(btf, 1, id, 1);
	relo.type_id = (uint32_t)id;
	relo.access = access;
	strcpy(access, "0");
	for (int i = 0; i < CORE_DEPTH; i++)
		strcat(access, ":0");
	assert_int_equal(core_path(&relo, &path), 0);
	assert_int_equal(path.n, CORE_DEPTH);
	strcat(access, ":0");
	assert_int_equal(core_path(&relo, &path), -EINVAL);
	btf__free(btf);
}

static void test_object_names(void **state)
{
	static const char *const cases[][2] = {{"foo.bpf.o", "foo_bpf"}, {"/a.b/c-d.o", "c_d"},
					       {"foo", "foo"},		 {"x/.o", "_o"},
					       {"a.o.o", "a_o"},	 {"ü.o", "__"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf name __buf_free = {};

		objfile_name(cases[i][0], &name);
		assert_string_equal(buf_cstr(&name), cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_flavours),	 cmocka_unit_test(test_resolve),
	    cmocka_unit_test(test_paths),	 cmocka_unit_test(test_path_too_long),
	    cmocka_unit_test(test_object_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
