// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that a writer names: the writer is this process, or a child with a root of its own. */
#include "fs/given.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/bpfview-given-XXXXXX";
static struct writer me;

static void put(const char *name, const char *text)
{
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_folder(void **state)
{
	(void)state;
	me = (struct writer){getpid(), 0};
	if (!mkdtemp(folder) || chdir(folder) || mkdir("root", 0755) || mkdir("root/in", 0755))
		return -1;
	put("outside", "outside");
	put("root/in/file", "inside");
	put("root/a b", "blank");
	return symlink("/outside", "root/absolute") || symlink("../../../outside", "root/in/up") ||
	       symlink("/proc/self/exe", "magic") || mkfifo("fifo", 0600);
}

static int remove_folder(void **state)
{
	static const char *const files[] = {"root/in/up",    "root/in/file", "root/a b",
					    "root/absolute", "outside",	     "magic",
					    "fifo",	     "big",	     "root/outside"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlink(files[i]);
	return rmdir("root/in") || rmdir("root") || rmdir(folder);
}

/* What is in the file, or how opening it ended. */
static int content(const struct writer *who, const char *path, char text[16])
{
	struct buf read __buf_free = {};
	struct problem why = {};
	int fd = given_open(who, span_of(path, strlen(path)), &why);
	int err = fd < 0 ? fd : given_read(fd, &read, &why);

	if (fd >= 0) {
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
	}
	assert_int_equal(err != 0, why.words.len != 0);
	snprintf(text, 16, "%s", buf_cstr(&read));
	problem_free(&why);
	return err;
}

#define assert_content(who, path, expected)                                                        \
	do {                                                                                       \
		char text_[16];                                                                    \
		assert_int_equal(content(who, path, text_), 0);                                    \
		assert_string_equal(text_, expected);                                              \
	} while (0)
#define assert_refused(who, path, err)                                                             \
	do {                                                                                       \
		char text_[16];                                                                    \
		assert_int_equal(content(who, path, text_), err);                                  \
	} while (0)

static void reads_what_the_writer_means(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_content(&me, "outside", "outside");
	assert_content(&me, " ./root/in/../in/file ", "inside");
	assert_content(&me, "\"root/a b\"", "blank");
	assert_content(&me, "\"root\\/a\\u0020b\"", "blank");
	snprintf(path, sizeof(path), "%s/outside", folder);
	assert_content(&me, path, "outside");
}

static void refuses_what_is_no_regular_file(void **state)
{
	(void)state;
	assert_refused(&me, "fifo", -EINVAL);
	assert_refused(&me, "root", -EINVAL);
	assert_refused(&me, "/dev/null", -EINVAL);
	assert_refused(&me, "", -EINVAL);
	assert_refused(&me, "\"\"", -EINVAL);
	assert_refused(&me, "\"out\\u0000side\"", -EINVAL);
	assert_refused(&me, "missing", -ENOENT);
	assert_refused(&me, "outside/x", -ENOTDIR);
	assert_refused(&me, "magic", -ELOOP);
}

static void refuses_what_is_too_large(void **state)
{
	(void)state;
	put("big", "");
	assert_int_equal(truncate("big", (off_t)GIVEN_MOST + 1), 0);
	assert_refused(&me, "big", -EFBIG);
}

static void opens_for_root_only(void **state)
{
	struct writer other = {getpid(), 1000}, unseen = {0, 0}, gone = {INT_MAX, 0};

	(void)state;
	assert_refused(&other, "outside", -EPERM);
	assert_refused(&unseen, "/etc/passwd", -EPERM);
	assert_refused(&gone, "/etc/passwd", -ENOENT);
}

/* A child that has gone to a root and a folder, and waits. */
static pid_t child_in(const char *root, const char *cwd, int *until)
{
	int ready[2], end[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(end[1]);
		if (chroot(root) || (cwd && chdir(cwd)))
			_exit(1);
		if (write(ready[1], "", 1) != 1 || read(end[0], &c, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(end[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	*until = end[1];
	return pid;
}

static void end_child(pid_t pid, int until)
{
	int status;

	close(until);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void stays_in_the_writers_root(void **state)
{
	int until;
	pid_t pid = child_in("root", "/in", &until);
	struct writer who = {pid, 0};

	(void)state;
	assert_content(&who, "/in/file", "inside");
	assert_content(&who, "file", "inside");
	assert_content(&who, "../in/file", "inside");
	assert_refused(&who, "/outside", -ENOENT);
	assert_refused(&who, "../../outside", -ENOENT);
	assert_refused(&who, "/absolute", -ENOENT);
	assert_refused(&who, "up", -ENOENT);
	put("root/outside", "its own");
	assert_content(&who, "/absolute", "its own");
	assert_content(&who, "up", "its own");
	assert_int_equal(unlink("root/outside"), 0);
	end_child(pid, until);
}

/* chroot(2) leaves the working folder where it was. */
static void refuses_a_folder_outside_the_root(void **state)
{
	int until;
	pid_t pid = child_in("root", NULL, &until);
	struct writer who = {pid, 0};

	(void)state;
	assert_refused(&who, "outside", -ENOENT);
	assert_content(&who, "/in/file", "inside");
	end_child(pid, until);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_the_writer_means),
	    cmocka_unit_test(refuses_what_is_no_regular_file),
	    cmocka_unit_test(refuses_what_is_too_large),
	    cmocka_unit_test(opens_for_root_only),
	    cmocka_unit_test(stays_in_the_writers_root),
	    cmocka_unit_test(refuses_a_folder_outside_the_root),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
