// SPDX-License-Identifier: GPL-2.0-or-later
/* A library that knows variables, a map and a program of skel.bpf.c in an object that others opened
 * and load; prints what it sees. */
#include "skel_types.h"

#include SKELETON

#include "app_sub.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

int library_set(struct bpf_object *object)
{
	struct skel *s = skel__open(object);

	if (!s)
		return -errno;
	printf("map %s %d program %s\n", bpf_map__name(s->maps.table),
	       (int)bpf_map__max_entries(s->maps.table), bpf_program__name(s->progs.add));
	printf("greeting %.8s mood %d wide %ld weak %d\n", *s->rodata.greeting,
	       (int)(*s->rodata.moods)[1], *s->data.wide, *s->data.weak);
	s->data.corner->x = 200;
	(*s->rodata.moods)[0] = CALM;
	*s->data_settings.letter = 'q';
	skel__destroy(s);
	return 0;
}

int library_run(struct bpf_object *object)
{
	struct bpf_test_run_opts opts = {}; /* not LIBBPF_OPTS: clang++ 19 warns of it */
	struct skel *s = skel__open(object);
	int err = s ? 0 : -errno;

	opts.sz = sizeof(opts);
	if (!err)
		err = bpf_prog_test_run_opts(bpf_program__fd(s->progs.add), &opts);
	if (!err)
		printf("run %u sum %ld version %d\n", opts.retval, *s->bss_sums.sum,
		       *s->bss.version == *s->kconfig.LINUX_KERNEL_VERSION);
	skel__destroy(s);
	return err;
}
