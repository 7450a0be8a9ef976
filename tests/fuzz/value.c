// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a value.  The input's first line says of which type, with the letters below; the rest
 * is the text.
 */
#include "bpf/typed_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TYPES = 13, ROOM = 12 /* bytes for a flexible array */ };

static struct plan *plans[TYPES];

static int member(struct btf *btf, const char *name, int type, uint32_t bit, uint32_t bits)
{
	return btf__add_field(btf, name, type, bit, bits);
}

static int add_struct(struct btf *btf, int u8, int u32, int text, int enumeration, int address)
{
	int inner = btf__add_union(btf, NULL, 4), events, flexible, id;

	member(btf, "all", u32, 0, 0);
	member(btf, "low", u8, 0, 0);
	events = btf__add_array(btf, u32, inner, 3);
	flexible = btf__add_array(btf, u32, u32, 0);
	id = btf__add_struct(btf, "everything", 56);
	member(btf, "count", u32, 0, 0);
	member(btf, NULL, inner, 32, 0);
	member(btf, "text", text, 64, 0);
	member(btf, "color", enumeration, 128, 0);
	member(btf, "bits", u32, 160, 5);
	member(btf, "address", address, 192, 0);
	member(btf, "events", events, 320, 0);
	member(btf, "rest", flexible, 448, 0);
	return id;
}

static int add_section(struct btf *btf, int u32, int text)
{
	int one = btf__add_var(btf, "one", BTF_VAR_GLOBAL_ALLOCATED, u32);
	int name = btf__add_var(btf, "name", BTF_VAR_STATIC, text);
	int id = btf__add_datasec(btf, ".data", 12);

	btf__add_datasec_var_info(btf, one, 0, 4);
	btf__add_datasec_var_info(btf, name, 4, 8);
	return id;
}

/* The letters: a to m. */
static void make_plans(void)
{
	struct btf *btf = btf__new_empty();
	int u8 = btf__add_int(btf, "u8", 1, 0), s16 = btf__add_int(btf, "s16", 2, BTF_INT_SIGNED);
	int u32 = btf__add_int(btf, "u32", 4, 0), u64 = btf__add_int(btf, "u64", 8, 0);
	int i128 = btf__add_int(btf, "__int128", 16, 0);
	int boolean = btf__add_int(btf, "bool", 1, BTF_INT_BOOL);
	int letter = btf__add_int(btf, "letter", 1, BTF_INT_CHAR);
	int single = btf__add_float(btf, "float", 4), real = btf__add_float(btf, "double", 8);
	int text = btf__add_array(btf, u32, btf__add_int(btf, "char", 1, BTF_INT_SIGNED), 8);
	int address = btf__add_array(btf, u32, u8, 16), color = btf__add_enum(btf, "color", 4);
	int ids[TYPES] = {u8, s16, u32, u64, i128, boolean, letter, single, real, text, color};

	btf__add_enum_value(btf, "RED", 0);
	btf__add_enum_value(btf, "GREEN", 5);
	btf__add_enum_value(btf, "BLUE", -1);
	ids[11] = add_struct(btf, u8, u32, text, color, address);
	ids[12] = add_section(btf, u32, text);
	for (int i = 0; i < TYPES; i++)
		if (ids[i] < 0 || plan_compile(btf, (uint32_t)ids[i], &plans[i]))
			abort();
	btf__free(btf);
}

/* Words, and a place that is in the text, for each failure. */
static void check_problem(int err, struct span text, const struct problem *why)
{
	if (!err)
		return;
	if (err != -EINVAL && err != -ERANGE && err != -E2BIG && err != -EOPNOTSUPP)
		abort();
	if (!why->words.len || why->at < text.at || why->at > text.end)
		abort();
}

/* What was read is shown, and that is read as the same. */
static void check_value(const struct plan *p, const uint8_t *memory, size_t size)
{
	struct buf json __buf_free = {}, again __buf_free = {};
	uint8_t *back = calloc(1, size);

	plan_render(p, memory, size, &json);
	if (plan_parse(p, span_of(json.data, json.len), back, size, NULL))
		abort();
	plan_render(p, back, size, &again);
	if (again.len != json.len || memcmp(again.data, json.data, json.len) != 0)
		abort();
	free(back);
}

static void check(const struct plan *p, struct span text, size_t size)
{
	struct problem why = {};
	uint8_t *memory = calloc(1, size);
	int err = bytes_parse(text, memory, size, &why);

	check_problem(err, text, &why);
	memset(memory, 0, size);
	err = plan_is_path(text) ? plan_assign(p, text, memory, size, &why)
				 : plan_parse(p, text, memory, size, &why);
	check_problem(err, text, &why);
	if (!err)
		check_value(p, memory, size);
	free(memory);
	problem_free(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int type = size ? (unsigned int)(data[0] - 'a') : 0;
	const struct plan *p;

	if (size < 2 || type >= TYPES || data[1] != '\n')
		return 0;
	if (!plans[0])
		make_plans();
	p = plans[type];
	check(p, span_of((const char *)data + 2, size - 2), plan_size(p) + (type == 11 ? ROOM : 0));
	return 0;
}
