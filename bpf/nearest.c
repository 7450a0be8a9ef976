// SPDX-License-Identifier: GPL-2.0-or-later
#include "nearest.h"

#include <errno.h>
#include <string.h>

enum { LONGEST = 64 };

static unsigned int distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned int row[LONGEST + 1];

	if (alen > LONGEST || blen > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= blen; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= alen; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= blen; j++) {
			unsigned int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[blen];
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
