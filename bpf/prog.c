// SPDX-License-Identifier: GPL-2.0-or-later
#include "prog.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One array of bpf_prog_info: how many there are, where the kernel puts them. */
struct array {
	unsigned int want;
	size_t count; /* offsets in bpf_prog_info */
	size_t pointer;
	size_t element;
	size_t field; /* offset in struct prog */
};

#define ARRAY(want_, count_, pointer_, element_, field_)                                           \
	{                                                                                          \
		want_, offsetof(struct bpf_prog_info, count_),                                     \
		    offsetof(struct bpf_prog_info, pointer_), element_,                            \
		    offsetof(struct prog, field_)                                                  \
	}

static const struct array arrays[] = {
    ARRAY(PROG_MAPS, nr_map_ids, map_ids, sizeof(uint32_t), map_ids),
    ARRAY(PROG_XLATED, xlated_prog_len, xlated_prog_insns, 1, insns),
    ARRAY(PROG_JITED, jited_prog_len, jited_prog_insns, 1, jited),
    ARRAY(PROG_JITED | PROG_FUNCS | PROG_ADDRS, nr_jited_ksyms, jited_ksyms, sizeof(uint64_t),
	  ksyms),
    ARRAY(PROG_JITED | PROG_ADDRS, nr_jited_func_lens, jited_func_lens, sizeof(uint32_t),
	  func_lens),
    ARRAY(PROG_FUNCS, nr_func_info, func_info, sizeof(struct bpf_func_info), funcs),
    ARRAY(PROG_FUNCS, nr_prog_tags, prog_tags, BPF_TAG_SIZE, tags),
    ARRAY(PROG_LINES, nr_line_info, line_info, sizeof(struct bpf_line_info), lines),
    ARRAY(PROG_LINES, nr_jited_line_info, jited_line_info, sizeof(uint64_t), jited_lines),
};

enum { ARRAYS = sizeof(arrays) / sizeof(arrays[0]) };

static uint32_t *count_in(struct bpf_prog_info *info, const struct array *a)
{
	return (uint32_t *)((char *)info + a->count);
}

/* Where the kernel puts the array, or has put it: 0 when it is hidden. */
static __u64 *pointer_in(struct bpf_prog_info *info, const struct array *a)
{
	return (__u64 *)((char *)info + a->pointer);
}

static void **field_in(struct prog *p, const struct array *a)
{
	return (void **)((char *)p + a->field);
}

/* What a program's arrays need follows from a first, plain call. */
static int prepare(struct prog *p, unsigned int want, struct bpf_prog_info *ask)
{
	for (size_t i = 0; i < ARRAYS; i++) {
		const struct array *a = &arrays[i];
		uint32_t n = *count_in(&p->info, a);
		void *memory;

		if (!(a->want & want) || !n || *field_in(p, a))
			continue;
		memory = calloc(n, a->element);
		if (!memory)
			return -ENOMEM;
		*field_in(p, a) = memory;
		*count_in(ask, a) = n;
		*pointer_in(ask, a) = (uintptr_t)memory;
	}
	ask->func_info_rec_size = sizeof(struct bpf_func_info);
	ask->line_info_rec_size = sizeof(struct bpf_line_info);
	ask->jited_line_info_rec_size = sizeof(uint64_t);
	return 0;
}

/* Whether all that is wanted has been fetched, or is not there to fetch. */
static bool is_fetched(const struct prog *p, unsigned int want)
{
	for (size_t i = 0; i < ARRAYS; i++)
		if ((arrays[i].want & want) &&
		    *count_in((struct bpf_prog_info *)&p->info, &arrays[i]) &&
		    !*field_in((struct prog *)p, &arrays[i]))
			return false;
	return true;
}

/* The kernel cannot grow a loaded program, but it hides what the reader may not see. */
int prog_fetch(struct prog *p, unsigned int want)
{
	struct bpf_prog_info ask = {}, asked;
	uint32_t len = sizeof(ask);
	int err;

	if (is_fetched(p, want))
		return 0;
	err = prepare(p, want, &ask);
	asked = ask;
	if (!err && bpf_prog_get_info_by_fd(p->fd, &ask, &len))
		err = -errno;
	if (err)
		return err;
	for (size_t i = 0; i < ARRAYS; i++) {
		const struct array *a = &arrays[i];
		void **field = field_in(p, a);

		if (!*pointer_in(&asked, a))
			continue;
		if (*pointer_in(&ask, a) && *count_in(&ask, a) == *count_in(&p->info, a))
			continue;
		free(*field);
		*field = NULL;
		*count_in(&p->info, a) = 0;
	}
	return 0;
}

/* The first call can bring the ids of a few maps along, which is all that most reports want. */
static int first_call(struct prog *p, unsigned int want)
{
	uint32_t few[16], len = sizeof(p->info);

	if (want & PROG_MAPS) {
		p->info.nr_map_ids = sizeof(few) / sizeof(few[0]);
		p->info.map_ids = (uintptr_t)few;
	}
	if (bpf_prog_get_info_by_fd(p->fd, &p->info, &len))
		return -errno;
	if ((want & PROG_MAPS) && p->info.nr_map_ids &&
	    p->info.nr_map_ids <= sizeof(few) / sizeof(few[0])) {
		p->map_ids = malloc(p->info.nr_map_ids * sizeof(few[0]));
		if (!p->map_ids)
			return -ENOMEM;
		memcpy(p->map_ids, few, p->info.nr_map_ids * sizeof(few[0]));
	}
	return 0;
}

int prog_open(uint32_t id, unsigned int want, struct prog *out)
{
	int err;

	*out = (struct prog){.fd = bpf_prog_get_fd_by_id(id)};
	if (out->fd < 0)
		return out->fd;
	err = first_call(out, want);
	if (err == -ENODEV) { /* its device is gone: the kernel tells nothing but that */
		out->info = (struct bpf_prog_info){.id = id};
		out->orphaned = true;
		return 0;
	}
	if (!err)
		err = prog_fetch(out, want);
	if (err)
		prog_close(out);
	return err;
}

void prog_close(struct prog *p)
{
	for (size_t i = 0; i < ARRAYS; i++)
		free(*field_in(p, &arrays[i]));
	if (p->fd >= 0)
		close(p->fd);
	*p = (struct prog){.fd = -1};
}

/* Appends the name of a BTF function type. */
static void func_name(const struct btf *btf, uint32_t type_id, struct buf *out)
{
	const struct btf_type *t = btf__type_by_id(btf, type_id);
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;

	if (name)
		buf_str(out, name);
}

/* The type of the main function, 0 when the program has no BTF. */
static uint32_t main_func_type(const struct prog *p)
{
	struct bpf_func_info func = {};
	struct bpf_prog_info ask = {
	    .nr_func_info = 1,
	    .func_info_rec_size = sizeof(func),
	    .func_info = (uint64_t)(uintptr_t)&func,
	};
	uint32_t len = sizeof(ask);

	if (p->funcs)
		return p->funcs[0].type_id;
	if (!p->info.nr_func_info || bpf_prog_get_info_by_fd(p->fd, &ask, &len))
		return 0;
	return func.type_id;
}

int prog_full_name(const struct prog *p, struct buf *out)
{
	size_t kept = strnlen(p->info.name, sizeof(p->info.name));
	struct btf_ref btf;
	uint32_t type;

	buf_reset(out);
	/* only a name that fills the kernel's field can have been cut */
	type = kept == sizeof(p->info.name) - 1 && p->info.btf_id ? main_func_type(p) : 0;
	if (type && !btf_open(p->info.btf_id, &btf)) {
		func_name(btf.btf, type, out);
		btf_close(&btf);
	}
	/* what the kernel has must be the beginning of the whole */
	if (kept && (out->len < kept || memcmp(out->data, p->info.name, kept) != 0)) {
		buf_reset(out);
		buf_add(out, p->info.name, kept);
	}
	return out->err;
}

void prog_symbol(const struct prog *p, const struct btf *btf, uint32_t i, struct buf *out)
{
	if (!p->tags || i >= p->info.nr_prog_tags)
		return;
	buf_str(out, "bpf_prog_");
	/* the kernel lists the main function as the whole program, which has a tag of its own */
	buf_hex(out, i ? p->tags[i] : p->info.tag, BPF_TAG_SIZE);
	if (btf && p->funcs && i < p->info.nr_func_info) {
		buf_char(out, '_');
		func_name(btf, p->funcs[i].type_id, out);
	} else if (i) { /* what the kernel calls a sub-program of which it has no type */
		buf_str(out, "_F");
	} else if (p->info.name[0]) {
		buf_printf(out, "_%.*s", (int)sizeof(p->info.name), p->info.name);
	}
}
