// SPDX-License-Identifier: GPL-2.0-or-later
/* Words for numbers, kinds of objects, and the kernel's BTF that stands behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/kbtf.h"
#include "bpf/kind.h"
#include "bpf/names.h"
#include "bpf/shared.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(prog_type_name(BPF_PROG_TYPE_XDP), "xdp");
	assert_string_equal(map_type_name(BPF_MAP_TYPE_ARENA), "arena");
	assert_string_equal(map_type_name(BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE),
			    "percpu_cgroup_storage");
	assert_string_equal(link_type_name(BPF_LINK_TYPE_NETKIT), "netkit");
	assert_string_equal(attach_type_name(BPF_CGROUP_INET_INGRESS), "cgroup_inet_ingress");
	assert_null(prog_type_name(100000));
	assert_null(map_type_name(100000));
	assert_null(map_type_name(100000));
	assert_null(link_type_name(UINT32_MAX));
	assert_null(attach_type_name(100000));
}

/* Whatever this kernel has a number for has a word, also when libbpf is older. */
static void test_all_of_this_kernel(void **state)
{
	static const struct {
		const char *enum_name;
		const char *prefix;
		const char *(*name)(uint32_t);
	} enums[] = {
	    {"bpf_prog_type", "BPF_PROG_TYPE_", prog_type_name},
	    {"bpf_map_type", "BPF_MAP_TYPE_", map_type_name},
	    {"bpf_link_type", "BPF_LINK_TYPE_", link_type_name},
	    {"bpf_attach_type", "BPF_", attach_type_name},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(enums) / sizeof(*enums); i++) {
		uint32_t value = 0;
		char *word;

		while ((word = kbtf_enum_word(enums[i].enum_name, enums[i].prefix, value))) {
			const char *name = enums[i].name(value++);

			assert_non_null(name);
			/* The kernel has two words for some numbers. */
			if (!strstr(word, "deprecated"))
				assert_string_equal(name, word);
			assert_ptr_equal(name, enums[i].name(value - 1));
			free(word);
		}
		assert_true(value > 10);
		assert_null(enums[i].name(value));
	}
	assert_null(kbtf_enum_word("no_such_enum", "", 0));
}

static void test_flags(void **state)
{
	uint64_t seen = 0;

	(void)state;
	for (const struct flag_word *f = map_flag_words; f->word; f++) {
		assert_int_equal(seen & f->bit, 0);
		seen |= f->bit;
	}
	assert_int_equal(seen, (1 << 20) - 1);
}

static void test_kinds(void **state)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "kinds", 4, 4, 1, &opts), fd;
	enum kind kind;
	uint32_t id, next;

	(void)state;
	assert_true(map >= 0);
	assert_int_equal(kind_of_fd(map, &kind, &id), 0);
	assert_int_equal(kind, KIND_MAP);
	assert_true(kind_has_id(KIND_MAP, id));
	assert_true(kind_greatest_id(KIND_MAP, 0) >= id);
	assert_true(kind_greatest_id(KIND_MAP, id - 1) >= id);
	assert_int_equal(kind_greatest_id(KIND_MAP, INT32_MAX - 1), INT32_MAX - 1);
	assert_false(kind_has_id(KIND_MAP, kind_greatest_id(KIND_MAP, id) + 1));
	assert_false(kind_has_id(KIND_MAP, 0));
	assert_int_equal(kind_next_id(KIND_MAP, id - 1, &next), 0);
	assert_int_equal(next, id);
	assert_int_equal(kind_next_id(KIND_MAP, INT32_MAX, &next), -ENOENT);
	fd = kind_open(KIND_MAP, id);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	close(map);
	assert_int_equal(kind_open(KIND_PROG, INT32_MAX), -ENOENT);
	assert_int_equal(kind_of_fd(STDOUT_FILENO, &kind, &id), -EINVAL);
	assert_int_equal(kind_of_fd(-1, &kind, &id), -ENOENT);
	assert_int_equal(kind_of_file("anon_inode:bpf-prog"), KIND_PROG);
	assert_int_equal(kind_of_file("anon_inode:bpf-link"), KIND_LINK);
	assert_int_equal(kind_of_file("anon_inode:bpf_link"), KIND_LINK);
	assert_int_equal(kind_of_file("anon_inode:bpf-program"), KIND_COUNT);
	assert_int_equal(kind_of_file("/tmp/anon_inode:btf"), KIND_COUNT);
	for (enum kind k = 0; k < KIND_COUNT; k++)
		assert_int_equal(kind_next_id(k, kind_greatest_id(k, 0), &next), -ENOENT);
}

/* vmlinux BTF has the first id of all. */
static void test_btf_of_vmlinux(void **state)
{
	struct btf_ref a, b;

	(void)state;
	assert_int_equal(btf_open(1, &a), 0);
	assert_int_equal(btf_open(1, &b), 0);
	assert_ptr_equal(a.btf, b.btf);
	assert_true(btf__find_by_name_kind(a.btf, "task_struct", BTF_KIND_STRUCT) > 0);
	btf_close(&a);
	assert_true(btf__type_cnt(b.btf) > 1000);
	btf_close(&b);
	assert_int_equal(btf_open(INT32_MAX, &a), -ENOENT);
}

static void test_btf_of_user(void **state)
{
	struct btf *made = btf__new_empty();
	struct btf_ref ref;
	enum kind kind;
	uint32_t id;

	(void)state;
	assert_true(btf__add_int(made, "number", 4, BTF_INT_SIGNED) > 0);
	assert_int_equal(btf__load_into_kernel(made), 0);
	assert_int_equal(kind_of_fd(btf__fd(made), &kind, &id), 0);
	assert_int_equal(kind, KIND_BTF);
	assert_int_equal(btf_open(id, &ref), 0);
	assert_null(ref.base);
	assert_int_equal(btf__find_by_name(ref.btf, "number"), 1);
	btf_close(&ref);
	btf__free(made);
}

static int sweep(void **state)
{
	(void)state;
	return shared_sweep(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),	   cmocka_unit_test(test_all_of_this_kernel),
	    cmocka_unit_test(test_flags),	   cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_btf_of_vmlinux), cmocka_unit_test(test_btf_of_user),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, sweep);
}
