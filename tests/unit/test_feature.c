// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel can do, and that asking leaves no trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/feature.h"
#include "bpf/feature_config.h"
#include "bpf/kbtf.h"
#include "bpf/names.h"
#include "bpf/shared.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RING_SIZE = 9 * 4096 };

static struct feature_limits limits(void)
{
	bool from_kernel;

	return (struct feature_limits){
	    .prog_types = words_count(WORDS_PROG_TYPE, &from_kernel),
	    .map_types = words_count(WORDS_MAP_TYPE, &from_kernel),
	    .helpers = words_count(WORDS_HELPER, &from_kernel),
	};
}

static void test_types(void **state)
{
	struct features f;

	(void)state;
	assert_int_equal(feature_get(FEATURE_KERNEL, &f), 0);
	assert_true(f.bpf_syscall);
	assert_true(f.large_insn_limit && f.bounded_loops && f.isa_v2 && f.isa_v3);
	for (int type = 1; libbpf_bpf_prog_type_str(type); type++)
		if (f.prog_types_asked >> type & 1)
			assert_int_equal(f.prog_types >> type & 1,
					 libbpf_probe_bpf_prog_type(type, NULL) > 0);
	for (int type = 1; libbpf_bpf_map_type_str(type); type++)
		if (f.map_types_asked >> type & 1)
			assert_int_equal(f.map_types >> type & 1,
					 libbpf_probe_bpf_map_type(type, NULL) > 0);
}

/* What is so on every kernel; the mount tests compare all of it with bpftool. */
static void test_helpers(void **state)
{
	static const struct {
		uint32_t type, helper;
		bool there;
	} facts[] = {
	    {BPF_PROG_TYPE_XDP, BPF_FUNC_map_lookup_elem, true},
	    {BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_adjust_head, true},
	    {BPF_PROG_TYPE_XDP, BPF_FUNC_skb_load_bytes, false},
	    {BPF_PROG_TYPE_XDP, BPF_FUNC_trace_printk, true},
	    {BPF_PROG_TYPE_XDP, BPF_FUNC_probe_write_user, false},
	    {BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_skb_load_bytes, true},
	    {BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_xdp_adjust_head, false},
	    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_bind, true},
	    {BPF_PROG_TYPE_SYSCALL, BPF_FUNC_sys_bpf, true},
	    {BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_get_stackid, true},
	    {BPF_PROG_TYPE_XDP, BPF_FUNC_unspec, false},
	    {BPF_PROG_TYPE_XDP, UINT32_MAX, false},
	    {UINT32_MAX, BPF_FUNC_map_lookup_elem, false},
	};
	struct features f;

	(void)state;
	assert_int_equal(feature_get(FEATURE_KERNEL, &f), 0);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		assert_int_equal(feature_has_helper(&f, facts[i].type, facts[i].helper),
				 facts[i].there);
}

/* The ring of an event that records the programs which this thread loads, and no other. */
static struct perf_event_mmap_page *watch_loads(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY,
				       .bpf_event = 1};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	void *ring;

	assert_true(fd >= 0);
	ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	assert_true(ring != MAP_FAILED);
	return ring;
}

static void test_no_program_is_loaded(void **state)
{
	const struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K},
					 {.code = BPF_JMP | BPF_EXIT}};
	struct perf_event_mmap_page *ring = watch_loads();
	const struct feature_limits l = limits();
	struct features f;
	int fd;

	(void)state;
	feature_probe(&l, 0, &f);
	assert_int_equal(ring->data_head, 0);
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", insns, 2, NULL);
	assert_true(fd >= 0);
	close(fd);
	assert_true(ring->data_head > 0);
	munmap(ring, RING_SIZE);
}

static void test_unprivileged(void **state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct before[_LINUX_CAPABILITY_U32S_3],
	    after[_LINUX_CAPABILITY_U32S_3];
	struct features f, all;

	(void)state;
	assert_int_equal(syscall(SYS_capget, &header, before), 0);
	assert_int_equal(feature_get(FEATURE_UNPRIVILEGED, &f), 0);
	assert_int_equal(syscall(SYS_capget, &header, after), 0);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(feature_get(FEATURE_KERNEL, &all), 0);
	assert_int_equal(f.prog_types_asked, all.prog_types_asked);
	assert_int_equal(f.prog_types & ~all.prog_types, 0);
	/* No sysctl lets them have these. */
	assert_false(f.prog_types >> BPF_PROG_TYPE_XDP & 1);
	assert_false(f.map_types >> BPF_MAP_TYPE_LRU_HASH & 1);
	if (f.sysctls[0] > 0)
		assert_int_equal(f.prog_types | f.map_types, 0);
}

static void test_devices(void **state)
{
	(void)state;
	assert_false(feature_can_offload(if_nametoindex("lo")));
	assert_false(feature_can_offload(0x7fffffff));
}

static void test_config(void **state)
{
	const char *hz = feature_config_option("CONFIG_HZ");

	(void)state;
	assert_null(feature_config_option("CONFIG_NO_SUCH_THING"));
	if (!hz)
		skip();
	assert_true(atoi(hz) >= 24 && atoi(hz) <= 1200);
	assert_string_equal(feature_config_option("CONFIG_BPF_SYSCALL"), "y");
}

static void check_macros(const char *prefix, const char *line)
{
	struct buf out __buf_free = {};

	assert_int_equal(feature_macros(prefix, &out), 0);
	assert_non_null(strstr(buf_cstr(&out), line));
}

static void test_macros(void **state)
{
	(void)state;
	check_macros("", "\n#define HAVE_XDP_PROG_TYPE\n");
	check_macros("", "\n#define BPF__PROG_TYPE_xdp__HELPER_bpf_xdp_adjust_head 1\n");
	check_macros("", "\n#define BPF__PROG_TYPE_kprobe__HELPER_bpf_xdp_adjust_head 0\n");
	check_macros("MY_", "\n#define MY_HAVE_XDP_PROG_TYPE\n");
	check_macros("MY_", "\n#define MY_BPF__PROG_TYPE_xdp__HELPER_bpf_xdp_adjust_head 1\n");
}

static void check_list(enum feature_list which, bool json, const char *text)
{
	struct buf out __buf_free = {};

	assert_int_equal(feature_list(which, json, &out), 0);
	assert_non_null(strstr(buf_cstr(&out), text));
}

static void test_lists(void **state)
{
	struct btf *btf;

	(void)state;
	check_list(FEATURE_PROG_TYPES, false, "unspec\nsocket_filter\n");
	check_list(FEATURE_PROG_TYPES, true, "[\"unspec\",\"socket_filter\",");
	check_list(FEATURE_HELPER_NAMES, false, "\nbpf_map_lookup_elem\n");
	check_list(FEATURE_ATTACH_TYPES, false, "cgroup_inet_ingress\n");
	if (kbtf_get(&btf))
		skip();
	kbtf_put(btf);
	check_list(FEATURE_ITERS, true, "{\"name\":\"bpf_map\",\"btf\":\"vmlinux\"");
	check_list(FEATURE_ITERS, false, "struct bpf_iter_meta * meta");
	check_list(FEATURE_STRUCT_OPS, false, "\ntcp_congestion_ops  ");
	check_list(FEATURE_STRUCT_OPS, true, "\"ssthresh\"");
}

static int release(void **state)
{
	(void)state;
	shared_sweep(0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_helpers),
	    cmocka_unit_test(test_no_program_is_loaded),
	    cmocka_unit_test(test_unprivileged),
	    cmocka_unit_test(test_devices),
	    cmocka_unit_test(test_config),
	    cmocka_unit_test(test_macros),
	    cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
