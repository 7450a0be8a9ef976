// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs run as filters: what they get, what they may, and how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/confined.h"
#include "bpf/dot.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct confined_limits plenty = {.ms = 10000, .output = 1 << 20};

static int need_root(void **state)
{
	(void)state;
	setenv("BPFVIEW_TEST", "secret", 1);
	return 0;
}

static int run(const char *const *argv, const char *input, const struct confined_limits *limits,
	       struct buf *out)
{
	struct buf in __buf_free = {};

	if (geteuid() != 0)
		skip();
	buf_str(&in, input);
	return confined_run(argv, &in, limits, out);
}

/* What a shell script says, as text; no shell is involved otherwise. */
static const char *script(const char *text, struct buf *out)
{
	const char *argv[] = {"/bin/sh", "-c", text, NULL};

	assert_int_equal(run(argv, "", &plenty, out), 0);
	return buf_cstr(out);
}

static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_filter(void **state)
{
	const char *argv[] = {"/usr/bin/tr", "a-z", "A-Z", NULL};
	struct buf out __buf_free = {}, big __buf_free = {};
	unsigned int before = count_fds();

	(void)state;
	buf_str(&out, "> ");
	assert_int_equal(run(argv, "some words", &plenty, &out), 0);
	assert_string_equal(buf_cstr(&out), "> SOME WORDS");
	buf_reset(&out);
	buf_fill(&big, 'x', 500000);
	assert_int_equal(confined_run(argv, &big, &plenty, &out), 0);
	assert_int_equal(out.len, 500000);
	assert_int_equal(count_fds(), before);
	assert_no_children();
}

static void test_no_privileges(void **state)
{
	struct buf out __buf_free = {};

	(void)state;
	script(
	    "grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs):' /proc/self/status | tr -s '\\t ' ' '",
	    &out);
	assert_non_null(strstr(buf_cstr(&out), "Uid: 65534 65534 65534 65534\n"));
	assert_non_null(strstr(buf_cstr(&out), "Gid: 65534 65534 65534 65534\n"));
	assert_non_null(strstr(buf_cstr(&out), "CapPrm: 0000000000000000\n"));
	assert_non_null(strstr(buf_cstr(&out), "CapEff: 0000000000000000\n"));
	assert_non_null(strstr(buf_cstr(&out), "CapAmb: 0000000000000000\n"));
	assert_non_null(strstr(buf_cstr(&out), "NoNewPrivs: 1\n"));
	assert_non_null(strstr(buf_cstr(&out), "Groups: \n"));
}

static void test_bare_surroundings(void **state)
{
	struct buf out __buf_free = {};

	(void)state;
	assert_null(
	    strstr(script("env; ls /proc/$$/fd; pwd; ulimit -c; echo oops >&2", &out), "secret"));
	assert_non_null(strstr(buf_cstr(&out), "0\n1\n2\n/\n0\n"));
	assert_null(strstr(buf_cstr(&out), "oops"));
}

static void test_cannot_write_files(void **state)
{
	char path[] = "/tmp/bpfview-confined-XXXXXX";
	const char *argv[] = {"/bin/sh", NULL};
	struct buf out __buf_free = {}, text __buf_free = {};
	struct stat st;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0666), 0);
	buf_printf(&text, "echo words >%s", path);
	assert_int_equal(run(argv, buf_cstr(&text), &plenty, &out), -EIO);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(fd);
	unlink(path);
}

static void test_time_limit(void **state)
{
	const struct confined_limits short_time = {.ms = 100, .output = 1 << 20};
	const char *sleeps[] = {"/bin/sleep", "30", NULL};
	const char *closes[] = {"/bin/sh", "-c", "echo x; exec >&-; exec sleep 30", NULL};
	struct buf out __buf_free = {};
	struct timespec a, b;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(run(sleeps, "", &short_time, &out), -ETIMEDOUT);
	assert_int_equal(run(closes, "", &short_time, &out), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec < 10);
	assert_int_equal(out.len, 0);
	assert_no_children();
}

static void test_output_limit(void **state)
{
	const struct confined_limits little = {.ms = 10000, .output = 100000};
	const char *argv[] = {"/usr/bin/yes", NULL};
	struct buf out __buf_free = {};

	(void)state;
	buf_str(&out, "kept");
	assert_int_equal(run(argv, "", &little, &out), -EFBIG);
	assert_string_equal(buf_cstr(&out), "kept");
	assert_no_children();
}

static void test_failures(void **state)
{
	const char *fails[] = {"/bin/sh", "-c", "echo half; exit 3", NULL};
	const char *dies[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
	const char *missing[] = {"/nonexistent/program", NULL};
	struct buf out __buf_free = {};

	(void)state;
	assert_int_equal(run(fails, "", &plenty, &out), -EIO);
	assert_int_equal(run(dies, "", &plenty, &out), -EIO);
	assert_int_equal(run(missing, "", &plenty, &out), -EIO);
	assert_int_equal(out.len, 0);
	assert_no_children();
}

static void test_dot(void **state)
{
	struct buf out __buf_free = {}, graph __buf_free = {};

	(void)state;
	buf_str(&graph, "digraph { one -> two; }");
	if (!dot_path()) {
		assert_int_equal(dot_to_svg(&graph, &out), -EOPNOTSUPP);
		return;
	}
	if (geteuid() != 0)
		skip();
	assert_int_equal(dot_to_svg(&graph, &out), 0);
	assert_non_null(strstr(buf_cstr(&out), "<svg"));
	assert_non_null(strstr(buf_cstr(&out), "one"));
	buf_reset(&graph);
	buf_str(&graph, "digraph {");
	assert_int_equal(dot_to_svg(&graph, &out), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filter),
	    cmocka_unit_test(test_no_privileges),
	    cmocka_unit_test(test_bare_surroundings),
	    cmocka_unit_test(test_cannot_write_files),
	    cmocka_unit_test(test_time_limit),
	    cmocka_unit_test(test_output_limit),
	    cmocka_unit_test(test_failures),
	    cmocka_unit_test(test_dot),
	};

	return cmocka_run_group_tests_name("confined", tests, need_root, NULL);
}
