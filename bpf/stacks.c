// SPDX-License-Identifier: GPL-2.0-or-later
#include "stacks.h"

#include "ksyms.h"
#include "map.h"
#include "mapread.h"
#include "progaddr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct stacks {
	struct map map;
	struct mapread *read; /* NULL: the end was reached */
	enum stacks_form form;
	bool begun; /* to write */
	bool many;  /* a stack was written */
	/* got at the first address in the kernel; either may be missing */
	bool looked_up;
	struct ksyms *ksyms;
	struct progaddr *progs;
};

int stacks_open(uint32_t map_id, enum stacks_form form, struct stacks **out)
{
	struct stacks *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->form = form;
	err = map_open(map_id, false, &s->map);
	if (!err && s->map.info.type != BPF_MAP_TYPE_STACK_TRACE)
		err = -EOPNOTSUPP;
	if (!err)
		err = mapread_open(&s->map, &s->read);
	if (err) {
		stacks_close(s);
		return err;
	}
	*out = s;
	return 0;
}

/* The end: everything is let go at once, whatever becomes of the stream. */
static void let_go(struct stacks *s)
{
	mapread_close(s->read);
	s->read = NULL;
	map_close(&s->map);
	ksyms_put(s->ksyms);
	s->ksyms = NULL;
	progaddr_put(s->progs);
	s->progs = NULL;
}

void stacks_close(struct stacks *s)
{
	if (!s)
		return;
	let_go(s);
	free(s);
}

/* The kernel is in the upper half, on all machines that bpfview is built for. */
static bool in_kernel(uint64_t addr)
{
	return addr >> 63;
}

struct symbol {
	struct buf name; /* empty: unknown */
	const char *module;
	uint64_t offset;
};

static void find_symbol(struct stacks *s, uint64_t addr, struct symbol *out)
{
	const char *name;

	buf_reset(&out->name);
	out->module = NULL;
	if (!in_kernel(addr))
		return;
	if (!s->looked_up) {
		s->looked_up = true;
		if (ksyms_get(&s->ksyms))
			s->ksyms = NULL;
		if (progaddr_get(&s->progs))
			s->progs = NULL;
	}
	/* a program's code may lie right behind a module's */
	if (s->progs && progaddr_symbol(s->progs, addr, &out->name, &out->offset)) {
		out->module = "bpf";
		return;
	}
	name = s->ksyms ? ksyms_name(s->ksyms, addr, &out->offset) : NULL;
	if (!name)
		return;
	buf_str(&out->name, name);
	out->module = ksyms_module(s->ksyms, name);
}

static void text_address(uint64_t addr, struct symbol *symbol, struct buf *out)
{
	buf_printf(out, "  0x%llx", (unsigned long long)addr);
	if (symbol->name.len)
		buf_printf(out, " %s+0x%llx", buf_cstr(&symbol->name),
			   (unsigned long long)symbol->offset);
	if (symbol->module)
		buf_printf(out, " [%s]", symbol->module);
	buf_char(out, '\n');
}

static void json_address(uint64_t addr, const struct symbol *symbol, struct buf *out)
{
	buf_str(out, "{\"addr\":");
	buf_u64(out, addr);
	if (symbol->name.len) {
		buf_str(out, ",\"func\":");
		buf_json_str(out, symbol->name.data, symbol->name.len);
		buf_str(out, ",\"offset\":");
		buf_u64(out, symbol->offset);
		buf_str(out, ",\"module\":");
		if (symbol->module)
			buf_json_str(out, symbol->module, strlen(symbol->module));
		else
			buf_str(out, "null");
	}
	buf_char(out, '}');
}

/* All frames but the innermost are return addresses, which may lie behind the end of their
 * function: the byte before is of the call. */
static void show_address(struct stacks *s, uint64_t addr, bool innermost, struct symbol *symbol,
			 struct buf *out)
{
	unsigned int back = innermost ? 0 : 1;

	find_symbol(s, addr - back, symbol);
	symbol->offset += back;
	if (s->form == STACKS_JSON)
		json_address(addr, symbol, out);
	else
		text_address(addr, symbol, out);
}

static void show_build_id(struct stacks *s, const struct bpf_stack_build_id *frame, struct buf *out)
{
	bool json = s->form == STACKS_JSON;

	buf_str(out, json ? "{\"build_id\":\"" : "  ");
	buf_hex(out, frame->build_id, sizeof(frame->build_id));
	if (json) {
		buf_str(out, "\",\"file_offset\":");
		buf_u64(out, frame->offset);
		buf_char(out, '}');
	} else {
		buf_printf(out, "+0x%llx\n", (unsigned long long)frame->offset);
	}
}

/* Frame i; false when the stack has no more. */
static bool show_frame(struct stacks *s, const uint8_t *value, size_t i, struct symbol *symbol,
		       struct buf *out)
{
	struct bpf_stack_build_id frame = {.status = BPF_STACK_BUILD_ID_IP};

	if (s->map.info.map_flags & BPF_F_STACK_BUILD_ID)
		memcpy(&frame, value + i * sizeof(frame), sizeof(frame));
	else
		memcpy(&frame.ip, value + i * sizeof(frame.ip), sizeof(frame.ip));
	if (frame.status == BPF_STACK_BUILD_ID_EMPTY ||
	    (frame.status == BPF_STACK_BUILD_ID_IP && !frame.ip))
		return false;
	if (i && s->form == STACKS_JSON)
		buf_char(out, ',');
	if (frame.status == BPF_STACK_BUILD_ID_VALID)
		show_build_id(s, &frame, out);
	else
		show_address(s, frame.ip, !i, symbol, out);
	return true;
}

static void show_stack(struct stacks *s, const struct map_entry *e, struct buf *out)
{
	size_t step = s->map.info.map_flags & BPF_F_STACK_BUILD_ID
			  ? sizeof(struct bpf_stack_build_id)
			  : sizeof(uint64_t);
	bool json = s->form == STACKS_JSON;
	struct symbol symbol = {};
	uint32_t id;

	/* overwritten or deleted meanwhile */
	if (e->err)
		return;
	memcpy(&id, e->key, sizeof(id));
	if (s->many)
		buf_str(out, json ? ",\n" : "\n");
	s->many = true;
	buf_printf(out, json ? "{\"id\":%u,\"frames\":[" : "id %u\n", id);
	for (size_t i = 0; i < s->map.info.value_size / step; i++)
		if (!show_frame(s, e->value, i, &symbol, out))
			break;
	if (json)
		buf_str(out, "]}");
	buf_free(&symbol.name);
}

int stacks_more(struct stacks *s, struct buf *out, size_t want)
{
	size_t enough = out->len + want;
	struct map_entry e;
	int got = 1;

	if (!s->read)
		return 0;
	if (s->form == STACKS_JSON && !s->begun)
		buf_char(out, '[');
	s->begun = true;
	while (got > 0 && out->len < enough && !out->err) {
		got = mapread_next(s->read, &e);
		if (got > 0)
			show_stack(s, &e, out);
	}
	if (!got) {
		if (s->form == STACKS_JSON)
			buf_str(out, "]\n");
		let_go(s);
	}
	return out->err ? out->err : got;
}
