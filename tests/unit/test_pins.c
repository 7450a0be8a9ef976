// SPDX-License-Identifier: GPL-2.0-or-later
/* Where objects are pinned, on bpffs mounts in a mount namespace of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/pins.h"
#include "bpf/shared.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[] = "/tmp/pins.XXXXXX";
static int map, prog, link_fd;
static uint32_t map_id, prog_id, link_id;

/* A path under the test's folder, in one of four buffers in turn. */
static const char *at(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", base, name);
	return path;
}

static uint32_t id_of(int fd)
{
	enum kind kind;
	uint32_t id = 0;

	kind_of_fd(fd, &kind, &id);
	return id;
}

static void make_objects(void)
{
	static const struct bpf_insn insns[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0},
	    {.code = BPF_JMP | BPF_EXIT},
	};

	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "pinned", 4, 4, 1, NULL);
	prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "pinned", "GPL", insns, 2, NULL);
	link_fd = bpf_raw_tracepoint_open("sys_enter", prog);
	map_id = id_of(map);
	prog_id = id_of(prog);
	link_id = id_of(link_fd);
}

static int group_setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(base))
		return -1;
	make_objects();
	return map_id && prog_id && link_id ? 0 : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	close(map);
	close(prog);
	close(link_fd);
	return rmdir(base) || shared_sweep(0);
}

/* A bpffs in a folder whose name needs escapes. */
static int setup(void **state)
{
	(void)state;
	return mkdir(at("a b\\c"), 0700) || mount("bpf", at("a b\\c"), "bpf", 0, NULL);
}

static int teardown(void **state)
{
	(void)state;
	return umount(at("a b\\c")) || rmdir(at("a b\\c"));
}

static void assert_pins(enum kind kind, uint32_t id, const char *first, const char *second)
{
	const char *const *paths;
	struct pins *p;
	size_t n;

	assert_int_equal(pins_get(&p), 0);
	paths = pins_of(p, kind, id, &n);
	assert_int_equal(n, !!first + !!second);
	if (first)
		assert_string_equal(paths[0], first);
	if (second)
		assert_string_equal(paths[1], second);
	pins_put(p);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_pins(KIND_MAP, map_id, NULL, NULL);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/map")), 0);
	assert_int_equal(bpf_obj_pin(prog, at("a b\\c/prog")), 0);
	assert_int_equal(bpf_obj_pin(link_fd, at("a b\\c/link")), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), NULL);
	assert_pins(KIND_PROG, prog_id, at("a b\\c/prog"), NULL);
	assert_pins(KIND_LINK, link_id, at("a b\\c/link"), NULL);
	assert_pins(KIND_BTF, map_id, NULL, NULL);
}

static void test_folders(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("a b\\c/x"), 0700), 0);
	assert_int_equal(mkdir(at("a b\\c/x/y"), 0700), 0);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/x/y/two")), 0);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/x/one")), 0);
	assert_int_equal(symlink("y", at("a b\\c/x/symlink")), 0);
	assert_int_equal(symlink("..", at("a b\\c/x/y/up")), 0);
	assert_int_equal(symlink("one", at("a b\\c/x/file_link")), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/x/one"), at("a b\\c/x/y/two"));
}

/* Each change shows at once, also those that follow each other within a clock tick. */
static void test_changes(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("a b\\c/x"), 0700), 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(bpf_obj_pin(map, at("a b\\c/x/map")), 0);
		assert_pins(KIND_MAP, map_id, at("a b\\c/x/map"), NULL);
		assert_int_equal(rename(at("a b\\c/x/map"), at("a b\\c/map")), 0);
		assert_pins(KIND_MAP, map_id, at("a b\\c/map"), NULL);
		assert_int_equal(unlink(at("a b\\c/map")), 0);
		assert_pins(KIND_MAP, map_id, NULL, NULL);
	}
	usleep(30000);
	assert_pins(KIND_MAP, map_id, NULL, NULL);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/x/map")), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/x/map"), NULL);
	usleep(30000);
	assert_int_equal(rename(at("a b\\c/x"), at("a b\\c/y")), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/y/map"), NULL);
}

static void test_walked_once(void **state)
{
	struct pins *a, *b;

	(void)state;
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/map")), 0);
	usleep(30000);
	assert_int_equal(pins_get(&a), 0);
	assert_int_equal(pins_get(&b), 0);
	assert_ptr_equal(a, b);
	pins_put(a);
	pins_put(b);
}

static void test_mounts(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("bind"), 0700), 0);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/map")), 0);
	usleep(30000);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), NULL);
	assert_int_equal(mount(at("a b\\c"), at("bind"), NULL, MS_BIND, NULL), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), at("bind/map"));
	/* A mount in the way hides what is below it. */
	assert_int_equal(mount("tmpfs", at("bind"), "tmpfs", 0, NULL), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), NULL);
	assert_int_equal(umount(at("bind")), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), at("bind/map"));
	assert_int_equal(umount(at("bind")), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), NULL);
	assert_int_equal(rmdir(at("bind")), 0);
}

/* A bpffs mounted on a folder of itself, on a folder of another, and twice on one. */
static void test_mounts_in_mounts(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("a b\\c/sub"), 0700), 0);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/map")), 0);
	assert_int_equal(mount(at("a b\\c"), at("a b\\c/sub"), NULL, MS_BIND, NULL), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), at("a b\\c/sub/map"));
	assert_int_equal(mount(at("a b\\c"), at("a b\\c/sub"), NULL, MS_BIND, NULL), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), at("a b\\c/sub/map"));
	assert_int_equal(umount(at("a b\\c/sub")), 0);
	assert_int_equal(umount(at("a b\\c/sub")), 0);
	assert_int_equal(mount("bpf", at("a b\\c/sub"), "bpf", 0, NULL), 0);
	assert_int_equal(bpf_obj_pin(prog, at("a b\\c/sub/prog")), 0);
	assert_pins(KIND_PROG, prog_id, at("a b\\c/sub/prog"), NULL);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), NULL);
	assert_int_equal(umount(at("a b\\c/sub")), 0);
	assert_pins(KIND_PROG, prog_id, NULL, NULL);
}

/* A single pin can be a mount point too. */
static void test_mounted_pin(void **state)
{
	FILE *f = fopen(at("file"), "we");

	(void)state;
	assert_non_null(f);
	fclose(f);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/map")), 0);
	assert_int_equal(mount(at("a b\\c/map"), at("file"), NULL, MS_BIND, NULL), 0);
	assert_pins(KIND_MAP, map_id, at("a b\\c/map"), at("file"));
	assert_int_equal(umount(at("file")), 0);
	assert_int_equal(unlink(at("file")), 0);
}

/* Whoever may not read a pin or a folder still sees the others. */
static void test_modes(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("a b\\c/hidden"), 0000), 0);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/hidden/map")), 0);
	assert_int_equal(bpf_obj_pin(prog, at("a b\\c/prog")), 0);
	assert_int_equal(chmod(at("a b\\c/prog"), 0000), 0);
	assert_int_equal(bpf_obj_pin(map, at("a b\\c/map")), 0);
	assert_int_equal(chmod(at("a b\\c/map"), 0444), 0);
	assert_pins(KIND_PROG, prog_id, at("a b\\c/prog"), NULL);
	assert_pins(KIND_MAP, map_id, at("a b\\c/hidden/map"), at("a b\\c/map"));
}

static void test_many(void **state)
{
	char name[32];
	struct pins *p;
	size_t n;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "a b\\c/map%d", i);
		assert_int_equal(bpf_obj_pin(map, at(name)), 0);
	}
	assert_int_equal(pins_get(&p), 0);
	assert_string_equal(pins_of(p, KIND_MAP, map_id, &n)[999], at("a b\\c/map999"));
	assert_int_equal(n, 1000);
	pins_put(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_folders, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_walked_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mounts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mounts_in_mounts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mounted_pin, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	return cmocka_run_group_tests_name("pins", tests, group_setup, group_teardown);
}
