// SPDX-License-Identifier: GPL-2.0-or-later
/* An application on a skeleton of skel.bpf.c, in C or C++; prints what it sees. */
#include "skel_types.h"

#include SKELETON

#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* The same in C++ and in C. */
#ifdef __cplusplus
#define CALL(function, ...) skel::function(__VA_ARGS__)
#define open_with	    open
#else
#define CALL(function, ...) skel__##function(__VA_ARGS__)
#define open_with	    open_opts
#endif

static void print_variables(const struct skel *s)
{
	printf("rodata %d %.8s %d %d\n", s->rodata->pid == getpid(), s->rodata->greeting,
	       s->rodata->moods[0], s->rodata->moods[1]);
	printf("settings %ld %c more %d\n", s->data_settings->wanted, s->data_settings->letter,
	       s->rodata_more->step);
	printf("data %d %ld %d %d,%d\n", s->data->small, s->data->wide, s->data->after_own,
	       s->data->corner.x, s->data->corner.y);
	printf("nameless %d %d %d %d\n", s->data->nameless.a, s->data->nameless.c,
	       s->data->nameless.bits, s->data->nameless.more);
	printf("choice %d %d weak %d huge %d\n", (int)s->data->choice[0], (int)s->data->choice[1],
	       s->data->weak, (int)s->data->huge);
	printf("pointers %d %d %d\n", s->bss->callback == NULL, s->bss->anything == NULL,
	       s->bss->corners[2] == NULL);
	printf("text ");
	for (size_t i = 0; i < sizeof(s->data->text); i++)
		printf("%02x", (unsigned char)s->data->text[i]);
	printf(" grid %d tail %d %d\n", s->data->grid[1][2], s->data_tail->tail.n,
	       s->data_tail->tail.items[2]);
	printf("bss %" PRIu64 " %" PRIu64 " %ld\n", (uint64_t)s->bss->hits,
	       (uint64_t)s->bss->typed_hits, s->bss_sums->sum);
}

static void call_ten_times(void)
{
	for (int i = 0; i < 10; i++)
		syscall(SYS_getppid);
}

static int run(struct skel *s)
{
	struct bpf_test_run_opts opts = {}; /* not LIBBPF_OPTS: clang++ 19 warns of it */
	long value = 0;
	int key;

	opts.sz = sizeof(opts);
	s->rodata->pid = getpid();
	s->rodata_more->step = 3;
	s->data_settings->wanted = SYS_getppid;
	s->data->corner.x = 100;
	bpf_map__set_max_entries(s->maps.table, 1);
	print_variables(s);
	if (CALL(load, s))
		return fail("load");

	printf("fds %d %d %d %d\n", bpf_program__fd(s->progs.add) > 0,
	       bpf_program__fd(s->progs.on_demand) > 0, bpf_map__fd(s->maps.table) > 0,
	       bpf_map__max_entries(s->maps.table));
	s->data_settings->letter = 'z'; /* the map's own memory now */
	if (bpf_prog_test_run_opts(bpf_program__fd(s->progs.add), &opts))
		return fail("run");
	key = s->data_settings->letter;
	if (bpf_map__lookup_elem(s->maps.table, &key, sizeof(key), &value, sizeof(value), 0))
		return fail("lookup");
	printf("run %u value %ld sum %ld version %d %d thing %d\n", opts.retval, value,
	       s->bss_sums->sum, s->bss->version == s->kconfig->LINUX_KERNEL_VERSION,
	       s->bss->version > 0, s->bss->such_a_thing + s->kconfig->CONFIG_NO_SUCH_THING);

	call_ten_times();
	if (CALL(attach, s))
		return fail("attach");
	printf("links %d %d %d %d\n", s->links.on_enter != NULL, s->links.on_enter_typed != NULL,
	       s->links.add != NULL, s->links.on_demand != NULL);
	call_ten_times();
	CALL(detach, s);
	printf("links %d\n", s->links.on_enter != NULL);
	call_ten_times();
	print_variables(s);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object_open_opts opts = {};
	struct skel *s;
	size_t size;
	const void *elf = CALL(elf_bytes, &size);
	int status;

	opts.sz = sizeof(opts);
	if (argc > 1) { /* the object itself */
		FILE *f = fopen(argv[1], "wb");

		return !f || fwrite(elf, 1, size, f) != size || fclose(f);
	}
#ifdef __cplusplus
	s = skel::open(&opts);
#else
	s = skel__open_opts(&opts);
#endif
	if (!s)
		return fail("open");
	printf("names %s %s %s %s\n", s->skeleton->name, bpf_object__name(s->obj),
	       bpf_map__name(s->maps.data_settings), bpf_map__name(s->maps.rodata));
	status = run(s);
	CALL(destroy, s);
	CALL(destroy, NULL);
	if (status)
		return status;

	s = CALL(open_and_load, );
	if (!s)
		return fail("open and load");
	print_variables(s);
	CALL(destroy, s);
	return 0;
}
