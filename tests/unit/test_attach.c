// SPDX-License-Identifier: GPL-2.0-or-later
/* What commands that attach are made of: verbs and clauses, words for events and attach types,
 * functions of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/attach.h"
#include "bpf/cgroup.h"
#include "bpf/cgroup_attach.h"
#include "bpf/elfsym.h"
#include "bpf/names.h"
#include "bpf/perf_words.h"
#include "bpf/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct span words(const char *text)
{
	return span_of(text, strlen(text));
}

/* --- verbs --- */

struct answers {
	bool loud, quiet;
	uint32_t times;
	uint64_t cookie;
};

static const struct clause clauses[] = {
    {"loud", NULL, offsetof(struct answers, loud), CLAUSE_ONCE},
    {"quiet", NULL, offsetof(struct answers, quiet), CLAUSE_INSTEAD},
    {"times N", take_u32, offsetof(struct answers, times), CLAUSE_ONCE},
    {"cookie N", take_u64, offsetof(struct answers, cookie), CLAUSE_INSTEAD},
    {},
};

static int run(const struct verb *v, struct span text, void *ctx, struct problem *why)
{
	struct span name;
	int err = take_word(&text, "NAME", &name, why);

	return err ? err : take_clauses(v->clauses, text, ctx, why);
}

static const struct verb verbs[] = {{"say NAME", clauses, run, 0}, {"stop", NULL, NULL, 0}, {}};

static void wrong(const char *text, size_t at, const char *part)
{
	struct answers a = {};
	struct problem why = {};

	assert_int_equal(verb_run(verbs, words(text), &a, &why), -EINVAL);
	assert_non_null(strstr(buf_cstr(&why.words), part));
	assert_int_equal(why.at - text, at);
	problem_free(&why);
}

static void test_verbs(void **state)
{
	struct answers a = {};
	struct buf usage __buf_free = {};

	(void)state;
	assert_int_equal(verb_run(verbs, words("say it quiet times 0x10"), &a, NULL), 0);
	assert_true(a.quiet && !a.loud);
	assert_int_equal(a.times, 16);
	a = (struct answers){};
	assert_int_equal(
	    verb_run(verbs, words(" say\tit cookie 18446744073709551615 loud "), &a, NULL), 0);
	assert_true(a.loud && a.cookie == UINT64_MAX);
	wrong("", 0, "a command is missing");
	wrong("sya it", 0, "did you mean \"say\"?");
	wrong("say", 3, "NAME is missing");
	wrong("say it lout", 7, "did you mean \"loud\"?");
	wrong("say it loud quiet", 12, "already");
	wrong("say it loud loud", 12, "already");
	wrong("say it quiet loud", 13, "already");
	wrong("say it times", 12, "a number");
	wrong("say it times x", 13, "a number is expected");
	wrong("say it times 4294967296", 13, "too large");
	wrong("say it times -1", 13, "a number");
	wrong("say it times 1 cookie 2", 15, "already");
	verb_usage(verbs, &usage);
	assert_string_equal(buf_cstr(&usage), "say NAME [loud|quiet] [times N|cookie N]\nstop\n");
}

/* Whatever can be asked for can be read about. */
static void test_usage_of_all(void **state)
{
	static const struct verb *const tables[] = {attach_verbs, detach_verbs, cgroup_attach_verbs,
						    cgroup_detach_verbs};

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		struct buf usage __buf_free = {};
		size_t lines = 0, n = 0;

		verb_usage(tables[i], &usage);
		for (const struct verb *v = tables[i]; v->usage; v++)
			n++;
		for (size_t c = 0; c < usage.len; c++)
			lines += usage.data[c] == '\n';
		assert_int_equal(lines, n);
	}
}

/* --- events --- */

static void is_event(const char *text, uint32_t type, uint64_t config)
{
	uint32_t t;
	uint64_t c;

	assert_int_equal(perf_event_parse(words(text), &t, &c, NULL), 0);
	assert_int_equal(t, type);
	assert_int_equal(c, config);
}

static void is_no_event(const char *text, const char *part)
{
	struct problem why = {};
	uint32_t t;
	uint64_t c;

	assert_int_equal(perf_event_parse(words(text), &t, &c, &why), -EINVAL);
	assert_non_null(strstr(buf_cstr(&why.words), part));
	problem_free(&why);
}

static void test_events(void **state)
{
	(void)state;
	is_event("cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
	is_event("cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES);
	is_event("cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
	is_event("hardware:cpu-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
	is_event("LLC-load-misses", PERF_TYPE_HW_CACHE, 2 | 0 << 8 | 1 << 16);
	is_event("hw-cache:0x10002", PERF_TYPE_HW_CACHE, 0x10002);
	is_event("r1c2", PERF_TYPE_RAW, 0x1c2);
	is_event("rffffffffffffffff", PERF_TYPE_RAW, UINT64_MAX);
	is_event("raw:0x1c2", PERF_TYPE_RAW, 0x1c2);
	is_event("4000:18446744073709551615", 4000, UINT64_MAX);
	is_event("software:9", PERF_TYPE_SOFTWARE, 9);
	is_no_event("cpu-clokc", "did you mean \"cpu-clock\"?");
	is_no_event("hardware:cpu-clock", "by name or number");
	is_no_event("software:", "by name or number");
	is_no_event(":1", "no type of events");
	is_no_event("../software:1", "no type of events");
	is_no_event("r", "no event");
	is_no_event("r10000000000000000", "no event");
	is_no_event("r0x1", "no event");
	is_no_event("r-1", "no event");
	is_no_event("", "no event");
}

static void same_both_ways(uint32_t type, uint64_t config)
{
	struct buf text __buf_free = {};

	perf_config_word(type, config, &text);
	assert_true(text.len > 0);
	is_event(buf_cstr(&text), type, config);
}

/* What is shown of an event is read as the same event. */
static void test_events_both_ways(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < PERF_COUNT_HW_MAX; i++)
		same_both_ways(PERF_TYPE_HARDWARE, i);
	for (uint64_t i = 0; i < PERF_COUNT_SW_MAX; i++)
		same_both_ways(PERF_TYPE_SOFTWARE, i);
	for (uint64_t i = 0; i < PERF_COUNT_HW_CACHE_MAX; i++)
		for (uint64_t op = 0; op < PERF_COUNT_HW_CACHE_OP_MAX; op++)
			for (uint64_t result = 0; result < PERF_COUNT_HW_CACHE_RESULT_MAX; result++)
				same_both_ways(PERF_TYPE_HW_CACHE, i | op << 8 | result << 16);
}

/* --- attach types of cgroups --- */

static void test_short_names(void **state)
{
	static const char *const names[][2] = {
	    {"cgroup_inet_ingress", "ingress"},	 {"cgroup_inet_sock_create", "sock_create"},
	    {"cgroup_sock_ops", "sock_ops"},	 {"cgroup_device", "device"},
	    {"cgroup_inet4_bind", "bind4"},	 {"cgroup_inet6_post_bind", "post_bind6"},
	    {"cgroup_udp6_recvmsg", "recvmsg6"}, {"cgroup_unix_connect", "connect_unix"},
	    {"cgroup_sysctl", "sysctl"},	 {"cgroup_inet4_getpeername", "getpeername4"},
	};
	size_t n;
	const uint32_t *types = cgroup_types(&n);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct buf text __buf_free = {};
		uint32_t type;

		assert_true(cgroup_type_by_name(names[i][0], &type));
		cgroup_type_short(type, &text);
		assert_string_equal(buf_cstr(&text), names[i][1]);
	}
	/* no two are alike, and none is another's long one */
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			struct buf a __buf_free = {}, b __buf_free = {};

			cgroup_type_short(types[i], &a);
			cgroup_type_short(types[j], &b);
			assert_true(i == j || strcmp(buf_cstr(&a), buf_cstr(&b)) != 0);
			assert_true(i == j ||
				    strcmp(buf_cstr(&a), attach_type_name(types[j])) != 0);
		}
}

/* --- functions of a file: of this one --- */

__attribute__((noinline, used)) static void same_name_everywhere(void)
{
}

static void test_functions(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint64_t offset, other, *all;
	struct buf name __buf_free = {};
	struct problem why = {};
	struct elfsym *e;
	size_t n;

	(void)state;
	assert_int_equal(elfsym_open_fd(fd, &e), 0);
	assert_int_equal(elfsym_find(e, words("same_name_everywhere"), &offset, NULL), 0);
	assert_true(elfsym_name(e, offset, &name));
	assert_string_equal(buf_cstr(&name), "same_name_everywhere");
	assert_int_equal(elfsym_find(e, words("verb_run"), &other, NULL), 0);
	assert_int_not_equal(offset, other);
	assert_int_equal(elfsym_find(e, words("verb_ru"), &other, &why), -ENOENT);
	assert_int_equal(elfsym_find(e, words("verb_runs"), &other, &why), -ENOENT);
	assert_int_equal(elfsym_find(e, words(""), &other, &why), -ENOENT);
	assert_int_equal(elfsym_match(e, words("same_name_*"), &all, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(all[0], offset);
	free(all);
	assert_int_equal(elfsym_match(e, words("verb_*"), &all, &n, NULL), 0);
	assert_true(n >= 2);
	for (size_t i = 1; i < n; i++)
		assert_true(all[i] > all[i - 1]);
	free(all);
	assert_int_equal(elfsym_match(e, words("nothing_like_this*"), &all, &n, &why), -ENOENT);
	elfsym_close(e);
	close(fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(elfsym_open_fd(fd, &e), -ENOEXEC);
	close(fd);
	problem_free(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verbs),	cmocka_unit_test(test_usage_of_all),
	    cmocka_unit_test(test_events),	cmocka_unit_test(test_events_both_ways),
	    cmocka_unit_test(test_short_names), cmocka_unit_test(test_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
