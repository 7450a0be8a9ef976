// SPDX-License-Identifier: GPL-2.0-or-later
/* Resources that readers share: when they are loaded, kept, replaced and freed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/shared.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define READERS 16

static atomic_int loads, alive;
static atomic_bool is_fresh = true;
static int load_error;
static unsigned int load_us;

static int load(void **out)
{
	int *value;

	usleep(load_us);
	if (load_error)
		return load_error;
	value = malloc(sizeof(*value));
	*value = ++loads;
	alive++;
	*out = value;
	return 0;
}

static void unload(void *value)
{
	alive--;
	free(value);
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	(void)value;
	assert_true(age_ns >= cost_ns);
	return is_fresh;
}

static struct shared resource = {
    .load = load,
    .unload = unload,
    .fresh = fresh,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

static int setup(void **state)
{
	(void)state;
	shared_sweep(0);
	loads = 0;
	load_error = 0;
	load_us = 0;
	is_fresh = true;
	return 0;
}

static void test_one_load_for_all(void **state)
{
	void *a, *b;

	(void)state;
	assert_int_equal(shared_get(&resource, &a), 0);
	assert_int_equal(shared_get(&resource, &b), 0);
	assert_ptr_equal(a, b);
	assert_int_equal(loads, 1);
	shared_put(&resource, a);
	shared_put(&resource, b);
	assert_int_equal(shared_get(&resource, &a), 0);
	assert_int_equal(loads, 1);
	shared_put(&resource, a);
	shared_put(&resource, NULL);
}

static void test_stale_value_lives_for_its_user(void **state)
{
	void *old, *new;

	(void)state;
	assert_int_equal(shared_get(&resource, &old), 0);
	is_fresh = false;
	assert_int_equal(shared_get(&resource, &new), 0);
	assert_ptr_not_equal(old, new);
	assert_int_equal(*(int *)old, 1);
	assert_int_equal(*(int *)new, 2);
	assert_int_equal(alive, 2);
	shared_put(&resource, old);
	assert_int_equal(alive, 1);
	shared_put(&resource, new);
	assert_int_equal(alive, 1);
}

static void test_drop(void **state)
{
	void *old, *new;

	(void)state;
	assert_int_equal(shared_get(&resource, &old), 0);
	shared_drop(&resource, old);
	assert_int_equal(shared_get(&resource, &new), 0);
	assert_int_equal(*(int *)new, 2);
	/* Who is late drops nothing that is newer. */
	shared_drop(&resource, old);
	shared_put(&resource, old);
	assert_int_equal(shared_get(&resource, &old), 0);
	assert_ptr_equal(old, new);
	shared_put(&resource, old);
	shared_put(&resource, new);
}

static void test_failed_load(void **state)
{
	void *value = state;

	load_error = -EIO;
	assert_int_equal(shared_get(&resource, &value), -EIO);
	assert_ptr_equal(value, state);
	load_error = 0;
	assert_int_equal(shared_get(&resource, &value), 0);
	shared_put(&resource, value);
}

static void test_sweep(void **state)
{
	void *value;

	(void)state;
	assert_int_equal(shared_get(&resource, &value), 0);
	assert_true(shared_sweep(0));
	assert_int_equal(alive, 1);
	shared_put(&resource, value);
	assert_true(shared_sweep(UINT64_C(3600000000000)));
	assert_int_equal(alive, 1);
	assert_false(shared_sweep(0));
	assert_int_equal(alive, 0);
}

static void *reader(void *arg)
{
	void *value;
	int *failed = arg;

	*failed = shared_get(&resource, &value);
	if (!*failed)
		shared_put(&resource, value);
	return NULL;
}

static void test_readers_wait_for_one_load(void **state)
{
	pthread_t threads[READERS];
	int failed[READERS];

	(void)state;
	load_us = 20000;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &failed[i]), 0);
	for (int i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(failed[i], 0);
	}
	assert_int_equal(loads, 1);
}

static void *restless(void *arg)
{
	for (int i = 0; i < 2000; i++) {
		void *value;

		if (shared_get(&resource, &value))
			return arg;
		if (i % 3 == 0)
			shared_drop(&resource, value);
		if (*(volatile int *)value <= 0)
			return arg;
		shared_put(&resource, value);
		if (i % 7 == 0)
			shared_sweep(0);
	}
	return NULL;
}

static void test_no_value_is_lost_or_freed_in_use(void **state)
{
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, restless, &resource), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_false(shared_sweep(0));
	assert_int_equal(alive, 0);
}

/* --- a resource with keys, each of whose values holds the one above --- */

struct holder {
	uint64_t key;
	void *held;
};

static int load_holder(uint64_t key, void **out)
{
	struct holder *h = malloc(sizeof(*h));
	int err = shared_get(&resource, &h->held);

	assert_int_equal(err, 0);
	h->key = key;
	loads++;
	*out = h;
	return 0;
}

static void unload_holder(void *value)
{
	struct holder *h = value;

	shared_put(&resource, h->held);
	free(h);
}

static struct shared holders = {
    .load_key = load_holder,
    .most_idle = 2,
    .unload = unload_holder,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

static struct holder *use_holder(uint64_t key)
{
	void *value;

	assert_int_equal(shared_get_key(&holders, key, &value), 0);
	assert_int_equal(((struct holder *)value)->key, key);
	return value;
}

static void test_keys_have_values_of_their_own(void **state)
{
	struct holder *a = use_holder(7), *b = use_holder(8), *again = use_holder(7);

	(void)state;
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(a, again);
	assert_int_equal(loads, 3); /* two holders, and what they hold */
	shared_put(&holders, a);
	shared_put(&holders, b);
	shared_put(&holders, again);
}

static void test_few_idle_values_are_kept(void **state)
{
	struct holder *used = use_holder(1);

	(void)state;
	for (uint64_t key = 2; key < 6; key++)
		shared_put(&holders, use_holder(key));
	loads = 0;
	shared_put(&holders, use_holder(5));
	shared_put(&holders, use_holder(4));
	shared_put(&holders, use_holder(1));
	assert_int_equal(loads, 0);
	shared_put(&holders, used); /* now there are three: 5 goes */
	shared_put(&holders, use_holder(4));
	assert_int_equal(loads, 0);
	shared_put(&holders, use_holder(5));
	assert_int_equal(loads, 1);
}

/* What is held counts as used when its holder was, and one sweep frees both. */
static void test_sweep_frees_what_is_held(void **state)
{
	(void)state;
	shared_put(&holders, use_holder(1));
	usleep(50000);
	assert_int_equal(alive, 1);
	assert_false(shared_sweep(20000000));
	assert_int_equal(alive, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_one_load_for_all, setup),
	    cmocka_unit_test_setup(test_stale_value_lives_for_its_user, setup),
	    cmocka_unit_test_setup(test_drop, setup),
	    cmocka_unit_test_setup(test_failed_load, setup),
	    cmocka_unit_test_setup(test_sweep, setup),
	    cmocka_unit_test_setup(test_readers_wait_for_one_load, setup),
	    cmocka_unit_test_setup(test_no_value_is_lost_or_freed_in_use, setup),
	    cmocka_unit_test_setup(test_keys_have_values_of_their_own, setup),
	    cmocka_unit_test_setup(test_few_idle_values_are_kept, setup),
	    cmocka_unit_test_setup(test_sweep_frees_what_is_held, setup),
	};
	int failed = cmocka_run_group_tests_name("shared", tests, NULL, NULL);

	shared_sweep(0);
	return failed;
}
