// SPDX-License-Identifier: GPL-2.0-or-later
#include "objects.h"

#include "../bpf/keyname.h"
#include "../bpf/mapedit.h"
#include "../bpf/mapread.h"

#include <errno.h>
#include <string.h>

/* The value of such a map, read from user space, is the id of what is there. */
static int add_entries(struct names *n, struct mapread *r, const struct mapedit *map)
{
	struct buf name __buf_free = {};
	struct map_entry e;
	int more, err = 0;

	while (!err && (more = mapread_next(r, &e)) > 0) {
		uint32_t id;

		if (e.err)
			continue;
		memcpy(&id, e.value, sizeof(id));
		buf_reset(&name);
		keyname_encode(map->types.key, e.key, map->key_size, &name);
		err = names_add(n, buf_cstr(&name), id);
	}
	return err ? err : more < 0 ? more : 0;
}

static int open_inner(const struct place *dir, void **state)
{
	struct names *n = names_new();
	struct mapread *r;
	struct mapedit map;
	int err = n ? mapedit_open((uint32_t)dir->id, &map, NULL) : -ENOMEM;

	if (!err) {
		err = mapread_open(&map.map, &r);
		if (!err) {
			err = add_entries(n, r, &map);
			mapread_close(r);
		}
		mapedit_close(&map);
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
