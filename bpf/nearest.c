// SPDX-License-Identifier: GPL-2.0-or-later
#include "nearest.h"

#include <errno.h>
#include <string.h>

enum { LONGEST = 64 };

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Letters added, dropped, changed, or changed with their neighbour. */
static unsigned int distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned int rows[3][LONGEST + 1];

	if (alen > LONGEST || blen > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= blen; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= alen; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i - 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= blen; j++) {
			row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]),
				       least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[alen % 3][blen];
}

int nearest(struct problem *why, const char *at, const char *what, struct span word,
	    nearest_fn next, void *arg)
{
	unsigned int best = (unsigned int)span_len(word) / 2 + 1;
	size_t len, best_len = 0;
	const char *name, *found = NULL;

	if (!why)
		return -EINVAL;
	for (size_t i = 0; (name = next(arg, i, &len)); i++) {
		unsigned int d = distance(word.at, span_len(word), name, len);

		if (d < best) {
			best = d;
			found = name;
			best_len = len;
		}
	}
	problem(why, -EINVAL, at, "there is no %s called \"%.*s\"", what, (int)span_len(word),
		word.at);
	if (found)
		buf_printf(&why->words, "; did you mean \"%.*s\"?", (int)best_len, found);
	return -EINVAL;
}
