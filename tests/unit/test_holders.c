// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds what, found out both ways, about processes that hold known objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/holders.h"
#include "bpf/iterators.h"
#include "bpf/shared.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_IDS 4

struct child {
	pid_t pid;
	uint32_t ids[MAX_IDS];
};

static struct child all_kinds, opened, one_map, threaded;

static uint32_t id_of(int fd)
{
	enum kind kind;
	uint32_t id = 0;

	kind_of_fd(fd, &kind, &id);
	return id;
}

static int make_map(void)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "held", 4, 4, 1, NULL);
}

static int make_prog(void)
{
	static const struct bpf_insn insns[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0},
	    {.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "held", "GPL", insns, 2, NULL);
}

/* The parent must not hold what is told of here, so children make it themselves. */
static void hold_all_kinds(uint32_t *ids)
{
	struct btf *btf = btf__new_empty();
	int prog = make_prog(), map = make_map();

	btf__add_int(btf, "held", 4, 0);
	btf__load_into_kernel(btf);
	ids[KIND_PROG] = id_of(prog);
	ids[KIND_MAP] = id_of(map);
	ids[KIND_LINK] = id_of(bpf_raw_tracepoint_open("sys_enter", prog));
	ids[KIND_BTF] = id_of(btf__fd(btf));
	/* Holding it twice is holding it. */
	if (dup(map) < 0)
		exit(1);
}

/* Through descriptors that did not make the objects: those of links have another name. */
static void hold_opened(uint32_t *ids)
{
	int prog = make_prog(), map = make_map(), link;
	struct btf *btf = btf__new_empty();

	link = bpf_raw_tracepoint_open("sys_enter", prog);
	btf__add_int(btf, "held", 4, 0);
	btf__load_into_kernel(btf);
	ids[KIND_PROG] = id_of(kind_open(KIND_PROG, id_of(prog)));
	ids[KIND_MAP] = id_of(kind_open(KIND_MAP, id_of(map)));
	ids[KIND_LINK] = id_of(kind_open(KIND_LINK, id_of(link)));
	ids[KIND_BTF] = id_of(kind_open(KIND_BTF, id_of(btf__fd(btf))));
	close(prog);
	close(map);
	close(link);
	btf__free(btf);
}

static void hold_one_map(uint32_t *ids)
{
	ids[KIND_MAP] = id_of(make_map());
	prctl(PR_SET_NAME, "a (b) c: d e");
}

static void *hold_in_thread(void *arg)
{
	uint32_t *ids = arg;

	if (unshare(CLONE_FILES))
		return NULL;
	prctl(PR_SET_NAME, "thread");
	ids[KIND_MAP] = id_of(make_map());
	__atomic_store_n(&ids[KIND_PROG], 1, __ATOMIC_RELEASE);
	pause();
	return NULL;
}

static void hold_threaded(uint32_t *ids)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, hold_in_thread, ids))
		exit(1);
	while (!__atomic_load_n(&ids[KIND_PROG], __ATOMIC_ACQUIRE))
		usleep(1000);
	ids[KIND_PROG] = 0;
}

static struct child start(void (*hold)(uint32_t *))
{
	struct child child = {};
	int told[2];

	if (pipe(told))
		exit(1);
	child.pid = fork();
	if (!child.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "leader");
		hold(child.ids);
		if (write(told[1], child.ids, sizeof(child.ids)) != sizeof(child.ids))
			exit(1);
		close(told[1]);
		for (;;)
			pause();
	}
	close(told[1]);
	if (read(told[0], child.ids, sizeof(child.ids)) != sizeof(child.ids))
		exit(1);
	close(told[0]);
	return child;
}

static void stop(struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
}

static int setup(void **state)
{
	(void)state;
	all_kinds = start(hold_all_kinds);
	opened = start(hold_opened);
	one_map = start(hold_one_map);
	threaded = start(hold_threaded);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop(&all_kinds);
	stop(&opened);
	stop(&one_map);
	stop(&threaded);
	iterators_exit();
	return shared_sweep(0);
}

static int by_iterator(void **state)
{
	(void)state;
	holders_force_procfs(false);
	shared_sweep(0);
	return 0;
}

static int by_procfs(void **state)
{
	(void)state;
	holders_force_procfs(true);
	shared_sweep(0);
	return 0;
}

static void assert_held_by(enum kind kind, uint32_t id, pid_t pid, const char *comm)
{
	const struct holder *holder;
	struct holders *h;
	size_t n;

	assert_int_not_equal(id, 0);
	assert_int_equal(holders_get(kind, id, &h), 0);
	holder = holders_of(h, kind, id, &n);
	assert_int_equal(n, 1);
	assert_int_equal(holder->pid, pid);
	assert_string_equal(holder->comm, comm);
	holders_put(h);
}

static void test_holders(void **state)
{
	struct holders *h;
	size_t n = 1;

	(void)state;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		assert_held_by(kind, all_kinds.ids[kind], all_kinds.pid, "leader");
		assert_held_by(kind, opened.ids[kind], opened.pid, "leader");
	}
	assert_held_by(KIND_MAP, one_map.ids[KIND_MAP], one_map.pid, "a (b) c: d e");
	assert_held_by(KIND_MAP, threaded.ids[KIND_MAP], threaded.pid, "leader");
	assert_int_equal(holders_get(KIND_MAP, 0, &h), 0);
	holders_of(h, KIND_MAP, INT32_MAX, &n);
	assert_int_equal(n, 0);
	holders_put(h);
}

struct seen {
	unsigned int n;
	uint64_t last;
	uint32_t ids[MAX_IDS];
	int stop_at;
};

static int see(enum kind kind, uint32_t id, void *arg)
{
	struct seen *seen = arg;

	assert_true(kind_key(kind, id) > seen->last);
	seen->last = kind_key(kind, id);
	seen->ids[kind] = id;
	return ++seen->n == (unsigned int)seen->stop_at ? 42 : 0;
}

static void test_of_pid(void **state)
{
	struct seen seen = {}, one = {.stop_at = 1};
	struct holders *h;

	(void)state;
	assert_int_equal(holders_get(KIND_MAP, 0, &h), 0);
	assert_int_equal(holders_of_pid(h, all_kinds.pid, see, &seen), 0);
	assert_int_equal(seen.n, 4);
	assert_memory_equal(seen.ids, all_kinds.ids, sizeof(seen.ids));
	assert_int_equal(holders_of_pid(h, all_kinds.pid, see, &one), 42);
	assert_int_equal(one.n, 1);
	holders_put(h);
}

/* What this process has open to answer somebody is not in the table; its resident iterators are. */
static void test_own_objects(void **state)
{
	bool resident = holders_source()[0] == 'b';
	int map = make_map();
	struct seen seen = {};
	struct holders *h;
	size_t n;

	(void)state;
	assert_int_equal(holders_get(KIND_MAP, id_of(map), &h), 0);
	holders_of(h, KIND_MAP, id_of(map), &n);
	assert_int_equal(n, 0);
	holders_of_pid(h, getpid(), see, &seen);
	if (resident)
		assert_int_equal(seen.n, 5);
	assert_int_equal(seen.ids[KIND_MAP], 0);
	holders_put(h);
	close(map);
}

static void test_younger_than_the_table(void **state)
{
	struct child child;
	struct holders *h;

	(void)state;
	assert_int_equal(holders_get(KIND_MAP, 0, &h), 0);
	child = start(hold_one_map);
	assert_held_by(KIND_MAP, child.ids[KIND_MAP], child.pid, "a (b) c: d e");
	stop(&child);
	holders_put(h);
}

static void test_ended_process(void **state)
{
	struct child child = start(hold_one_map);
	struct holders *h;
	size_t n;

	(void)state;
	assert_held_by(KIND_MAP, child.ids[KIND_MAP], child.pid, "a (b) c: d e");
	stop(&child);
	/* A table is never kept so long. */
	shared_sweep(0);
	assert_int_equal(holders_get(KIND_MAP, child.ids[KIND_MAP], &h), 0);
	holders_of(h, KIND_MAP, child.ids[KIND_MAP], &n);
	assert_int_equal(n, 0);
	holders_put(h);
}

static void test_source(void **state)
{
	(void)state;
	assert_string_equal(holders_source(), "bpf iterator");
	holders_force_procfs(true);
	assert_string_equal(holders_source(), "procfs");
	holders_force_procfs(false);
	assert_string_equal(holders_source(), "bpf iterator");
}

static void *ask(void *arg)
{
	for (int i = 0; i < 100; i++) {
		struct holders *h;
		size_t n;

		if (holders_get(KIND_MAP, i % 10 ? 0 : INT32_MAX, &h))
			return arg;
		holders_of(h, KIND_MAP, one_map.ids[KIND_MAP], &n);
		holders_put(h);
		if (n != 1)
			return arg;
	}
	return NULL;
}

static void test_many_readers(void **state)
{
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &one_map), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_source, by_iterator),
	    cmocka_unit_test_setup(test_holders, by_iterator),
	    cmocka_unit_test_setup(test_of_pid, by_iterator),
	    cmocka_unit_test_setup(test_own_objects, by_iterator),
	    cmocka_unit_test_setup(test_younger_than_the_table, by_iterator),
	    cmocka_unit_test_setup(test_ended_process, by_iterator),
	    cmocka_unit_test_setup(test_many_readers, by_iterator),
	    cmocka_unit_test_setup(test_holders, by_procfs),
	    cmocka_unit_test_setup(test_of_pid, by_procfs),
	    cmocka_unit_test_setup(test_own_objects, by_procfs),
	    cmocka_unit_test_setup(test_younger_than_the_table, by_procfs),
	    cmocka_unit_test_setup(test_ended_process, by_procfs),
	    cmocka_unit_test_setup(test_many_readers, by_procfs),
	};

	return cmocka_run_group_tests_name("holders", tests, setup, teardown);
}
