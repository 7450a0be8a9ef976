// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes what skeletons have of their objects to files: SAVE_ALL is SAVE(name)... */
#include ALL

#include <stdio.h>

static int save(const char *name, const void *elf, size_t size)
{
	FILE *f = fopen(name, "wb");

	return !f || fwrite(elf, 1, size, f) != size || fclose(f);
}

#define SAVE(name)                                                                                 \
	do {                                                                                       \
		size_t size = 0;                                                                   \
		const void *elf = name##__elf_bytes(&size);                                        \
		failed += save(#name, elf, size);                                                  \
	} while (0)

int main(void)
{
	int failed = 0;

	SAVE_ALL;
	return failed;
}
