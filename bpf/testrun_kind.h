/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TESTRUN_KIND_H
#define BPFVIEW_TESTRUN_KIND_H

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

/* What the types of programs that can be run in a test take and give. */
struct testrun_kind {
	uint32_t prog_type;
	bool takes_data, gives_data;
	bool gives_ctx;
	bool gives_ctx_back; /* in the memory that it was given in */
	bool once;	     /* no `repeat` */
	bool takes_cpu;
	const char *ctx;     /* its struct in the kernel's BTF; NULL: that of the program's own */
	uint32_t ctx_size;   /* of the greatest, where the struct does not say; 0 otherwise */
	const char *verdict; /* the enum that names what is returned, and the prefix to cut off */
	const char *verdict_prefix;
	const char *takes; /* in words: what else the kernel calls an invalid argument */
};

/* NULL for a type that this build does not know to be one of them. */
const struct testrun_kind *testrun_kind(uint32_t prog_type);

/* Appends the names of them all. */
void testrun_kinds(struct buf *out);

/* The word for what a program returned, malloc'ed; NULL for none. */
char *testrun_verdict(uint32_t prog_type, uint32_t retval);

#endif
