// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of the tree, and the numbers made from them, on the objects that the kernel has. */
#include "bpf/kind.h"
#include "fs/intern.h"
#include "fs/tree.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct tree_options plain;

static int make_map(uint32_t *id)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bpfview_tree", 4, 8, 1, NULL);

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_get_info_by_fd(fd, &info, &len), 0);
	*id = info.id;
	return fd;
}

/* The node of a path, whose names may be generated. */
static uint64_t find(const char *path)
{
	struct node_info info = {.node = ROOT_NODE};
	char copy[256], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *name = strtok_r(copy, "/", &save); name; name = strtok_r(NULL, "/", &save))
		if (tree_lookup(info.node, name, &info))
			return 0;
	return info.node;
}

static void check_row(const char *path, const struct row *row, void *arg)
{
	unsigned int *n = arg;

	(*n)++;
	assert_non_null(row->name);
	assert_non_null(row->help);
	assert_true(strlen(path) > 0);
	switch (row->type) {
	case ROW_FOLDER:
		assert_true(row->folder > FOLDER_ROOT && row->folder < FOLDER_COUNT);
		break;
	case ROW_FILE: assert_non_null(row->show); break;
	case ROW_STREAM: assert_non_null(row->stream); break;
	case ROW_LINK: assert_non_null(row->target); break;
	case ROW_PIPE:
		assert_non_null(row->pipe);
		assert_true(strlen(row->name) > 5);
		assert_string_equal(row->name + strlen(row->name) - 5, "_pipe");
		break;
	}
}

static void test_rows_are_complete(void **state)
{
	unsigned int n = 0;

	(void)state;
	tree_init(&plain);
	tree_walk(check_row, &n);
	assert_true(n > 50);
}

static void test_paths(void **state)
{
	uint32_t id;
	int fd = make_map(&id);
	static const char *const names[] = {"info", "dump.json", "progs"};
	char path[64];

	(void)state;
	tree_init(&plain);
	for (size_t i = 0; i < 3; i++) {
		struct buf back __buf_free = {};
		uint64_t node;

		snprintf(path, sizeof(path), "map/%u/%s", id, names[i]);
		node = find(path);
		assert_int_not_equal(node, 0);
		assert_int_equal(tree_path(node, &back), 0);
		assert_string_equal(buf_cstr(&back), path);
	}
	snprintf(path, sizeof(path), "map/%u", id);
	assert_int_equal(tree_parent(find(path)), find("map"));
	assert_int_equal(tree_parent(find("map")), ROOT_NODE);
	close(fd);
}

static void test_what_is_not_there(void **state)
{
	static const char *const paths[] = {
	    "nothing",	      "map/0",	"map/00",  "map/-1",
	    "map/4294967295", "map/1x", "prog/ID", "map/18446744073709551617"};
	struct node_info info;
	struct place p;

	(void)state;
	tree_init(&plain);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(find(paths[i]), 0);
	assert_int_equal(tree_lookup(find("version"), "x", &info), -ENOTDIR);
	assert_int_equal(tree_place(UINT64_MAX, &p), -ENOENT);
	assert_int_equal(tree_place(1ULL << 39, &p), -ENOENT);
}

static void test_names_are_forgotten(void **state)
{
	uint32_t id, before = intern_count();
	int fd = make_map(&id);
	struct node_info first, second;
	uint64_t folder;
	struct place p;
	char name[64];

	(void)state;
	tree_init(&plain);
	folder = find("map/by-type");
	assert_int_equal(tree_lookup(folder, "array", &first), 0);
	assert_int_equal(tree_lookup(folder, "array", &second), 0);
	assert_int_equal(first.node, second.node);
	assert_int_equal(first.ino, second.ino);
	snprintf(name, sizeof(name), "%u", id);
	assert_int_equal(tree_lookup(first.node, name, &second), 0);
	assert_int_equal(tree_place(second.node, &p), 0);
	assert_int_equal(p.child, id);
	assert_int_equal(p.id, BPF_MAP_TYPE_ARRAY);
	assert_string_equal(p.name, name);
	assert_int_equal(intern_count(), before + 2);
	tree_forget(second.node, 1);
	assert_int_equal(tree_place(second.node, &p), -ENOENT);
	tree_forget(first.node, 1);
	assert_int_equal(tree_place(first.node, &p), 0);
	tree_forget(first.node, 1);
	assert_int_equal(tree_place(first.node, &p), -ENOENT);
	assert_int_equal(intern_count(), before);
	close(fd);
}

static void test_listing_agrees_with_lookup(void **state)
{
	uint32_t id, seen = 0;
	int fd = make_map(&id), more;
	char path[32], name[NAME_MAX + 1];
	struct node_info listed, found;
	struct listing *l;
	uint64_t dir, offset = 0, offsets[64];

	(void)state;
	tree_init(&plain);
	snprintf(path, sizeof(path), "map/%u", id);
	dir = find(path);
	assert_int_equal(listing_open(dir, &l), 0);
	while ((more = listing_next(l, &offset, name, &listed)) > 0) {
		assert_int_equal(tree_lookup(dir, name, &found), 0);
		assert_int_equal(found.ino, listed.ino);
		assert_ptr_equal(found.row, listed.row);
		assert_true(seen < 64);
		offsets[seen++] = offset;
	}
	assert_int_equal(more, 0);
	assert_true(seen > 5);
	/* any offset can be gone back to */
	for (uint32_t i = 0; i + 1 < seen; i++) {
		offset = offsets[i];
		assert_int_equal(listing_next(l, &offset, name, &listed), 1);
		assert_int_equal(offset, offsets[i + 1]);
	}
	listing_close(l);
	close(fd);
}

static void test_hidden(void **state)
{
	char prog[] = "prog", *names[] = {prog, NULL};
	const struct tree_options hidden = {.no_pipes = true, .hidden = names};

	(void)state;
	tree_init(&hidden);
	assert_int_equal(find("prog"), 0);
	assert_int_equal(find("prog/list"), 0);
	assert_int_equal(find("trace_pipe"), 0);
	assert_int_not_equal(find("map/list"), 0);
	tree_init(&plain);
	assert_int_not_equal(find("prog/list"), 0);
	assert_int_not_equal(find("trace_pipe"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows_are_complete),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_what_is_not_there),
	    cmocka_unit_test(test_names_are_forgotten),
	    cmocka_unit_test(test_listing_agrees_with_lookup),
	    cmocka_unit_test(test_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
