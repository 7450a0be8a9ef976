// SPDX-License-Identifier: GPL-2.0-or-later
/* What libbpf says reaches the thread that it says it to, and nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/kind.h"
#include "bpf/said.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

/* libbpf complains of a file that is not there. */
static void make_it_speak(const char *path)
{
	assert_null(bpf_object__open(path));
}

static bool says(const struct said *s, const char *text)
{
	return memmem(s->text.data, s->text.len, text, strlen(text));
}

static void *speak_elsewhere(void *arg)
{
	make_it_speak(arg);
	return NULL;
}

static void test_own_words(void **state)
{
	struct said outer = {}, inner = {};
	struct problem why = {};
	pthread_t thread;

	(void)state;
	assert_string_equal(kind_name(KIND_PROG), "prog");
	said_begin(&outer);
	make_it_speak("/nowhere/a");
	said_begin(&inner);
	make_it_speak("/nowhere/b");
	assert_int_equal(pthread_create(&thread, NULL, speak_elsewhere, "/nowhere/c"), 0);
	pthread_join(thread, NULL);
	said_end(&inner);
	make_it_speak("/nowhere/d");
	said_end(&outer);
	make_it_speak("/nowhere/e");

	assert_true(says(&outer, "/nowhere/a") && says(&outer, "/nowhere/d"));
	assert_false(says(&outer, "/nowhere/b"));
	assert_true(says(&inner, "/nowhere/b"));
	assert_false(says(&inner, "/nowhere/c") || says(&inner, "/nowhere/d"));
	assert_false(says(&outer, "/nowhere/e") || says(&outer, "libbpf: "));

	assert_int_equal(said_problem(&inner, &why, -ENOENT, NULL, "the file"), -ENOENT);
	assert_memory_equal(buf_cstr(&why.words), "the file: No such file or directory\n", 36);
	assert_non_null(strstr(why.words.data, "/nowhere/b"));
	assert_int_equal(why.words.data[why.words.len - 1] == '\n', 0);
	problem_free(&why);
	said_free(&outer);
	said_free(&inner);
}

static void test_levels(void **state)
{
	struct said plain = {}, chatty = {.debug = true};

	(void)state;
	said_begin(&plain);
	make_it_speak("build/nowhere");
	said_end(&plain);
	said_begin(&chatty);
	make_it_speak("build/nowhere");
	said_end(&chatty);
	assert_true(plain.text.len > 0);
	assert_true(chatty.text.len > plain.text.len);
	said_free(&plain);
	said_free(&chatty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_own_words),
	    cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
