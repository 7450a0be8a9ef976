/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TESTRUN_H
#define BPFVIEW_TESTRUN_H

#include "doc.h"
#include "span.h"
#include "typed.h"

/*
 * Runs a program with input of one's own (BPF_PROG_TEST_RUN; what each type takes is in the
 * kernel's net/bpf/test_run.c).
 */

/* Sizes of what can be given; the kernel's own limits are below. */
enum { TESTRUN_MOST_DATA = 256 << 10, TESTRUN_MOST_CTX = 64 << 10 };

/* A run of many repetitions that takes longer is ended. */
enum { TESTRUN_MOST_MS = 60000 };

/* Flags (BPF_F_TEST_*), by their words. */
extern const struct flag_word testrun_flag_words[];

struct testrun_input {
	struct buf data; /* empty: 64 bytes of zeros, where the type takes data */
	struct buf ctx;	 /* empty: zeros, or none, as the type likes */
	bool ctx_typed;	 /* ctx was given as a value: what it must say of `data` may be left out */
	uint32_t repeat; /* at first 1 */
	uint32_t batch_size;
	uint32_t flags;
	bool on_cpu; /* on `cpu`, else on any */
	uint32_t cpu;
};

struct testrun_output {
	bool has_data, has_ctx; /* whether programs of the type give any */
	bool live;		/* nobody was told what the program returned for each frame */
	struct buf data, ctx;
	uint32_t retval;
	uint32_t duration_ns; /* of one run, on average */
};

void testrun_input_free(struct testrun_input *in);
void testrun_output_free(struct testrun_output *out);

/*
 * One test run, in the network namespace of `ns` (-1: in our own), which interfaces' numbers are
 * of.  0 with the output, which replaces what is in *out; or -errno with words: -EOPNOTSUPP for a
 * type of program that cannot be run so, -EINVAL with what the type takes;
 * -ETIMEDOUT.
 */
int testrun(uint32_t prog_id, const struct testrun_input *in, int ns, struct testrun_output *out,
	    struct problem *why);

/* The plan of the context of a program's type, by the kernel's BTF or the program's own.
 * *size is that of a whole context.  0 or -errno (-ENOENT: it has none with a name). */
int testrun_ctx_plan(uint32_t prog_id, struct plan **out, size_t *size);

/* Describes a result with the keys of `bpftool -j prog run`; of our own are the sizes, `verdict`
 * (what the number returned means), `ctx` (the context as a value) and `flow_keys`. */
void testrun_describe(uint32_t prog_id, const struct testrun_output *result, enum doc_form form,
		      struct buf *out);

#endif
