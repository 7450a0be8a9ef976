/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NEAREST_H
#define BPFVIEW_NEAREST_H

#include "span.h"

#include <stddef.h>

/* The i-th right word and its length, NULL behind the last. */
typedef const char *(*nearest_fn)(void *arg, size_t i, size_t *len);

/* Says that `word` is no WHAT ("field of the value"), and which right one is nearest to it by the
 * number of letters changed, or swapped with their neighbour (the restricted distance of Damerau
 * and Levenshtein), if one is near.  Returns -EINVAL. */
int nearest(struct problem *why, const char *at, const char *what, struct span word,
	    nearest_fn next, void *arg);

#endif
