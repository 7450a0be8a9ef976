// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives a fuzz target the files that are named, without libFuzzer. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20 };

static int replay(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data = malloc(MOST), *exact;
	size_t n;

	if (!file || !data) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		abort();
	}
	n = fread(data, 1, MOST, file);
	/* Sanitizers see what is read beyond memory that ends where the input does. */
	exact = realloc(data, n ? n : 1);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return fclose(file);
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	printf("%d inputs\n", argc - 1);
	return failed;
}
