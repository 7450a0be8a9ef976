// SPDX-License-Identifier: GPL-2.0-or-later
/* An application on a light skeleton of skel.bpf.c, without libbpf; prints what it sees. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "skel_types.h"

#include SKELETON

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static void call_ten_times(void)
{
	for (int i = 0; i < 10; i++)
		syscall(SYS_getppid);
}

static int run(struct skel *s)
{
	union bpf_attr attr;

	s->rodata->pid = getpid();
	s->rodata_more->step = 3;
	s->data_settings->wanted = SYS_getppid;
	s->data->corner.x = 100;
	s->maps.table.max_entries = 1;
	printf("greeting %.8s wide %ld tail %d\n", s->rodata->greeting, s->data->wide,
	       s->data_tail->tail.items[1]);
	errno = -skel__load(s);
	if (errno)
		return fail("load");

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (__u32)s->progs.add.prog_fd;
	if (skel_sys_bpf(BPF_PROG_RUN, &attr, sizeof(attr)))
		return fail("run");
	printf("run %u sum %ld version %d on demand %d\n", attr.test.retval, s->bss_sums->sum,
	       s->bss->version > 0, s->progs.on_demand.prog_fd);

	call_ten_times();
	errno = -skel__on_enter__attach(s);
	if (s->links.on_enter_fd <= 0)
		return fail("attach");
	call_ten_times();
	skel__detach(s);
	call_ten_times();
	printf("hits %d %d wide %ld\n", (int)s->bss->hits, (int)s->bss->typed_hits, s->data->wide);
	return 0;
}

int main(void)
{
	struct skel *s = skel__open();
	int status = s ? run(s) : fail("open");

	skel__destroy(s);
	if (status)
		return status;
	s = skel__open_and_load();
	if (!s)
		return fail("open and load");
	printf("again %d\n", s->data->corner.x);
	skel__destroy(s);
	skel__destroy(NULL);
	return 0;
}
