/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TESTSTAGE_H
#define BPFVIEW_TESTSTAGE_H

#include "span.h"

#include <stdint.h>

/*
 * What has been set for test runs of a program, and what the last one gave.
 *
 * It is kept as long as the program is there and somebody has used it within half an hour; of the
 * programs that were used last only.  A run takes what is set at one moment, and publishes a result
 * as a whole; one that fails leaves no result.
 */
enum teststage_what {
	TESTSTAGE_DATA_IN,
	TESTSTAGE_CTX_IN,
	TESTSTAGE_REPEAT, /* numbers: text, with a newline */
	TESTSTAGE_FLAGS,
	TESTSTAGE_CPU,
	TESTSTAGE_BATCH_SIZE,
	TESTSTAGE_RESULT, /* of the last run, all of it */
	TESTSTAGE_RETVAL,
	TESTSTAGE_DURATION,
	TESTSTAGE_DATA_OUT,
	TESTSTAGE_CTX_OUT,
};

enum teststage_form {
	TESTSTAGE_PLAIN, /* bytes as they are; text */
	TESTSTAGE_HEX,	 /* bytes: as `hex 01 02`, 16 on a line */
	TESTSTAGE_JSON,	 /* contexts: as a value of their type; results */
};

/* Sets DATA_IN or CTX_IN to these bytes; none: to what it is when nothing was set.  0, or -errno
 * with words (-ENOENT, -E2BIG). */
int teststage_set_bytes(uint32_t prog_id, enum teststage_what what, const void *bytes, size_t len,
			struct problem *why);

/* Sets what a text says, which for DATA_IN and CTX_IN is in hex or JSON. */
int teststage_set(uint32_t prog_id, enum teststage_what what, enum teststage_form form,
		  struct span text, struct problem *why);

/* Appends what is set; of a result nothing when there is none.  0 or -errno. */
int teststage_show(uint32_t prog_id, enum teststage_what what, enum teststage_form form,
		   struct buf *out);

/* Forgets what is set and the result. */
void teststage_reset(uint32_t prog_id);

/* Runs the program as testrun() with what is set, and appends the result as text. */
int teststage_run(uint32_t prog_id, int ns, struct buf *answer, struct problem *why);

/* Forgets what is not to be kept any longer; all of it. */
void teststage_sweep(void);
void teststage_free(void);

#endif
