// SPDX-License-Identifier: GPL-2.0-or-later
#include "btf_types.h"

#include "index.h"
#include "kbtf.h"
#include "kind.h"
#include "shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct btf_types {
	uint32_t id; /* of the BTF object; 0 when the BTF is the caller's */
	struct btf_ref ref;
	uint32_t first, end; /* the type ids that are the BTF's own */
	uint32_t mask;
	uint32_t *slots; /* by hash of the name, with linear probing: the first type with it; 0 */
	uint8_t *shared; /* a bit a type: others have its name too */
};

static const char *name_of(const struct btf_types *x, uint32_t type_id)
{
	const struct btf_type *t = btf__type_by_id(x->ref.btf, type_id);
	const char *name = t ? btf__name_by_offset(x->ref.btf, t->name_off) : NULL;

	return name ? name : "";
}

static bool is_shown(const struct btf_types *x, uint32_t type_id)
{
	const struct btf_type *t;

	if (type_id < x->first || type_id >= x->end)
		return false;
	t = btf__type_by_id(x->ref.btf, type_id);
	return t->name_off &&
	       (btf_is_composite(t) || btf_is_any_enum(t) || btf_is_typedef(t) || btf_is_func(t));
}

static void mark_shared(struct btf_types *x, uint32_t type_id)
{
	x->shared[(type_id - x->first) / 8] |= 1 << (type_id - x->first) % 8;
}

static bool is_shared(const struct btf_types *x, uint32_t type_id)
{
	return x->shared[(type_id - x->first) / 8] >> (type_id - x->first) % 8 & 1;
}

/* Where a name is, or would be.  The hash is FNV-1a (Fowler, Noll, Vo). */
static uint32_t *slot_of(const struct btf_types *x, const char *name)
{
	uint32_t h = 0x811c9dc5;

	for (const char *c = name; *c; c++)
		h = (h ^ (unsigned char)*c) * 0x01000193;
	h ^= h >> 16;
	while (x->slots[h & x->mask] && strcmp(name_of(x, x->slots[h & x->mask]), name) != 0)
		h++;
	return &x->slots[h & x->mask];
}

static void add_names(struct btf_types *x)
{
	uint32_t id = 0;

	while ((id = btf_types_next(x, id))) {
		uint32_t *slot = slot_of(x, name_of(x, id));

		if (*slot) {
			mark_shared(x, *slot);
			mark_shared(x, id);
		} else {
			*slot = id;
		}
	}
}

struct btf_types *btf_types_new(const struct btf *btf)
{
	struct btf_types *x = calloc(1, sizeof(*x));
	const struct btf *base = btf__base_btf(btf);
	uint32_t size = 4, id = 0, n = 0;

	if (!x)
		return NULL;
	x->ref.btf = (struct btf *)(uintptr_t)btf;
	/* libbpf notes the answer in the object, which is not to change once it is shared */
	btf__pointer_size(btf);
	x->first = base ? btf__type_cnt(base) : 1;
	x->end = btf__type_cnt(btf);
	while ((id = btf_types_next(x, id)))
		n++;
	while (size < 2 * n)
		size *= 2;
	x->mask = size - 1;
	x->slots = calloc(size, sizeof(*x->slots));
	x->shared = calloc((x->end - x->first) / 8 + 1, 1);
	if (!x->slots || !x->shared) {
		btf_types_free(x);
		return NULL;
	}
	add_names(x);
	return x;
}

void btf_types_free(struct btf_types *x)
{
	free(x->slots);
	free(x->shared);
	free(x);
}

const struct btf *btf_types_btf(const struct btf_types *x)
{
	return x->ref.btf;
}

void btf_types_name(const struct btf_types *x, uint32_t type_id, struct buf *out)
{
	buf_reset(out);
	index_file_name(name_of(x, type_id), type_id, is_shared(x, type_id), out);
}

static bool has_file_name(const struct btf_types *x, uint32_t type_id, const char *file_name)
{
	struct buf has __buf_free = {};

	if (!is_shown(x, type_id))
		return false;
	btf_types_name(x, type_id, &has);
	return !strcmp(buf_cstr(&has), file_name);
}

uint32_t btf_types_find(const struct btf_types *x, const char *file_name)
{
	const char *dot = strrchr(file_name, '.');
	uint32_t id = *slot_of(x, file_name);

	if (has_file_name(x, id, file_name))
		return id;
	id = dot ? (uint32_t)strtoul(dot + 1, NULL, 10) : 0;
	return has_file_name(x, id, file_name) ? id : 0;
}

uint32_t btf_types_next(const struct btf_types *x, uint32_t after)
{
	uint32_t id = after < x->first ? x->first : after + 1;

	while (id < x->end && !is_shown(x, id))
		id++;
	return id < x->end ? id : 0;
}

/* --- shared by their BTF's id --- */

static int load(uint64_t btf_id, void **out)
{
	struct btf_ref ref;
	struct btf_types *x;
	int err = btf_open((uint32_t)btf_id, &ref);

	if (err)
		return err;
	x = btf_types_new(ref.btf);
	if (!x) {
		btf_close(&ref);
		return -ENOMEM;
	}
	x->id = (uint32_t)btf_id;
	x->ref = ref;
	*out = x;
	return 0;
}

static void unload(void *value)
{
	struct btf_types *x = value;
	struct btf_ref ref = x->ref;

	btf_types_free(x);
	btf_close(&ref);
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	(void)age_ns, (void)cost_ns;
	return kind_has_id(KIND_BTF, ((const struct btf_types *)value)->id);
}

/* Many programs' BTF may be walked through: only the last few tables are worth keeping. */
static struct shared tables = {
    .load_key = load,
    .most_idle = 4,
    .unload = unload,
    .fresh = fresh,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

int btf_types_get(uint32_t btf_id, const struct btf_types **out)
{
	void *value;
	int err = shared_get_key(&tables, btf_id, &value);

	if (!err)
		*out = value;
	return err;
}

void btf_types_put(const struct btf_types *x)
{
	shared_put(&tables, (void *)(uintptr_t)x);
}
