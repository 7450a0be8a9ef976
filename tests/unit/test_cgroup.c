// SPDX-License-Identifier: GPL-2.0-or-later
/* Cgroups: what can be asked of them, and how the root is found. */
#include "bpf/cgroup.h"
#include "bpf/names.h"

#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_type(uint32_t type)
{
	size_t n;
	const uint32_t *types = cgroup_types(&n);

	for (size_t i = 0; i < n; i++)
		if (types[i] == type)
			return true;
	return false;
}

static void test_types(void **state)
{
	static const uint32_t cgroup[] = {
	    BPF_CGROUP_INET_INGRESS, BPF_CGROUP_SOCK_OPS,     BPF_CGROUP_DEVICE, BPF_CGROUP_SYSCTL,
	    BPF_CGROUP_SETSOCKOPT,   BPF_CGROUP_UNIX_CONNECT, BPF_LSM_CGROUP};
	static const uint32_t others[] = {BPF_TCX_INGRESS, BPF_TCX_EGRESS, BPF_NETKIT_PRIMARY,
					  BPF_XDP,	   BPF_SK_LOOKUP,  BPF_FLOW_DISSECTOR,
					  BPF_LIRC_MODE2};
	uint32_t type;

	(void)state;
	for (size_t i = 0; i < sizeof(cgroup) / sizeof(cgroup[0]); i++) {
		assert_true(is_type(cgroup[i]));
		assert_true(cgroup_type_by_name(attach_type_name(cgroup[i]), &type));
		assert_int_equal(type, cgroup[i]);
	}
	/* the kernel would take the descriptor for an ifindex, or for something else */
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(is_type(others[i]));
	assert_false(cgroup_type_by_name("tcx_ingress", &type));
	assert_false(cgroup_type_by_name("", &type));
	assert_false(cgroup_type_by_name("cgroup", &type));
}

static void test_queries(void **state)
{
	struct cgroup_prog *progs;
	size_t n;
	int fd = cgroup_open("");

	(void)state;
	if (fd == -ENODEV) {
		print_message("no cgroup2 is mounted\n");
		skip();
	}
	assert_true(fd >= 0);
	assert_int_equal(cgroup_query(fd, BPF_CGROUP_DEVICE, false, &progs, &n), 0);
	free(progs);
	assert_int_equal(cgroup_query(fd, 0x7fffffff, false, &progs, &n), -EINVAL);
	assert_int_equal(n, 0);
	assert_null(progs);
	close(fd);
	assert_int_equal(cgroup_open("no/such/cgroup"), -ENOENT);
	assert_int_equal(cgroup_open("cgroup.procs"), -ENOTDIR);
}

/* Last: it cannot be undone. */
static void test_chosen_root(void **state)
{
	struct buf root __buf_free = {}, path __buf_free = {}, out __buf_free = {};
	char name[64];

	(void)state;
	assert_int_equal(cgroup_set_root("/proc"), -EINVAL);
	assert_int_equal(cgroup_set_root("/no/such/folder"), -ENOENT);
	if (cgroup_root(&root)) {
		print_message("no cgroup2 is mounted\n");
		skip();
	}
	buf_printf(&path, "%s/cgroup.procs", buf_cstr(&root));
	assert_int_equal(cgroup_set_root(buf_cstr(&path)), -EINVAL);
	snprintf(name, sizeof(name), "bpfview-root-%d", getpid());
	buf_reset(&path);
	buf_printf(&path, "%s/%s", buf_cstr(&root), name);
	assert_int_equal(mkdir(buf_cstr(&path), 0755), 0);
	assert_int_equal(cgroup_set_root(buf_cstr(&path)), 0);
	assert_int_equal(cgroup_open(name), -ENOENT);
	assert_int_equal(describe_cgroup_tree(DOC_JSON, &out), 0);
	assert_string_equal(buf_cstr(&out), "[]\n");
	rmdir(buf_cstr(&path));
	assert_int_equal(cgroup_open(""), -ENOENT);
	/* a root that is gone has nothing below it, which is no error */
	buf_reset(&out);
	assert_int_equal(describe_cgroup_tree(DOC_JSON, &out), 0);
	buf_reset(&out);
	assert_int_equal(describe_cgroup("", false, DOC_JSON, &out), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_queries),
	    cmocka_unit_test(test_chosen_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
