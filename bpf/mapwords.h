/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPWORDS_H
#define BPFVIEW_MAPWORDS_H

#include "span.h"

#include <stdint.h>

/* What changes an entry: `key KEY value VALUE [any|exist|noexist] [lock]`, as bpftool has it. */
struct mapwords {
	struct span key, value; /* as written, for mapedit.h */
	uint64_t flags;
};

/* 0, or -EINVAL with words.  A value that ends in a word of the flags goes in quotes. */
int mapwords_update(struct span line, struct mapwords *out, struct problem *why);

#endif
