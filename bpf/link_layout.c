// SPDX-License-Identifier: GPL-2.0-or-later
#include "kbtf.h"
#include "link.h"
#include "names.h"
#include "typed.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* A member of the union: where, and of which type. */
struct member {
	uint32_t offset; /* bytes */
	uint32_t size;
	uint32_t type_id;
};

/* In a struct or union, or in the unions without a name inside it. */
static int find_member(const struct btf *btf, const struct btf_type *in, uint32_t at,
		       const char *name, struct member *out)
{
	for (uint32_t i = 0; i < btf_vlen(in); i++) {
		const struct btf_member *m = &btf_members(in)[i];
		const struct btf_type *t = btf__type_by_id(btf, m->type);
		const char *has = btf__name_by_offset(btf, m->name_off);
		uint32_t offset = at + btf_member_bit_offset(in, i) / 8;

		if (!t || !btf_is_composite(t) || !has)
			continue;
		if (!*has && !find_member(btf, t, offset, name, out))
			return 0;
		if (strcmp(has, name) != 0)
			continue;
		*out = (struct member){offset, t->size, m->type};
		return 0;
	}
	return -ENOENT;
}

static int find_type(const struct btf *btf, uint32_t type, struct member *out)
{
	const char *name = link_type_name(type);
	int id = btf__find_by_name_kind(btf, "bpf_link_info", BTF_KIND_STRUCT);

	if (!name || id < 0)
		return -ENOENT;
	return find_member(btf, btf__type_by_id(btf, id), 0, name, out);
}

/* The size of the type's member, 0 where there is none; or -errno where no BTF tells. */
static int ask_member_size(uint32_t type, uint32_t *size)
{
	/* The running kernel does not change, and there are few types. */
	enum { REMEMBERED = 64 };
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static uint32_t remembered[REMEMBERED]; /* 1 + size */
	struct member found;
	struct btf *btf;
	int err = 0;

	*size = 0;
	if (type >= REMEMBERED)
		return 0;
	pthread_mutex_lock(&lock);
	if (!remembered[type])
		err = kbtf_get(&btf);
	if (!remembered[type] && !err) {
		remembered[type] = 1 + (find_type(btf, type, &found) ? 0 : found.size);
		kbtf_put(btf);
	}
	if (!err)
		*size = remembered[type] - 1;
	pthread_mutex_unlock(&lock);
	return err;
}

uint32_t link_member_size(uint32_t type)
{
	uint32_t size;

	ask_member_size(type, &size);
	return size;
}

bool link_is_told(uint32_t type)
{
	uint32_t size;

	return ask_member_size(type, &size) || size;
}

int link_render(const struct link *l, uint32_t type, struct buf *out)
{
	struct member m;
	struct plan *plan;
	struct btf *btf;
	int err = kbtf_get(&btf);

	if (err)
		return err;
	err = find_type(btf, type, &m);
	if (!err)
		err = plan_compile(btf, m.type_id, &plan);
	kbtf_put(btf);
	if (err)
		return err;
	if (m.offset > sizeof(l->info))
		m.offset = sizeof(l->info);
	plan_render(plan, l->info.bytes + m.offset, sizeof(l->info) - m.offset, out);
	plan_free(plan);
	return 0;
}
