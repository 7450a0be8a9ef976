// SPDX-License-Identifier: GPL-2.0-or-later
/* skeleton KIND FILE NAME: the header on stdout, or words on stderr and status 1. */
#include "bpf/skeleton.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "re");
	size_t n = 1;

	if (!f) {
		perror(path);
		exit(1);
	}
	while (n) {
		char *room = buf_room(out, 1 << 16);

		n = room ? fread(room, 1, 1 << 16, f) : 0;
		out->len += n;
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	struct buf elf __buf_free = {}, out __buf_free = {};
	struct problem why = {};
	enum skeleton_kind kind;
	int err;

	if (argc != 4)
		return 2;
	kind = !strcmp(argv[1], "skeleton") ? SKELETON
	       : !strcmp(argv[1], "light")  ? SKELETON_LIGHT
					    : SKELETON_SUB;
	read_file(argv[2], &elf);
	err = skeleton_write(kind, elf.data, elf.len, argv[3], &out, &why);
	if (err)
		fprintf(stderr, "%s: %s\n", strerrorname_np(-err), buf_cstr(&why.words));
	fwrite(out.data, 1, out.len, stdout);
	problem_free(&why);
	return err != 0;
}
