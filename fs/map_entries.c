// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "tree.h"

#include "../bpf/keyname.h"
#include "../bpf/mapedit.h"
#include "../bpf/mapread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* map/ID/entries/: a file for each entry. */

/* --- one entry --- */

/* A map opened for the entry that a file of some name is. */
struct entry {
	struct mapedit map;
	void *key;
};

static int entry_open(uint32_t id, const char *name, struct entry *out, struct problem *why)
{
	int err = mapedit_open(id, &out->map, why);

	out->key = NULL;
	if (err)
		return err;
	out->key = calloc(1, out->map.key_size ? out->map.key_size : 1);
	err =
	    out->key ? mapedit_key(&out->map, span_of(name, strlen(name)), out->key, why) : -ENOMEM;
	if (err) {
		free(out->key);
		mapedit_close(&out->map);
	}
	return err;
}

static void entry_close(struct entry *e)
{
	free(e->key);
	mapedit_close(&e->map);
}

static int show_entry(const struct place *p, struct buf *out)
{
	struct entry e;
	void *value;
	int err = entry_open((uint32_t)p->id, p->name, &e, NULL);

	if (err)
		return err;
	value = calloc(1, e.map.value_size ? e.map.value_size : 1);
	err = value ? mapedit_lookup(&e.map, e.key, value, NULL) : -ENOMEM;
	if (!err) {
		mapedit_render(&e.map, value, out);
		buf_char(out, '\n');
	}
	free(value);
	entry_close(&e);
	return err;
}

static int set_entry(const struct place *p, struct command *c)
{
	struct entry e;
	int err = entry_open((uint32_t)p->id, p->name, &e, &c->why);

	if (err)
		return err;
	err = mapedit_update(&e.map, e.key, command_words(c), BPF_ANY, &c->why);
	entry_close(&e);
	return err;
}

/* --- the folder --- */

/* A listing goes through the map once; who goes back begins anew. */
struct entries {
	struct mapedit map;
	struct mapread *read;
	uint64_t at;	    /* how many children have come */
	struct child child; /* the last of them */
};

static void close_entries(void *state)
{
	struct entries *e = state;

	mapread_close(e->read);
	mapedit_close(&e->map);
	free(e);
}

static int open_entries(const struct place *dir, void **state)
{
	struct entries *e = calloc(1, sizeof(*e));
	int err = e ? mapedit_open((uint32_t)dir->id, &e->map, NULL) : -ENOMEM;

	if (err) {
		free(e);
		return err;
	}
	if (!mapread_refusal(e->map.map.info.type))
		err = mapread_open(&e->map.map, &e->read);
	if (err)
		close_entries(e);
	else
		*state = e;
	return err;
}

/* The next entry that is there: 1, 0 at the end, -errno. */
static int advance(struct entries *e)
{
	struct buf name __buf_free = {};
	struct map_entry entry;
	int more;

	do
		more = e->read ? mapread_next(e->read, &entry) : 0;
	while (more > 0 && entry.err == -ENOENT);
	if (more <= 0)
		return more;
	keyname_encode(e->map.types.key, entry.key, e->map.key_size, &name);
	if (name.err)
		return name.err;
	memcpy(e->child.name, buf_cstr(&name), name.len + 1);
	e->at++;
	return 1;
}

static int rewind_entries(struct entries *e)
{
	mapread_close(e->read);
	e->read = NULL;
	e->at = 0;
	return mapread_open(&e->map.map, &e->read);
}

static int next_entry(const struct place *dir, void *state, uint64_t *cursor, struct child *out)
{
	struct entries *e = state;
	int more = 1;

	(void)dir;
	if (*cursor + 1 < e->at && e->read)
		more = rewind_entries(e) ? -ENOMEM : 1;
	while (more > 0 && e->at <= *cursor)
		more = advance(e);
	if (more <= 0)
		return more;
	*out = e->child;
	(*cursor)++;
	return 1;
}

static int find_entry(const struct place *dir, const char *name, struct child *out)
{
	struct entry e;
	int err = entry_open((uint32_t)dir->id, name, &e, NULL);

	if (err) /* a name that is no key is that of no entry */
		return err == -EINVAL || err == -ERANGE || err == -E2BIG ? -ENOENT : err;
	if (!mapedit_has(&e.map, e.key))
		err = -ENOENT;
	memcpy(out->name, name, strlen(name) + 1);
	entry_close(&e);
	return err;
}

static int add_entry(const struct place *dir, const char *name, struct child *out, struct change *c)
{
	struct entry e;
	int err = entry_open((uint32_t)dir->id, name, &e, &c->why);

	if (err)
		return err;
	memcpy(out->name, name, strlen(name) + 1);
	entry_close(&e);
	return 0;
}

static int make_entry(const struct place *p, struct change *c)
{
	struct entry e;
	int err = entry_open((uint32_t)p->id, p->name, &e, &c->why);

	if (err)
		return err;
	err = mapedit_add(&e.map, e.key, &c->why);
	entry_close(&e);
	return err;
}

static int remove_entry(const struct place *dir, const char *name, struct change *c)
{
	struct entry e;
	int err = entry_open((uint32_t)dir->id, name, &e, &c->why);

	if (err)
		return err;
	err = mapedit_delete(&e.map, e.key, &c->why);
	entry_close(&e);
	return err;
}

static const struct generator map_entries = {
    .row = {"KEY", ROW_FILE, "the value of a key; write a new one, or .field=VALUE", .quick = true,
	    .show = show_entry, .command = set_entry, .whole = true},
    .open = open_entries,
    .close = close_entries,
    .next = next_entry,
    .find = find_entry,
};

static const struct folder_ops changes = {
    .add = add_entry,
    .make = make_entry,
    .unlink = remove_entry,
};

const struct folder map_entries_folder = {
    .parent = FOLDER_MAP_ID, .gen = &map_entries, .ops = &changes};
