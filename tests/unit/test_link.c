// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Links as this kernel may not have them: one link id leads to an info made up here, be it of a
 * type that needs kprobes or of one that nobody has heard of.  All else is the kernel's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/cgroup.h"
#include "bpf/describe.h"
#include "bpf/ksyms.h"
#include "bpf/link.h"
#include "bpf/names.h"
#include "bpf/shared.h"
#include "bpf/target.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAKE_ID	 2147483000u
#define NEW_TYPE 60u

static struct {
	int fd; /* of the last that was opened */
	int err;
	union link_info info;
	size_t string; /* offset of a pointer to a string, 0: none */
	const char *text;
	size_t count; /* offset of a count of u64 in arrays, 0: none */
	size_t pointers[2];
	const uint64_t *arrays[2];
	const char *type_name;
} fake;

/* --- in place of libbpf's --- */

int bpf_link_get_fd_by_id(__u32 id)
{
	static int (*real)(__u32 id);

	if (id == FAKE_ID)
		return fake.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (!real)
		real = (int (*)(__u32))dlsym(RTLD_NEXT, "bpf_link_get_fd_by_id");
	return real(id);
}

static void fill(void *info, size_t pointer, const void *data, size_t size)
{
	uint64_t to;

	memcpy(&to, (char *)info + pointer, sizeof(to));
	if (to)
		memcpy((void *)(uintptr_t)to, data, size);
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *len)
{
	static int (*real)(int fd, void *info, __u32 *len);
	uint32_t count = 0;

	if (!real)
		real = (int (*)(int, void *, __u32 *))dlsym(RTLD_NEXT, "bpf_obj_get_info_by_fd");
	if (fd != fake.fd)
		return real(fd, info, len);
	if (fake.err)
		return fake.err;
	if (fake.string)
		fill(info, fake.string, fake.text, strlen(fake.text) + 1);
	if (fake.count)
		memcpy(&count, (char *)info + fake.count, sizeof(count));
	for (size_t i = 0; i < 2 && count; i++)
		fill(info, fake.pointers[i], fake.arrays[i], count * sizeof(uint64_t));
	memcpy(info, &fake.info, *len);
	return 0;
}

const char *libbpf_bpf_link_type_str(enum bpf_link_type t)
{
	static const char *(*real)(enum bpf_link_type t);

	if (t == NEW_TYPE)
		return fake.type_name;
	if (!real)
		real = (const char *(*)(enum bpf_link_type))dlsym(RTLD_NEXT,
								  "libbpf_bpf_link_type_str");
	return real(t);
}

/* --- */

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.info.known.id = FAKE_ID;
	return 0;
}

static char *described(enum doc_form form)
{
	static struct buf out;

	buf_reset(&out);
	assert_int_equal(describe_object(KIND_LINK, FAKE_ID, form, &out), 0);
	return (char *)(uintptr_t)buf_cstr(&out);
}

static void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("no %s in %s", part, text ? text : "nothing");
}

/* The members that the headers may lack are where this kernel has them. */
static void test_layout(void **state)
{
	static const struct {
		uint32_t type;
		uint32_t size;
	} known[] = {
	    {BPF_LINK_TYPE_ITER, sizeof(((struct bpf_link_info *)0)->iter)},
	    {BPF_LINK_TYPE_CGROUP, sizeof(((struct bpf_link_info *)0)->cgroup)},
	    {BPF_LINK_TYPE_XDP, sizeof(((struct bpf_link_info *)0)->xdp)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(link_member_size(known[i].type), known[i].size);
	assert_int_equal(link_member_size(0), 0);
	assert_int_equal(link_member_size(63), 0);
	assert_int_equal(link_member_size(UINT32_MAX), 0);
	assert_true(link_is_told(BPF_LINK_TYPE_XDP));
	assert_false(link_is_told(63));
}

static void test_later_members(void **state)
{
	struct buf json __buf_free = {};
	struct link l = {.fd = -1};
	uint64_t cookie = 0x1122334455667788;

	(void)state;
	if (link_member_size(BPF_LINK_TYPE_RAW_TRACEPOINT) < 24)
		skip();
	memcpy(l.info.bytes + LINK_RAW_TRACEPOINT_COOKIE, &cookie, sizeof(cookie));
	assert_true(link_u64(&l, LINK_RAW_TRACEPOINT_COOKIE) == cookie);
	assert_int_equal(link_render(&l, BPF_LINK_TYPE_RAW_TRACEPOINT, &json), 0);
	assert_has(buf_cstr(&json), "\"cookie\":1234605616436508552");
	buf_reset(&json);
	assert_int_equal(link_render(&l, BPF_LINK_TYPE_TRACING, &json), 0);
	assert_has(buf_cstr(&json), "\"cookie\":1234605616436508552");
	memset(&l.info, 0, sizeof(l.info));
	memcpy(l.info.bytes + LINK_UPROBE_REF_CTR_OFFSET, &cookie, sizeof(cookie));
	buf_reset(&json);
	assert_int_equal(link_render(&l, BPF_LINK_TYPE_PERF_EVENT, &json), 0);
	assert_has(buf_cstr(&json), "\"ref_ctr_offset\":1234605616436508552");
}

/* The kernel has a type that libbpf has a name for, and this build no idea of. */
static void test_new_type(void **state)
{
	const char *json;

	(void)state;
	fake.type_name = "tcx";
	fake.info.known.type = NEW_TYPE;
	fake.info.known.tcx.ifindex = 7;
	fake.info.known.tcx.attach_type = BPF_TCX_EGRESS;
	json = described(DOC_JSON);
	assert_has(json, "\"type\":\"tcx\"");
	assert_has(json, "\"details\":{\"ifindex\":7,\"attach_type\":47}");
	assert_has(described(DOC_TEXT), "details: {\"ifindex\":7,\"attach_type\":47}\n");
}

static void test_type_without_name(void **state)
{
	const char *json;

	(void)state;
	fake.info.known.type = 61;
	json = described(DOC_JSON);
	assert_has(json, "\"type\":61,");
	assert_null(strstr(json, "details"));
}

static void test_refusal(void **state)
{
	(void)state;
	fake.err = -EOPNOTSUPP;
	assert_has(described(DOC_JSON), "{\"id\":2147483000,\"error\":\"Operation not supported\"");
}

static void test_kprobe_multi(void **state)
{
	struct ksyms *symbols;
	uint64_t addrs[3], cookies[] = {30, 10, 20};
	struct buf wanted __buf_free = {};
	const char *json;

	(void)state;
	assert_int_equal(ksyms_get(&symbols), 0);
	addrs[1] = ksyms_addr(symbols, "bpf_map_release");
	addrs[0] = addrs[1] + 4; /* behind an endbr */
	addrs[2] = 1;		 /* in no function */
	ksyms_put(symbols);
	fake.info.known.type = BPF_LINK_TYPE_KPROBE_MULTI;
	fake.info.known.kprobe_multi.count = 3;
	fake.info.known.kprobe_multi.missed = 4;
	fake.info.known.kprobe_multi.flags = BPF_F_KPROBE_MULTI_RETURN;
	fake.count = offsetof(struct bpf_link_info, kprobe_multi.count);
	fake.pointers[0] = offsetof(struct bpf_link_info, kprobe_multi.addrs);
	fake.pointers[1] = offsetof(struct bpf_link_info, kprobe_multi.cookies);
	fake.arrays[0] = addrs;
	fake.arrays[1] = cookies;
	buf_printf(&wanted,
		   "\"retprobe\":true,\"func_cnt\":3,\"missed\":4,\"flags\":1,"
		   "\"flag_names\":[\"return\"],\"funcs\":["
		   "{\"addr\":1,\"func\":\"\",\"module\":null,\"cookie\":20},"
		   "{\"addr\":%llu,\"func\":\"bpf_map_release\",\"module\":null,\"cookie\":10},"
		   "{\"addr\":%llu,\"func\":\"bpf_map_release\",\"module\":null,\"cookie\":30}]",
		   (unsigned long long)addrs[1], (unsigned long long)addrs[0]);
	json = described(DOC_JSON);
	assert_has(json, buf_cstr(&wanted));
	addrs[2] = addrs[1];
	assert_has(described(DOC_JSON), "\"target\":\"bpf_map_release:and=2\"");
}

static void test_kprobe(void **state)
{
	struct bpf_link_info *info = &fake.info.known;
	struct ksyms *symbols;
	const char *json;

	(void)state;
	info->type = BPF_LINK_TYPE_PERF_EVENT;
	info->perf_event.type = BPF_PERF_EVENT_KRETPROBE;
	info->perf_event.kprobe.offset = 16;
	info->perf_event.kprobe.missed = 5;
	info->perf_event.kprobe.cookie = 6;
	fake.string = offsetof(struct bpf_link_info, perf_event.kprobe.func_name);
	fake.text = "vfs_read";
	json = described(DOC_JSON);
	assert_has(json, "\"retprobe\":true,\"addr\":0,\"func\":\"vfs_read\",\"offset\":16,"
			 "\"missed\":5,\"cookie\":6,\"target\":\"vfs_read+0x10\"");

	/* by address only */
	assert_int_equal(ksyms_get(&symbols), 0);
	info->perf_event.kprobe.addr = ksyms_addr(symbols, "bpf_map_release") + 3;
	ksyms_put(symbols);
	fake.text = "";
	json = described(DOC_JSON);
	assert_has(json, "\"func\":\"\"");
	assert_has(json, "\"symbol\":\"bpf_map_release+0x3\",\"target\":\"bpf_map_release+0x3\"");
}

static void test_hardware_events(void **state)
{
	static const struct {
		uint32_t type;
		uint64_t config;
		const char *words;
	} events[] = {
	    {0, 0, "\"event_type\":\"hardware\",\"event_config\":\"cpu-cycles\""},
	    {0, 99, "\"event_type\":\"hardware\",\"event_config\":99"},
	    {1, 3, "\"event_type\":\"software\",\"event_config\":\"context-switches\""},
	    {3, 0x10000, "\"event_type\":\"hw-cache\",\"event_config\":\"L1-dcache-load-misses\""},
	    {3, 0x70905, "\"event_type\":\"hw-cache\",\"event_config\":\"branch-9-7\""},
	    {4, 12345, "\"event_type\":\"raw\",\"event_config\":12345"},
	    {77, 1, "\"event_type\":77,\"event_config\":1"},
	};

	(void)state;
	fake.info.known.type = BPF_LINK_TYPE_PERF_EVENT;
	fake.info.known.perf_event.type = BPF_PERF_EVENT_EVENT;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		fake.info.known.perf_event.event.type = events[i].type;
		fake.info.known.perf_event.event.config = events[i].config;
		assert_has(described(DOC_JSON), events[i].words);
	}
}

static void test_netfilter_families(void **state)
{
	struct bpf_link_info *info = &fake.info.known;

	(void)state;
	info->type = BPF_LINK_TYPE_NETFILTER;
	info->netfilter.pf = 3; /* arp */
	info->netfilter.hooknum = 1;
	info->netfilter.priority = -7;
	info->netfilter.flags = 5;
	assert_has(described(DOC_JSON),
		   "\"pf\":3,\"pf_name\":\"arp\",\"hook\":1,\"hook_name\":\"output\",\"prio\":-7,"
		   "\"flags\":5,\"flag_names\":[\"ip_defrag\"],\"target\":\"arp:output:-7\"");
	assert_has(described(DOC_TEXT), "flags: ip_defrag,0x4\n");
	info->netfilter.pf = 99;
	info->netfilter.hooknum = 98;
	assert_has(described(DOC_JSON), "\"pf_name\":99,\"hook\":98,\"hook_name\":98");
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(cgroup_iter_order_name(0), "order_unspec");
	assert_string_equal(cgroup_iter_order_name(1), "self_only");
	assert_string_equal(cgroup_iter_order_name(4), "ancestors_up");
	assert_null(cgroup_iter_order_name(1000));
}

static void test_places(void **state)
{
	struct buf path __buf_free = {};
	struct stat st;

	(void)state;
	assert_int_equal(cgroup_path(0x7fffffff12345678, &path), -ENOENT);
	assert_int_equal(path.len, 0);
	if (stat("/sys/fs/cgroup/cgroup.procs", &st) || stat("/sys/fs/cgroup", &st))
		assert_int_equal(stat("/sys/fs/cgroup/unified", &st), 0);
	assert_int_equal(cgroup_path(st.st_ino, &path), 0);
	assert_string_equal(buf_cstr(&path), "/");
}

static void test_targets_of_nothing(void **state)
{
	struct target t;

	(void)state;
	assert_int_equal(target_of_prog(INT32_MAX, &t), -ENOENT);
	assert_int_equal(target_of_link(INT32_MAX, &t), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_layout, setup),
	    cmocka_unit_test_setup(test_later_members, setup),
	    cmocka_unit_test_setup(test_new_type, setup),
	    cmocka_unit_test_setup(test_type_without_name, setup),
	    cmocka_unit_test_setup(test_refusal, setup),
	    cmocka_unit_test_setup(test_kprobe_multi, setup),
	    cmocka_unit_test_setup(test_kprobe, setup),
	    cmocka_unit_test_setup(test_hardware_events, setup),
	    cmocka_unit_test_setup(test_netfilter_families, setup),
	    cmocka_unit_test_setup(test_words, setup),
	    cmocka_unit_test_setup(test_places, setup),
	    cmocka_unit_test_setup(test_targets_of_nothing, setup),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	shared_sweep(0);
	return failed;
}
