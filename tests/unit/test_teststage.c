// SPDX-License-Identifier: GPL-2.0-or-later
/* What is kept for test runs, and for how many programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/deadline.h"
#include "bpf/kind.h"
#include "bpf/teststage.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 70, KEPT = 64 };

static int fds[MANY];
static uint32_t ids[MANY];

static int load(void **state)
{
	const struct bpf_insn insns[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 3},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	enum kind kind;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		fds[i] = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "stage", "GPL", insns, 2, NULL);
		if (fds[i] < 0 || kind_of_fd(fds[i], &kind, &ids[i]))
			return -1;
	}
	return 0;
}

static int unload(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	teststage_free();
	return 0;
}

static int set(uint32_t id, enum teststage_what what, enum teststage_form form, const char *text)
{
	struct problem why = {};
	int err = teststage_set(id, what, form, span_of(text, strlen(text)), &why);

	assert_int_equal(err != 0, why.words.len != 0);
	problem_free(&why);
	return err;
}

static void assert_shows(uint32_t id, enum teststage_what what, const char *expected)
{
	struct buf out __buf_free = {};

	assert_int_equal(teststage_show(id, what, TESTSTAGE_PLAIN, &out), 0);
	assert_string_equal(buf_cstr(&out), expected);
}

static void keeps_those_used_last(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(set(ids[i], TESTSTAGE_REPEAT, TESTSTAGE_PLAIN, "5"), 0);
		assert_shows(ids[0], TESTSTAGE_REPEAT, "5\n"); /* used each time */
	}
	for (int i = 1; i < MANY; i++)
		assert_shows(ids[i], TESTSTAGE_REPEAT, i <= MANY - KEPT ? "1\n" : "5\n");
}

static void forgets_what_is_gone(void **state)
{
	struct buf answer __buf_free = {};

	(void)state;
	assert_int_equal(set(ids[0], TESTSTAGE_DATA_IN, TESTSTAGE_HEX, "41 42"), 0);
	assert_int_equal(set(ids[1], TESTSTAGE_DATA_IN, TESTSTAGE_HEX, "43"), 0);
	close(fds[0]);
	fds[0] = -1;
	while (kind_has_id(KIND_PROG, ids[0]))
		usleep(1000);
	assert_shows(ids[0], TESTSTAGE_DATA_IN, "AB");
	teststage_sweep();
	assert_shows(ids[0], TESTSTAGE_DATA_IN, "");
	assert_shows(ids[1], TESTSTAGE_DATA_IN, "C");
	assert_int_equal(set(ids[0], TESTSTAGE_REPEAT, TESTSTAGE_PLAIN, "2"), -ENOENT);
	assert_int_equal(teststage_run(ids[0], -1, &answer, NULL), -ENOENT);
}

static void a_failed_run_leaves_no_result(void **state)
{
	struct buf answer __buf_free = {};

	(void)state;
	teststage_reset(ids[1]);
	assert_int_equal(teststage_run(ids[1], -1, &answer, NULL), 0);
	assert_true(answer.len > 0);
	assert_shows(ids[1], TESTSTAGE_RETVAL, "3\n");
	assert_int_equal(set(ids[1], TESTSTAGE_FLAGS, TESTSTAGE_PLAIN, "xdp_live_frames"), 0);
	assert_int_equal(teststage_run(ids[1], -1, &answer, NULL), -EINVAL);
	assert_shows(ids[1], TESTSTAGE_RETVAL, "");
	assert_shows(ids[1], TESTSTAGE_FLAGS, "xdp_live_frames\n");
}

/* What a test run of many repetitions is ended by. */
static void a_deadline_ends_a_call(void **state)
{
	char packet[64] = "";
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = INT_MAX);
	struct deadline limit;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(deadline_begin(&limit, 20), 0);
		assert_int_equal(bpf_prog_test_run_opts(fds[1], &opts), -EINTR);
		deadline_end(&limit);
	}
	opts.repeat = 10;
	assert_int_equal(deadline_begin(&limit, 60000), 0);
	assert_int_equal(bpf_prog_test_run_opts(fds[1], &opts), 0);
	deadline_end(&limit);
	usleep(30000); /* nothing comes behind the end */
}

static void refuses_what_is_no_setting(void **state)
{
	(void)state;
	assert_int_equal(set(ids[1], TESTSTAGE_REPEAT, TESTSTAGE_PLAIN, ""), -EINVAL);
	assert_int_equal(set(ids[1], TESTSTAGE_CPU, TESTSTAGE_PLAIN, "-1"), -EINVAL);
	assert_int_equal(set(ids[1], TESTSTAGE_DATA_IN, TESTSTAGE_HEX, "012"), -EINVAL);
	assert_int_equal(set(ids[1], TESTSTAGE_DATA_IN, TESTSTAGE_HEX, "0x"), -EINVAL);
	assert_int_equal(set(ids[1], TESTSTAGE_CTX_IN, TESTSTAGE_JSON, "{"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_those_used_last),
	    cmocka_unit_test(forgets_what_is_gone),
	    cmocka_unit_test(a_failed_run_leaves_no_result),
	    cmocka_unit_test(a_deadline_ends_a_call),
	    cmocka_unit_test(refuses_what_is_no_setting),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
