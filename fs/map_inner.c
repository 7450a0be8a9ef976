// SPDX-License-Identifier: GPL-2.0-or-later
#include "objects.h"

#include "../bpf/kbtf.h"
#include "../bpf/map.h"
#include "../bpf/mapread.h"
#include "../bpf/typed.h"

#include <errno.h>
#include <string.h>

/* How the keys of a map become names: a slot or a typed number as such, all else as hex. */
struct key_names {
	bool indexed;
	struct plan *plan; /* NULL: no type */
	size_t size;
};

static void key_names_init(struct key_names *k, const struct bpf_map_info *info, size_t size)
{
	struct btf_ref btf;

	*k = (struct key_names){.indexed = map_type_is_indexed(info->type), .size = size};
	if (k->indexed || !info->btf_key_type_id || btf_open(info->btf_id, &btf))
		return;
	if (plan_compile(btf.btf, info->btf_key_type_id, &k->plan))
		k->plan = NULL;
	btf_close(&btf);
}

static void key_name(const struct key_names *k, const void *key, struct buf *out)
{
	uint32_t slot;

	buf_reset(out);
	if (k->indexed) {
		memcpy(&slot, key, sizeof(slot));
		buf_u64(out, slot);
		return;
	}
	if (k->plan)
		plan_render(k->plan, key, k->size, out);
	if (out->len && strspn(buf_cstr(out), "-0123456789") == out->len)
		return;
	buf_reset(out);
	buf_str(out, "hex:");
	buf_hex(out, key, k->size);
}

/* The value of such a map, read from user space, is the id of what is there. */
static int add_entries(struct names *n, struct mapread *r, const struct key_names *keys)
{
	struct buf name __buf_free = {};
	struct map_entry e;
	int more, err = 0;

	while (!err && (more = mapread_next(r, &e)) > 0) {
		uint32_t id;

		if (e.err)
			continue;
		memcpy(&id, e.value, sizeof(id));
		key_name(keys, e.key, &name);
		err = names_add(n, buf_cstr(&name), id);
	}
	return err ? err : more < 0 ? more : 0;
}

static int open_inner(const struct place *dir, void **state)
{
	struct names *n = names_new();
	struct key_names keys = {};
	struct mapread *r;
	struct map m;
	int err = n ? map_open((uint32_t)dir->id, false, &m) : -ENOMEM;

	if (!err) {
		err = mapread_open(&m, &r);
		if (!err) {
			key_names_init(&keys, &m.info, mapread_key_size(r));
			err = add_entries(n, r, &keys);
			plan_free(keys.plan);
			mapread_close(r);
		}
		map_close(&m);
	}
	return names_done(n, err, state);
}

static int link_inner(const struct place *p, struct buf *out)
{
	struct map m;
	int err = map_open((uint32_t)p->id, false, &m);

	if (err)
		return err;
	tree_link(p, map_type_is_map_of_maps(m.info.type) ? KIND_MAP : KIND_PROG, p->child, out);
	map_close(&m);
	return 0;
}

static const struct generator map_inner = {
    .row = {"KEY", ROW_LINK, "the map or program behind a key", .target = link_inner},
    .open = open_inner,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder map_inner_folder = {.parent = FOLDER_MAP_ID, .gen = &map_inner};
