// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "given.h"
#include "tree.h"

#include "../bpf/teststage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A row's form: what it is, and in which form it is read and written. */
#define FORM(what, form) ((what) | (form) << 8)

static enum teststage_what what_of(const struct place *p)
{
	return (enum teststage_what)(p->row->form & 0xff);
}

static enum teststage_form form_of(const struct place *p)
{
	return (enum teststage_form)(p->row->form >> 8);
}

static int show(const struct place *p, struct buf *out)
{
	return teststage_show((uint32_t)p->id, what_of(p), form_of(p), out);
}

static int set(const struct place *p, struct command *c)
{
	return teststage_set((uint32_t)p->id, what_of(p), form_of(p), command_words(c), &c->why);
}

static int run(const struct place *p, struct command *c)
{
	struct span word = span_trim(command_words(c));
	int err, ns;

	if (span_is(word, "reset")) {
		teststage_reset((uint32_t)p->id);
		return 0;
	}
	if (!span_is(word, "1"))
		return problem(&c->why, -EINVAL, c->line, "1 or reset is expected");
	err = given_netns(&c->who, &ns, &c->why);
	if (err)
		return err;
	err = teststage_run((uint32_t)p->id, ns, &c->answer, &c->why);
	if (ns >= 0)
		close(ns);
	return err;
}

/* --- bytes: what is written from open to close takes the place of what was there --- */

struct given_bytes {
	uint32_t prog_id;
	enum teststage_what what;
	struct buf bytes;
	bool unfinished; /* a JSON value of which there must be more to come */
};

static int open_bytes(const struct place *p, void **state)
{
	struct given_bytes *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->prog_id = (uint32_t)p->id;
	g->what = what_of(p);
	*state = g;
	return 0;
}

static int set_value(struct given_bytes *g, struct problem *why)
{
	struct span text = span_of(g->bytes.data, g->bytes.len), value;

	g->unfinished = span_value(&text, &value, NULL) != 0;
	if (g->unfinished)
		return 0;
	return teststage_set(g->prog_id, g->what, TESTSTAGE_JSON,
			     span_of(g->bytes.data, g->bytes.len), why);
}

static int write_bytes(void *state, const char *text, size_t len, struct problem *why)
{
	struct given_bytes *g = state;

	buf_add(&g->bytes, text, len);
	if (g->bytes.err)
		return g->bytes.err;
	if (g->what == TESTSTAGE_CTX_IN && g->bytes.len && *g->bytes.data == '{')
		return set_value(g, why);
	return teststage_set_bytes(g->prog_id, g->what, g->bytes.data, g->bytes.len, why);
}

static int flush_bytes(void *state, struct problem *why)
{
	const struct given_bytes *g = state;

	return g->unfinished ? problem(why, -EINVAL, NULL,
				       "text that begins with { is a value in JSON: it has no end; "
				       "bytes that begin so can be given as hex")
			     : 0;
}

static void report_bytes(void *state, struct buf *out)
{
	buf_printf(out, "%zu bytes", ((struct given_bytes *)state)->bytes.len);
}

static void close_bytes(void *state)
{
	struct given_bytes *g = state;

	buf_free(&g->bytes);
	free(g);
}

static const struct sink_type bytes = {open_bytes, write_bytes, flush_bytes, report_bytes,
				       close_bytes};

static const struct row rows[] = {
    {"data_in", ROW_FILE,
     "the packet for the program, as bytes (cp PACKET data_in); at first zeros",
     .form = FORM(TESTSTAGE_DATA_IN, TESTSTAGE_PLAIN), .quick = true, .show = show, .sink = &bytes},
    {"data_in.hex", ROW_FILE, "the same as hex 01 02",
     .form = FORM(TESTSTAGE_DATA_IN, TESTSTAGE_HEX), .quick = true, .show = show, .command = set,
     .whole = true},
    {"ctx_in", ROW_FILE, "its context, as bytes or as {\"field\":VALUE}; at first zeros",
     .form = FORM(TESTSTAGE_CTX_IN, TESTSTAGE_PLAIN), .show = show, .sink = &bytes},
    {"ctx_in.hex", ROW_FILE, "the same as hex 01 02", .form = FORM(TESTSTAGE_CTX_IN, TESTSTAGE_HEX),
     .quick = true, .show = show, .command = set, .whole = true},
    {"ctx_in.json", ROW_FILE, "the same as a value of its type",
     .form = FORM(TESTSTAGE_CTX_IN, TESTSTAGE_JSON), .show = show, .command = set, .whole = true},
    {"repeat", ROW_FILE, "how often it is run", .form = FORM(TESTSTAGE_REPEAT, TESTSTAGE_PLAIN),
     .quick = true, .show = show, .command = set},
    {"flags", ROW_FILE, "run_on_cpu, xdp_live_frames, skb_checksum_complete, or 0",
     .form = FORM(TESTSTAGE_FLAGS, TESTSTAGE_PLAIN), .quick = true, .show = show, .command = set},
    {"cpu", ROW_FILE, "on which CPU a raw tracepoint program is run, or any",
     .form = FORM(TESTSTAGE_CPU, TESTSTAGE_PLAIN), .quick = true, .show = show, .command = set},
    {"batch_size", ROW_FILE, "how many live frames at a time; 0: as the kernel likes",
     .form = FORM(TESTSTAGE_BATCH_SIZE, TESTSTAGE_PLAIN), .quick = true, .show = show,
     .command = set},
    {"run", ROW_FILE, "runs the program with all that, and tells the result to who reads on",
     .slow = true, .command = run, .usage = "1\nreset"},
    {"result", ROW_FILE, "the result of the last run",
     .form = FORM(TESTSTAGE_RESULT, TESTSTAGE_PLAIN), .show = show},
    {"result.json", ROW_FILE, "the same, as bpftool -j prog run",
     .form = FORM(TESTSTAGE_RESULT, TESTSTAGE_JSON), .show = show},
    {"retval", ROW_FILE, "what the program returned",
     .form = FORM(TESTSTAGE_RETVAL, TESTSTAGE_PLAIN), .quick = true, .show = show},
    {"duration", ROW_FILE, "nanoseconds that a run took, on average",
     .form = FORM(TESTSTAGE_DURATION, TESTSTAGE_PLAIN), .quick = true, .show = show},
    {"data_out", ROW_FILE, "the packet as the program left it, as bytes",
     .form = FORM(TESTSTAGE_DATA_OUT, TESTSTAGE_PLAIN), .quick = true, .show = show},
    {"ctx_out", ROW_FILE, "the context as the program left it, as bytes",
     .form = FORM(TESTSTAGE_CTX_OUT, TESTSTAGE_PLAIN), .quick = true, .show = show},
    {"ctx_out.json", ROW_FILE, "the same as a value of its type",
     .form = FORM(TESTSTAGE_CTX_OUT, TESTSTAGE_JSON), .show = show},
};

const struct folder prog_test_run_folder = {.parent = FOLDER_PROG_ID, FOLDER_ROWS(rows)};
