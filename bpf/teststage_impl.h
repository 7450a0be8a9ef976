/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TESTSTAGE_IMPL_H
#define BPFVIEW_TESTSTAGE_IMPL_H

#include "testrun.h"

/* What is set and what came out, as it is at this moment. */
struct moment {
	struct testrun_input in;
	struct testrun_output out;
	bool has_out;
	int err; /* -ENOMEM: it is not all here */
};
struct moment teststage_moment(uint32_t prog_id);
void moment_free(struct moment *m);

#endif
