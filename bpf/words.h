/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_WORDS_H
#define BPFVIEW_WORDS_H

#include "names.h"
#include "span.h"

/*
 * Reading the words that names.h gives for the kernel's numbers, and plain numbers.  All return 0,
 * or -EINVAL with words and the place in the text; *out is then untouched.
 */

/* A word of a vocabulary, or its number.  `what` names what is expected ("type of map"). */
int words_value(enum words of, struct span word, const char *what, uint32_t *out,
		struct problem *why);

/* Flags, with commas or bars between them: words, or numbers. */
int words_flags(const struct flag_word *known, struct span text, uint32_t *out,
		struct problem *why);

/* A number of at most `most`; all of the text, blanks around it aside. */
int words_number(struct span text, uint64_t most, uint64_t *out, struct problem *why);

/* 0 or 1. */
int words_bool(struct span text, bool *out, struct problem *why);

#endif
