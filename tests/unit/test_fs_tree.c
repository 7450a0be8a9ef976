// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of the tree, and the numbers made from them, on the objects that the kernel has. */
#include "bpf/cgroup.h"
#include "bpf/kind.h"
#include "fs/intern.h"
#include "fs/tree.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
	case ROW_FILE:
		/* what shows nothing else shows how to write to it */
		if (!row->show)
			assert_true(row_is_writable(row) && (row->usage || row->verbs));
		break;
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

static bool is_unused(const char *name)
{
	struct interned unused[8];
	size_t n = intern_unused(1, unused, 8);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(unused[i].name, name))
			return true;
	return false;
}

static void test_unused_names(void **state)
{
	const uint64_t dir = ROOT_NODE;
	uint32_t before = intern_count(), handles[4];
	struct interned unused[2], out;

	(void)state;
	/* a second of the clock must have passed since the last use, which two are enough for */
	handles[0] = intern(dir, "folder", 0, true);
	handles[1] = intern(dir, "oldest", 1, false);
	assert_false(is_unused("oldest"));
	sleep(2);
	handles[2] = intern(dir, "old", 2, false);
	handles[3] = intern(dir, "used", 3, false);
	sleep(2);
	assert_int_equal(intern_get(handles[3], &out), 0);
	assert_int_equal(intern_unused(1, unused, 1), 1);
	assert_string_equal(unused[0].name, "oldest");
	assert_true(unused[0].parent == dir);
	assert_int_equal(intern_unused(1, unused, 2), 1);
	assert_string_equal(unused[0].name, "old");
	assert_int_equal(intern_unused(1, unused, 2), 0);
	/* what is not forgotten is said again later, but no folder is */
	sleep(2);
	intern_forget(handles[3], 1);
	assert_true(is_unused("old"));
	assert_false(is_unused("folder"));
	for (size_t i = 0; i < 3; i++)
		intern_forget(handles[i], 1);
	assert_false(is_unused("oldest"));
	assert_int_equal(intern_count(), before);
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

/* --- folders in folders of their own kind: cgroups --- */

/* A cgroup of this test's own; those in it are named like it, or like one of our files. */
static const char *const inner[] = {"a", "a/a", "a/list", "a/list.cgroup", "a/cgroup_device"};

enum { INNER = sizeof(inner) / sizeof(inner[0]) };

struct cgroups {
	char path[64]; /* below the mount point */
	char real[256];
};

static void path_of_cgroup(const struct cgroups *c, const char *name, char out[512])
{
	snprintf(out, 512, "%s/%s", c->real, name);
}

static int make_cgroups(void **state)
{
	static struct cgroups c;
	struct buf root __buf_free = {};
	char path[512];

	tree_init(&plain);
	*state = &c;
	c.real[0] = '\0';
	if (cgroup_root(&root))
		return 0;
	snprintf(c.path, sizeof(c.path), "cgroup/bpfview-tree-%d", getpid());
	snprintf(c.real, sizeof(c.real), "%s/bpfview-tree-%d", buf_cstr(&root), getpid());
	if (mkdir(c.real, 0755))
		return -1;
	for (size_t i = 0; i < INNER; i++) {
		path_of_cgroup(&c, inner[i], path);
		if (mkdir(path, 0755))
			return -1;
	}
	return 0;
}

static int remove_cgroups(void **state)
{
	struct cgroups *c = *state;
	char path[512];

	if (!c->real[0])
		return 0;
	for (size_t i = INNER; i-- > 0;) {
		path_of_cgroup(c, inner[i], path);
		rmdir(path);
	}
	return rmdir(c->real);
}

static const struct cgroups *need_cgroups(void **state)
{
	const struct cgroups *c = *state;

	if (!c->real[0]) {
		print_message("no cgroup2 is mounted\n");
		skip();
	}
	return c;
}

static void test_folders_within_their_kind(void **state)
{
	const struct cgroups *c = need_cgroups(state);
	static const char *const names[] = {"", "/a", "/a/a", "/a/a/list.json"};
	uint64_t nodes[4];
	uint32_t before = intern_count();

	for (size_t i = 0; i < 4; i++) {
		struct buf back __buf_free = {};
		char path[128];

		snprintf(path, sizeof(path), "%s%s", c->path, names[i]);
		nodes[i] = find(path);
		assert_int_not_equal(nodes[i], 0);
		assert_int_equal(tree_path(nodes[i], &back), 0);
		assert_string_equal(buf_cstr(&back), path);
	}
	assert_int_equal(tree_parent(nodes[0]), find("cgroup"));
	for (size_t i = 1; i < 4; i++) {
		struct node_info upper, lower;

		assert_int_equal(tree_parent(nodes[i]), nodes[i - 1]);
		assert_int_equal(tree_info(nodes[i - 1], &upper), 0);
		assert_int_equal(tree_info(nodes[i], &lower), 0);
		assert_int_not_equal(upper.ino, lower.ino);
	}
	/* each path has looked up all that is above it */
	tree_forget(nodes[2], 2);
	tree_forget(nodes[1], 3);
	tree_forget(nodes[0], 4);
	assert_int_equal(intern_count(), before);
}

static void test_names_of_cgroups(void **state)
{
	const struct cgroups *c = need_cgroups(state);
	static const char *const there[] = {"a", "list", "list.cgroup", "list.cgroup.cgroup",
					    "cgroup_device.cgroup"};
	static const char *const not_there[] = {"cgroup_device", "a.cgroup", "tree", "tree.cgroup",
						"cgroup.procs"};
	size_t seen = 0;
	char path[128], name[NAME_MAX + 1];
	struct node_info listed, found;
	struct listing *l;
	uint64_t dir, offset = 0;

	snprintf(path, sizeof(path), "%s/a", c->path);
	dir = find(path);
	assert_int_equal(listing_open(dir, &l), 0);
	while (listing_next(l, &offset, name, &listed) > 0) {
		assert_int_equal(tree_lookup(dir, name, &found), 0);
		assert_int_equal(found.ino, listed.ino);
		assert_ptr_equal(found.row, listed.row);
		for (size_t i = 0; i < 5; i++)
			seen += !strcmp(name, there[i]);
		tree_forget(found.node, 1);
	}
	listing_close(l);
	assert_int_equal(seen, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(tree_lookup(dir, not_there[i], &found), -ENOENT);
	assert_int_equal(tree_lookup(dir, "list", &found), 0);
	assert_int_equal(found.row->type, ROW_FILE);
	assert_int_equal(tree_lookup(dir, "list.cgroup", &found), 0);
	assert_int_equal(found.row->type, ROW_FOLDER);
}

/* The program that is attached, or -errno. */
static int attach_to(const char *cgroup)
{
	static const struct bpf_insn allow[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	int fd = open(cgroup, O_RDONLY | O_DIRECTORY);
	int prog = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "tree_link", "GPL", allow, 2, NULL);
	int err = bpf_prog_attach(prog, fd, BPF_CGROUP_INET_EGRESS, 0);

	close(fd);
	return err ? err : prog;
}

static void test_links_from_any_depth(void **state)
{
	const struct cgroups *c = need_cgroups(state);
	struct buf text __buf_free = {};
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	char path[512], expected[64];
	struct node_info dir, link;
	struct place p;
	int fd;

	path_of_cgroup(c, "a/a", path);
	fd = attach_to(path);
	assert_true(fd >= 0);
	assert_int_equal(bpf_prog_get_info_by_fd(fd, &info, &len), 0);
	snprintf(path, sizeof(path), "%s/a/a", c->path);
	assert_int_equal(tree_lookup(find(path), "cgroup_inet_egress", &dir), 0);
	assert_int_equal(dir.row->type, ROW_FOLDER);
	assert_int_equal(tree_parent(dir.node), find(path));
	assert_int_equal(tree_lookup(dir.node, "01-tree_link", &link), 0);
	assert_int_equal(tree_place(link.node, &p), 0);
	assert_int_equal(p.node, link.node);
	assert_int_equal(p.id, BPF_CGROUP_INET_EGRESS);
	assert_int_equal(p.row->target(&p, &text), 0);
	snprintf(expected, sizeof(expected), "../../../../../prog/%u", info.id);
	assert_string_equal(buf_cstr(&text), expected);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows_are_complete),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_what_is_not_there),
	    cmocka_unit_test(test_names_are_forgotten),
	    cmocka_unit_test(test_unused_names),
	    cmocka_unit_test(test_listing_agrees_with_lookup),
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test_setup_teardown(test_folders_within_their_kind, make_cgroups,
					    remove_cgroups),
	    cmocka_unit_test_setup_teardown(test_names_of_cgroups, make_cgroups, remove_cgroups),
	    cmocka_unit_test_setup_teardown(test_links_from_any_depth, make_cgroups,
					    remove_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
