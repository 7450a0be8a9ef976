// SPDX-License-Identifier: GPL-2.0-or-later
/* What a value renders as is read back as the same: any type, any memory. */
#include "types.h"

#include "bpf/typed_parse.h"
#include "bpf/typed_plan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads `json` onto `memory`, and looks whether that shows it. */
static void expect(const struct plan *p, const struct buf *json, uint8_t *memory, size_t size)
{
	struct buf again __buf_free = {};

	if (plan_parse(p, span_of(json->data, json->len), memory, size, NULL))
		abort();
	plan_render(p, memory, size, &again);
	if (again.len != json->len || memcmp(again.data, json->data, json->len) != 0)
		abort();
}

/* The rest of the input is what is there, then what was there before, if that is something. */
static void check(const struct plan *p, struct source *s, size_t size)
{
	uint8_t *value = calloc(1, size + 1), *back = calloc(1, size + 1);
	struct buf json __buf_free = {};

	for (size_t i = 0; i < size; i++)
		value[i] = (uint8_t)source_take(s, 256);
	plan_render(p, value, size, &json);
	expect(p, &json, back, size);
	if (p->exact && memcmp(back, value, size) != 0)
		abort();
	for (size_t i = 0; i < size; i++)
		back[i] = (uint8_t)source_take(s, 256);
	expect(p, &json, back, size);
	if (p->exact && memcmp(back, value, size) != 0)
		abort();
	free(value);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = {.at = data, .end = data + size};
	struct btf *btf = btf__new_empty();
	int id = source_type(&s, btf, 0, false);
	unsigned int more = source_take(&s, 8); /* for an array that is flexible */
	struct plan *p;

	if (!plan_compile(btf, (uint32_t)id, &p)) {
		if (plan_size(p) < 4096)
			check(p, &s, plan_size(p) + (p->exact ? 0 : more));
		plan_free(p);
	}
	btf__free(btf);
	return 0;
}
