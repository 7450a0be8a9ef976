// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's symbols, compared with /proc/kallsyms itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/ksyms.h"
#include "bpf/shared.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct ksyms *ksyms;

static int setup(void **state)
{
	(void)state;
	return ksyms_get(&ksyms);
}

static int teardown(void **state)
{
	(void)state;
	ksyms_put(ksyms);
	return shared_sweep(0);
}

/* Every line is found by its address, under its own name or an alias's. */
static void test_every_symbol(void **state)
{
	uint64_t addr, previous = 0;
	unsigned int n = 0, aliases = 0;
	char line[1024], name[512];
	FILE *f = fopen("/proc/kallsyms", "re");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const char *found;

		assert_int_equal(sscanf(line, "%" SCNx64 " %*c %511s", &addr, name), 2);
		if (!addr || strstr(line, "\t[bpf]") || strstr(line, "\t[__builtin__"))
			continue;
		found = ksyms_exact(ksyms, addr);
		assert_non_null(found);
		/* The first of aliases, which follow each other, wins. */
		if (addr != previous && strchr(line, '[') == NULL)
			assert_string_equal(found, name);
		if (addr != previous && !strchr(line, '['))
			assert_null(ksyms_module(ksyms, found));
		if (addr != previous && strchr(line, '[')) {
			const char *module = ksyms_module(ksyms, found);

			assert_non_null(module);
			assert_non_null(strstr(strchr(line, '[') + 1, module));
		}
		aliases += strcmp(found, name) != 0;
		previous = addr;
		n++;
	}
	fclose(f);
	assert_true(n > 1000);
	assert_true(aliases < n / 4);
}

static void test_name_and_offset(void **state)
{
	uint64_t addr = ksyms_addr(ksyms, "bpf_map_release"), offset = 1;

	(void)state;
	assert_int_not_equal(addr, 0);
	assert_string_equal(ksyms_exact(ksyms, addr), "bpf_map_release");
	assert_string_equal(ksyms_name(ksyms, addr, &offset), "bpf_map_release");
	assert_int_equal(offset, 0);
	assert_string_equal(ksyms_name(ksyms, addr + 5, &offset), "bpf_map_release");
	assert_int_equal(offset, 5);
	assert_string_equal(ksyms_name(ksyms, addr + 5, NULL), "bpf_map_release");
	assert_null(ksyms_exact(ksyms, addr + 1));
}

static void test_nothing_there(void **state)
{
	uint64_t offset = 7;

	(void)state;
	assert_null(ksyms_name(ksyms, 0, &offset));
	assert_null(ksyms_name(ksyms, 0x1000, &offset));
	assert_null(ksyms_name(ksyms, UINT64_MAX, &offset));
	assert_null(ksyms_exact(ksyms, 0));
	assert_int_equal(offset, 7);
	assert_int_equal(ksyms_addr(ksyms, "no such symbol"), 0);
	assert_int_equal(ksyms_addr(ksyms, ""), 0);
}

static void test_read_once(void **state)
{
	struct ksyms *again;

	(void)state;
	assert_int_equal(ksyms_get(&again), 0);
	assert_ptr_equal(again, ksyms);
	ksyms_put(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_symbol),
	    cmocka_unit_test(test_name_and_offset),
	    cmocka_unit_test(test_nothing_there),
	    cmocka_unit_test(test_read_once),
	};

	if (ksyms_get(&ksyms) == -ENODATA) {
		print_message("skipped: the kernel hides its addresses\n");
		return 0;
	}
	ksyms_put(ksyms);
	return cmocka_run_group_tests_name("ksyms", tests, setup, teardown);
}
