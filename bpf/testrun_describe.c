// SPDX-License-Identifier: GPL-2.0-or-later
#include "prog.h"
#include "testrun.h"
#include "testrun_kind.h"

#include <stdlib.h>

/* Bytes: an array of numbers in JSON, as bpftool's; hex digits in text. */
static void describe_bytes(struct doc *d, enum doc_form form, const char *key, const char *size_key,
			   const struct buf *bytes)
{
	struct buf text __buf_free = {};

	if (form == DOC_TEXT) {
		buf_hex(&text, bytes->data, bytes->len);
		doc_u64(d, size_key, bytes->len);
		doc_str(d, key, buf_cstr(&text));
		return;
	}
	for (size_t i = 0; i < bytes->len; i++) {
		buf_char(&text, i ? ',' : '[');
		buf_u64(&text, (uint8_t)bytes->data[i]);
	}
	buf_str(&text, bytes->len ? "]" : "[]");
	doc_raw(d, key, buf_cstr(&text), text.len);
	doc_u64(d, size_key, bytes->len);
}

static void describe_value(struct doc *d, const char *key, const struct plan *plan,
			   const struct buf *bytes)
{
	struct buf json __buf_free = {};

	plan_render(plan, bytes->data, bytes->len, &json);
	doc_json(d, key, buf_cstr(&json), json.len);
}

static uint32_t type_of(uint32_t prog_id)
{
	uint32_t type = BPF_PROG_TYPE_UNSPEC;
	struct prog p;

	if (!prog_open(prog_id, 0, &p)) {
		type = p.info.type;
		prog_close(&p);
	}
	return type;
}

/* In text a context is a value or bytes, whichever says more. */
static void describe_parts(struct doc *d, enum doc_form form, const struct plan *plan,
			   uint32_t type, const struct testrun_output *result)
{
	if (result->has_data)
		describe_bytes(d, form, "data_out", "data_size_out", &result->data);
	if (result->has_ctx && (form == DOC_JSON || !plan))
		describe_bytes(d, form, "ctx_out", "ctx_size_out", &result->ctx);
	if (result->has_ctx && plan)
		describe_value(d, "ctx", plan, &result->ctx);
	/* what it says of the packet comes out as data, and has the type of the context */
	if (result->has_data && plan && type == BPF_PROG_TYPE_FLOW_DISSECTOR)
		describe_value(d, "flow_keys", plan, &result->data);
}

static void describe_numbers(struct doc *d, uint32_t type, const struct testrun_output *result)
{
	char *verdict = result->live ? NULL : testrun_verdict(type, result->retval);
	struct buf duration __buf_free = {};

	doc_u64(d, "retval", result->retval);
	if (verdict)
		doc_str(d, "verdict", verdict);
	buf_printf(&duration, "%u ns", result->duration_ns);
	doc_said(d, "duration", result->duration_ns, buf_cstr(&duration));
	free(verdict);
}

void testrun_describe(uint32_t prog_id, const struct testrun_output *result, enum doc_form form,
		      struct buf *out)
{
	uint32_t type = type_of(prog_id);
	struct doc *d = doc_begin(form, out, NULL);
	struct plan *plan;
	size_t size;

	if (!d)
		return;
	if (testrun_ctx_plan(prog_id, &plan, &size))
		plan = NULL;
	doc_object(d, NULL);
	describe_numbers(d, type, result);
	describe_parts(d, form, plan, type, result);
	doc_close(d);
	doc_end(d);
	plan_free(plan);
}
