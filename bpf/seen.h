/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SEEN_H
#define BPFVIEW_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of byte strings of one length that takes 8 to 22 bytes for each, whatever the length: only
 * 64-bit fingerprints are kept.  That two of 390,000 strings share one has a chance of 1 in 200
 * million. Zero-initialise it.
 */
struct seen {
	uint64_t *slots; /* 0: free */
	size_t nslots, used;
	bool full; /* some string could not be added */
};

enum { SEEN_MAX_SLOTS = 1 << 19 };

bool seen_has(const struct seen *s, const void *bytes, size_t n);

/* Adds a string.  0; -E2BIG when SEEN_MAX_SLOTS (4 MiB) are not enough, or -ENOMEM: it is not
 * added. */
int seen_add(struct seen *s, const void *bytes, size_t n);
void seen_free(struct seen *s);

#endif
