// SPDX-License-Identifier: GPL-2.0-or-later
#include "kind.h"
#include "teststage.h"
#include "teststage_impl.h"

#include <errno.h>

static void show_hex(const struct buf *bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes->len; i++)
		buf_printf(out, "%02x%c", (uint8_t)bytes->data[i],
			   i % 16 == 15 || i + 1 == bytes->len ? '\n' : ' ');
}

/* Of a context that was not given, what could be. */
static int show_value(uint32_t prog_id, const struct buf *bytes, bool given, struct buf *out)
{
	struct buf zeros __buf_free = {};
	struct plan *plan;
	size_t size;
	int err = testrun_ctx_plan(prog_id, &plan, &size);

	if (err)
		return err == -ENOENT && kind_has_id(KIND_PROG, prog_id) ? 0 : err;
	buf_fill(&zeros, '\0', size);
	if (bytes->len || given)
		plan_render(plan, bytes->data, bytes->len, out);
	else
		plan_render(plan, zeros.data, zeros.len, out);
	plan_free(plan);
	buf_char(out, '\n');
	return zeros.err;
}

static int show_bytes(uint32_t prog_id, const struct buf *bytes, enum teststage_form form,
		      bool given, struct buf *out)
{
	if (form == TESTSTAGE_JSON)
		return show_value(prog_id, bytes, given, out);
	if (form == TESTSTAGE_HEX)
		show_hex(bytes, out);
	else
		buf_add(out, bytes->data, bytes->len);
	return 0;
}

static int show_output(uint32_t prog_id, const struct testrun_output *result,
		       enum teststage_what what, enum teststage_form form, struct buf *out)
{
	switch (what) {
	case TESTSTAGE_RETVAL: buf_printf(out, "%u\n", result->retval); return 0;
	case TESTSTAGE_DURATION: buf_printf(out, "%u\n", result->duration_ns); return 0;
	case TESTSTAGE_DATA_OUT: return show_bytes(prog_id, &result->data, form, true, out);
	case TESTSTAGE_CTX_OUT:
		return result->has_ctx ? show_bytes(prog_id, &result->ctx, form, true, out) : 0;
	default:
		testrun_describe(prog_id, result, form == TESTSTAGE_JSON ? DOC_JSON : DOC_TEXT,
				 out);
		return 0;
	}
}

static int show_input(uint32_t prog_id, const struct testrun_input *in, enum teststage_what what,
		      enum teststage_form form, struct buf *out)
{
	switch (what) {
	case TESTSTAGE_DATA_IN: return show_bytes(prog_id, &in->data, form, true, out);
	case TESTSTAGE_CTX_IN: return show_bytes(prog_id, &in->ctx, form, false, out);
	case TESTSTAGE_REPEAT: buf_printf(out, "%u\n", in->repeat); break;
	case TESTSTAGE_BATCH_SIZE: buf_printf(out, "%u\n", in->batch_size); break;
	case TESTSTAGE_CPU:
		if (in->on_cpu)
			buf_printf(out, "%u\n", in->cpu);
		else
			buf_str(out, "any\n");
		break;
	default: flag_words(in->flags, testrun_flag_words, out); buf_char(out, '\n');
	}
	return 0;
}

int teststage_show(uint32_t prog_id, enum teststage_what what, enum teststage_form form,
		   struct buf *out)
{
	struct moment m = teststage_moment(prog_id);
	int err = m.err;

	if (!err && what < TESTSTAGE_RESULT)
		err = show_input(prog_id, &m.in, what, form, out);
	else if (!err && m.has_out)
		err = show_output(prog_id, &m.out, what, form, out);
	else if (!err && what == TESTSTAGE_RESULT && form == TESTSTAGE_JSON)
		buf_str(out, "{}\n");
	moment_free(&m);
	return err ? err : out->err;
}
