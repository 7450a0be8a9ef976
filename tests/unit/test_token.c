// SPDX-License-Identifier: GPL-2.0-or-later
/* What mounts of bpffs delegate, in a mount namespace of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/token.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static char *render(enum doc_form form, struct buf *out)
{
	buf_reset(out);
	assert_int_equal(token_list(form, out), 0);
	return strdup(buf_cstr(out));
}

static void test_delegation(void **state)
{
	char path[] = "/tmp/bpfview token.XXXXXX", want[512];
	struct buf out __buf_free = {};
	char *json, *table;

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_non_null(mkdtemp(path));
	json = render(DOC_JSON, &out);
	assert_null(strstr(json, path));
	free(json);
	/* One that delegates nothing is not shown. */
	assert_int_equal(mount("none", path, "bpf", 0, NULL), 0);
	json = render(DOC_JSON, &out);
	assert_null(strstr(json, path));
	free(json);
	if (mount("none", path, "bpf", 0,
		  "delegate_cmds=prog_load:map_create,delegate_progs=any,delegate_maps=hash")) {
		perror("delegate_cmds, this kernel");
		umount2(path, MNT_DETACH);
		rmdir(path);
		skip();
	}
	json = render(DOC_JSON, &out);
	table = render(DOC_TABLE, &out);
	umount2(path, MNT_DETACH);
	umount2(path, MNT_DETACH);
	rmdir(path);
	snprintf(want, sizeof(want),
		 "{\"token_info\":\"%s\",\"allowed_cmds\":[\"map_create\",\"prog_load\"],"
		 "\"allowed_maps\":[\"hash\"],\"allowed_progs\":[\"any\"],\"allowed_attachs\":[]}",
		 path);
	assert_non_null(strstr(json, want));
	assert_non_null(strstr(table, "map_create,prog_load"));
	assert_non_null(strstr(table, "\\x20token."));
	free(json);
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_delegation)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
