// SPDX-License-Identifier: GPL-2.0-or-later
#include "teststage.h"

#include "kind.h"
#include "teststage_impl.h"
#include "typed_parse.h"
#include "words.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_STAGES = 64, IDLE_S = 1800 };

struct stage {
	struct stage *next;
	uint32_t prog_id;
	time_t used;
	struct testrun_input in;
	struct testrun_output out;
	bool has_out;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stage *stages; /* the one used last comes first */

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

static const struct testrun_input nothing_set = {.repeat = 1};

static void stage_clear(struct stage *s)
{
	testrun_input_free(&s->in);
	testrun_output_free(&s->out);
	s->in = nothing_set;
	s->out = (struct testrun_output){};
	s->has_out = false;
}

static void stage_free(struct stage **at)
{
	struct stage *s = *at;

	*at = s->next;
	stage_clear(s);
	free(s);
}

/* The stage of a program, moved to the front; NULL when there is none. */
static struct stage *stage_find(uint32_t prog_id)
{
	struct stage **at = &stages, *s;

	while (*at && (*at)->prog_id != prog_id)
		at = &(*at)->next;
	s = *at;
	if (s) {
		*at = s->next;
		s->next = stages;
		stages = s;
		s->used = now();
	}
	return s;
}

static struct stage *stage_make(uint32_t prog_id)
{
	struct stage *s = stage_find(prog_id), **at = &stages;

	if (s)
		return s;
	for (unsigned int n = 1; *at; n++)
		if (n >= MOST_STAGES)
			stage_free(at);
		else
			at = &(*at)->next;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	*s = (struct stage){.next = stages, .prog_id = prog_id, .used = now(), .in = nothing_set};
	stages = s;
	return s;
}

/* Locks and returns the stage of a program that is there; NULL, with nothing locked, and *err. */
static struct stage *stage_lock(uint32_t prog_id, int *err, struct problem *why)
{
	struct stage *s = NULL;

	*err = -ENOENT;
	if (!kind_has_id(KIND_PROG, prog_id)) {
		problem_errno(why, *err, "the program");
		return NULL;
	}
	pthread_mutex_lock(&lock);
	s = stage_make(prog_id);
	*err = s ? 0 : -ENOMEM;
	if (!s)
		pthread_mutex_unlock(&lock);
	return s;
}

void teststage_reset(uint32_t prog_id)
{
	struct stage *s;

	pthread_mutex_lock(&lock);
	s = stage_find(prog_id);
	if (s)
		stage_free(&stages);
	pthread_mutex_unlock(&lock);
}

void teststage_sweep(void)
{
	struct stage **at = &stages;

	pthread_mutex_lock(&lock);
	while (*at)
		if (now() - (*at)->used > IDLE_S || !kind_has_id(KIND_PROG, (*at)->prog_id))
			stage_free(at);
		else
			at = &(*at)->next;
	pthread_mutex_unlock(&lock);
}

void teststage_free(void)
{
	while (stages)
		stage_free(&stages);
}

/* --- setting --- */

/* Takes the place of what was set before. */
static int put_bytes(uint32_t prog_id, enum teststage_what what, const struct buf *bytes,
		     bool typed, struct problem *why)
{
	const size_t most = what == TESTSTAGE_DATA_IN ? TESTRUN_MOST_DATA : TESTRUN_MOST_CTX;
	struct stage *s;
	struct buf *to;
	int err;

	if (bytes->len > most)
		return problem(why, -E2BIG, NULL, "more than %zu bytes", most);
	if (bytes->err)
		return bytes->err;
	s = stage_lock(prog_id, &err, why);
	if (!s)
		return err;
	to = what == TESTSTAGE_DATA_IN ? &s->in.data : &s->in.ctx;
	buf_free(to);
	*to = (struct buf){};
	buf_add(to, bytes->data, bytes->len);
	if (what == TESTSTAGE_CTX_IN)
		s->in.ctx_typed = typed;
	err = to->err;
	pthread_mutex_unlock(&lock);
	return err;
}

int teststage_set_bytes(uint32_t prog_id, enum teststage_what what, const void *bytes, size_t len,
			struct problem *why)
{
	struct buf copy __buf_free = {};

	buf_add(&copy, bytes, len);
	return put_bytes(prog_id, what, &copy, false, why);
}

static int put_value(uint32_t prog_id, struct span text, struct problem *why)
{
	struct buf value __buf_free = {};
	struct plan *plan;
	size_t size;
	int err = testrun_ctx_plan(prog_id, &plan, &size);

	if (err)
		return err == -ENOENT && kind_has_id(KIND_PROG, prog_id)
			   ? problem(why, -EINVAL, text.at,
				     "the context of this program has no type that is known: "
				     "give its bytes")
			   : problem_errno(why, err, "the context's type");
	buf_fill(&value, '\0', size);
	err = value.err ? value.err : plan_parse(plan, text, value.data, size, why);
	plan_free(plan);
	return err ? err : put_bytes(prog_id, TESTSTAGE_CTX_IN, &value, true, why);
}

static int put_hex(uint32_t prog_id, enum teststage_what what, struct span text,
		   struct problem *why)
{
	struct buf bytes __buf_free = {};
	int err = bytes_parse_hex(text, &bytes, why);

	return err ? err : put_bytes(prog_id, what, &bytes, false, why);
}

static int take_u32(struct span text, uint32_t *out, struct problem *why)
{
	uint64_t v = 0;
	int err = words_number(text, UINT32_MAX, &v, why);

	*out = (uint32_t)v;
	return err;
}

/* Puts a number in its place; `in` is a copy of what is set. */
static int take_setting(enum teststage_what what, struct span text, struct testrun_input *in,
			struct problem *why)
{
	switch (what) {
	case TESTSTAGE_REPEAT: return take_u32(text, &in->repeat, why);
	case TESTSTAGE_BATCH_SIZE: return take_u32(text, &in->batch_size, why);
	case TESTSTAGE_FLAGS: return words_flags(testrun_flag_words, text, &in->flags, why);
	case TESTSTAGE_CPU:
		in->on_cpu = !span_is(span_trim(text), "any");
		return in->on_cpu ? take_u32(text, &in->cpu, why) : 0;
	default: return -EINVAL;
	}
}

static int put_setting(uint32_t prog_id, enum teststage_what what, struct span text,
		       struct problem *why)
{
	struct testrun_input in;
	int err;
	struct stage *s = stage_lock(prog_id, &err, why);

	if (!s)
		return err;
	in = s->in;
	err = take_setting(what, text, &in, why);
	if (!err)
		s->in = in;
	pthread_mutex_unlock(&lock);
	return err;
}

int teststage_set(uint32_t prog_id, enum teststage_what what, enum teststage_form form,
		  struct span text, struct problem *why)
{
	if (form == TESTSTAGE_HEX)
		return put_hex(prog_id, what, text, why);
	if (form == TESTSTAGE_JSON)
		return put_value(prog_id, text, why);
	return put_setting(prog_id, what, text, why);
}

/* --- what is set at a moment --- */

static void copy_bytes(const struct buf *from, struct buf *to)
{
	*to = (struct buf){};
	buf_add(to, from->data, from->len);
}

static struct testrun_input copy_input(const struct testrun_input *in)
{
	struct testrun_input copy = *in;

	copy_bytes(&in->data, &copy.data);
	copy_bytes(&in->ctx, &copy.ctx);
	return copy;
}

static struct testrun_output copy_output(const struct testrun_output *out)
{
	struct testrun_output copy = *out;

	copy_bytes(&out->data, &copy.data);
	copy_bytes(&out->ctx, &copy.ctx);
	return copy;
}

struct moment teststage_moment(uint32_t prog_id)
{
	struct moment m = {.in = nothing_set};
	const struct stage *s;

	pthread_mutex_lock(&lock);
	s = stage_find(prog_id);
	if (s)
		m = (struct moment){copy_input(&s->in), copy_output(&s->out), s->has_out, 0};
	pthread_mutex_unlock(&lock);
	m.err = m.in.data.err ? m.in.data.err : m.in.ctx.err;
	return m;
}

void moment_free(struct moment *m)
{
	testrun_input_free(&m->in);
	testrun_output_free(&m->out);
}

/* --- running --- */

/* `result` is the stage's from here on; NULL when there is none. */
static int publish(uint32_t prog_id, struct testrun_output *result)
{
	int err;
	struct stage *s = stage_lock(prog_id, &err, NULL);

	if (!s)
		return err;
	testrun_output_free(&s->out);
	s->out = result ? *result : (struct testrun_output){};
	s->has_out = result;
	pthread_mutex_unlock(&lock);
	return 0;
}

int teststage_run(uint32_t prog_id, int ns, struct buf *answer, struct problem *why)
{
	struct moment m = teststage_moment(prog_id);
	struct testrun_output result = {};
	int err = m.err;

	if (!err)
		err = testrun(prog_id, &m.in, ns, &result, why);
	if (!err)
		testrun_describe(prog_id, &result, DOC_TEXT, answer);
	if (err)
		publish(prog_id, NULL);
	if (err || publish(prog_id, &result))
		testrun_output_free(&result);
	moment_free(&m);
	return err;
}
