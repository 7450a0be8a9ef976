// SPDX-License-Identifier: GPL-2.0-or-later
/* The index of objects by name, on maps made here; other objects may come and go meanwhile. */
#include "bpf/index.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct made {
	int fd;
	uint32_t id;
};

static struct made make(const char *name)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	struct made m = {.fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, 4, 8, 1, NULL)};

	assert_true(m.fd >= 0);
	assert_int_equal(bpf_map_get_info_by_fd(m.fd, &info, &len), 0);
	m.id = info.id;
	return m;
}

/* The id behind a file's name, 0 when there is none. */
static uint32_t find(const char *file_name)
{
	const struct index_entry *e;
	const struct index *x;
	uint32_t id;

	assert_int_equal(index_get(KIND_MAP, &x), 0);
	e = index_by_name(x, file_name);
	id = e ? e->id : 0;
	index_put(KIND_MAP, x);
	return id;
}

static void test_file_names(void **state)
{
	static const struct {
		const char *name;
		bool shared;
		const char *file_name;
	} cases[] = {
	    {"", false, ""},	       {"", true, ""},
	    {"flows", false, "flows"}, {"flows", true, "flows.7"},
	    {".", false, "..7"},       {"..", false, "...7"},
	    {"a.7", false, "a.7.7"},   {"a.b7", false, "a.b7"},
	    {"a.", false, "a."},       {".rodata", false, ".rodata"},
	    {"7", false, "7"},	       {"x.0", true, "x.0.7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b __buf_free = {};

		index_file_name(cases[i].name, 7, cases[i].shared, &b);
		assert_string_equal(buf_cstr(&b), cases[i].file_name);
	}
}

static void test_new_objects_are_seen_at_once(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct made m;

		snprintf(name, sizeof(name), "new%u_%d", getpid() % 10000, i);
		assert_int_equal(find(name), 0);
		m = make(name);
		assert_int_equal(find(name), m.id);
		close(m.fd);
	}
}

static void test_shared_names(void **state)
{
	struct made a, b;
	char name[16], with_id[32];
	const struct index *x;

	(void)state;
	snprintf(name, sizeof(name), "twin%u", getpid() % 10000);
	a = make(name);
	assert_int_equal(find(name), a.id);
	b = make(name);
	assert_int_equal(find(name), 0);
	snprintf(with_id, sizeof(with_id), "%s.%u", name, a.id);
	assert_int_equal(find(with_id), a.id);
	close(a.fd);
	/* who finds that an index is of the past asks for a newer one */
	assert_int_equal(index_get(KIND_MAP, &x), 0);
	for (int i = 0; i < 1000 && kind_has_id(KIND_MAP, a.id); i++)
		usleep(1000);
	assert_int_equal(index_renew(KIND_MAP, &x), 0);
	assert_null(index_by_id(x, a.id));
	assert_int_equal(index_by_name(x, name)->id, b.id);
	index_put(KIND_MAP, x);
	close(b.fd);
}

static void test_order(void **state)
{
	struct made m[50];
	const struct index *x;
	char name[16];

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "o%d_%u", (i * 7) % 50, getpid() % 10000);
		m[i] = make(name);
	}
	assert_int_equal(index_get(KIND_MAP, &x), 0);
	assert_true(x->n >= 50);
	for (size_t i = 1; i < x->n; i++) {
		assert_true(x->entries[i - 1].id < x->entries[i].id);
		assert_true(strcmp(x->entries[x->by_name[i - 1]].file_name,
				   x->entries[x->by_name[i]].file_name) <= 0);
	}
	for (int i = 0; i < 50; i++) {
		assert_non_null(index_by_id(x, m[i].id));
		assert_int_equal(index_by_id(x, m[i].id)->type, BPF_MAP_TYPE_ARRAY);
		close(m[i].fd);
	}
	index_put(KIND_MAP, x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file_names),
	    cmocka_unit_test(test_new_objects_are_seen_at_once),
	    cmocka_unit_test(test_shared_names),
	    cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
