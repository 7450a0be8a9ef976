// SPDX-License-Identifier: GPL-2.0-or-later
#include "corerelo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The head of .BTF.ext; offsets count from its end. */
struct ext_head {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t hdr_len;
	uint32_t func_info_off;
	uint32_t func_info_len;
	uint32_t line_info_off;
	uint32_t line_info_len;
	uint32_t core_relo_off;
	uint32_t core_relo_len;
};

/* Each ELF section's relocations begin with this. */
struct ext_section {
	uint32_t name_off;
	uint32_t count;
};

/* Chains of typedefs and modifiers are never longer in BTF that a compiler has made. */
enum { MOST_LINKS = 64 };

static const char *take(const char **at, const char *end, size_t size)
{
	const char *here = *at;

	if ((size_t)(end - here) < size)
		return NULL;
	*at += size;
	return here;
}

static int one_relo(const struct btf *btf, const char *record,
		    int (*fn)(const struct core_relo *relo, void *arg), void *arg)
{
	struct bpf_core_relo raw;
	struct core_relo relo = {.btf = btf};

	memcpy(&raw, record, sizeof(raw));
	relo.type_id = raw.type_id;
	relo.kind = raw.kind;
	relo.access = btf__str_by_offset(btf, raw.access_str_off);
	if (!relo.access || !btf__type_by_id(btf, raw.type_id))
		return -EINVAL;
	return fn(&relo, arg);
}

static int all_sections(const struct btf *btf, const char *at, const char *end,
			int (*fn)(const struct core_relo *relo, void *arg), void *arg)
{
	const char *size = take(&at, end, sizeof(uint32_t)), *piece;
	struct ext_section section;
	uint32_t record_size;
	int ret = 0;

	if (!size)
		return -EINVAL;
	memcpy(&record_size, size, sizeof(record_size));
	if (record_size < sizeof(struct bpf_core_relo))
		return -EINVAL;
	while (at < end && !ret) {
		piece = take(&at, end, sizeof(section));
		if (!piece)
			return -EINVAL;
		memcpy(&section, piece, sizeof(section));
		while (section.count-- && !ret) {
			piece = take(&at, end, record_size);
			ret = piece ? one_relo(btf, piece, fn, arg) : -EINVAL;
		}
	}
	return ret;
}

int core_relos(const struct btf *btf, const struct btf_ext *ext,
	       int (*fn)(const struct core_relo *relo, void *arg), void *arg)
{
	struct ext_head head = {};
	uint32_t size = 0;
	const char *data = btf_ext__raw_data(ext, &size);
	uint64_t begin, end;

	if (!data || size < offsetof(struct ext_head, func_info_off))
		return -EINVAL;
	memcpy(&head, data, size < sizeof(head) ? size : sizeof(head));
	if (head.hdr_len < sizeof(head) || !head.core_relo_len)
		return 0; /* older than CO-RE, or without it */
	begin = (uint64_t)head.hdr_len + head.core_relo_off;
	end = begin + head.core_relo_len;
	if (end > size)
		return -EINVAL;
	return all_sections(btf, data + begin, data + end, fn, arg);
}

bool core_is_field(enum bpf_core_relo_kind kind)
{
	return kind <= BPF_CORE_FIELD_RSHIFT_U64;
}

bool core_is_enumerator(enum bpf_core_relo_kind kind)
{
	return kind == BPF_CORE_ENUMVAL_EXISTS || kind == BPF_CORE_ENUMVAL_VALUE;
}

uint32_t core_resolve(const struct btf *btf, uint32_t id)
{
	for (int i = 0; i < MOST_LINKS; i++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (!t || (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_type_tag(t)))
			return t ? id : 0;
		id = t->type;
	}
	return 0;
}

/* Takes the next number of "0:1:2". */
static int next_index(const char **access, uint32_t *out)
{
	char *end;
	unsigned long n;

	if (**access < '0' || **access > '9')
		return -EINVAL;
	n = strtoul(*access, &end, 10);
	if (n > UINT32_MAX || (*end && *end != ':'))
		return -EINVAL;
	*access = *end ? end + 1 : end;
	*out = (uint32_t)n;
	return 0;
}

/* Adds the step with that index from a type, and goes to where it leads. */
static int one_step(const struct btf *btf, uint32_t *id, uint32_t index, struct core_path *out)
{
	const struct btf_type *t = btf__type_by_id(btf, core_resolve(btf, *id));
	const struct btf_member *m;
	const char *name = NULL;

	if (btf_is_array(t)) {
		*id = btf_array(t)->type;
	} else if (btf_is_composite(t) && index < btf_vlen(t)) {
		m = btf_members(t) + index;
		*id = m->type;
		name = btf__str_by_offset(btf, m->name_off);
		if (!name || !*name)
			return name ? 0 : -EINVAL;
	} else {
		return -EINVAL;
	}
	if (out->n == CORE_DEPTH)
		return -EINVAL;
	out->steps[out->n++] = name;
	return 0;
}

int core_path(const struct core_relo *relo, struct core_path *out)
{
	const char *access = relo->access;
	uint32_t id = relo->type_id, index;
	/* The first index is that of the whole type, as in pointer[0]. */
	int err = next_index(&access, &index);

	out->n = 0;
	while (!err && *access) {
		err = next_index(&access, &index);
		if (!err)
			err = one_step(relo->btf, &id, index, out);
	}
	return err;
}

/* A flavour begins with three underscores, with other characters around them; the last such. */
size_t core_name_len(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = len; i-- > 4;)
		if (name[i] != '_' && !memcmp(name + i - 3, "___", 3) && name[i - 4] != '_')
			return i - 3;
	return len;
}
