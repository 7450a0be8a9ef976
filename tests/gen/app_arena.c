// SPDX-License-Identifier: GPL-2.0-or-later
/* An application on a skeleton of skel_arena.bpf.c; prints what it sees. */
#include SKELETON

#include <stdio.h>
#include <string.h>

static void print(const struct skel_arena *s)
{
	printf("%d %c %ld %d\n", s->arena->number, s->arena->tag, s->arena->large, s->data->apart);
}

int main(void)
{
	struct skel_arena *s = skel_arena__open();
	int err = s ? 0 : -errno;

	if (s) {
		print(s);
		s->arena->large = 1L << 40;
		err = skel_arena__load(s);
	}
	if (!err)
		print(s);
	else
		printf("load: %s\n", strerror(-err));
	skel_arena__destroy(s);
	return err != 0;
}
