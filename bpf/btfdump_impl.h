/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BTFDUMP_IMPL_H
#define BPFVIEW_BTFDUMP_IMPL_H

#include "btfdump.h"

/* What the forms of a dump are made of; for btfdump.c and its parts only. */
struct btfdump_type {
	/* Makes *state; 0 or -errno. */
	int (*open)(const struct btf *btf, enum btfdump_form form, void **state);
	/* Appends a little: 1 there is more, 0 that was all, -errno. */
	int (*step)(void *state, struct buf *out);
	void (*close)(void *state);
};

extern const struct btfdump_type btfdump_types;	 /* RAW and JSON: btf_raw.c */
extern const struct btfdump_type btfdump_header; /* C: btf_header.c */

/* The ids of all types in the order of a header, malloc'ed, without those that have no place in C;
 * NULL: no memory. */
uint32_t *btf_order(const struct btf *btf, size_t *n);

#endif
