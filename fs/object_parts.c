// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "names.h"
#include "object_rows.h"

#include <errno.h>
#include <string.h>

/* What is in an object: its maps, programs, variables and links. */

/* --- map/, prog/, var/ --- */

static enum object_part part_of(const struct place *dir)
{
	return (enum object_part)folder_at(dir->folder)->gen->row.form;
}

static int open_parts(const struct place *dir, void **state)
{
	struct names *n = names_new();
	struct object *o;
	int err = n ? object_at(dir, &o) : -ENOMEM;

	if (!err) {
		err = object_each_part(o, part_of(dir), names_add_name, n);
		object_put(o);
	}
	return names_done(n, err, state);
}

static int find_part(const struct place *dir, const char *name, struct child *out)
{
	struct object *o;
	int err = object_at(dir, &o);

	if (err)
		return err;
	err = object_has_part(o, part_of(dir), name) ? 0 : -ENOENT;
	object_put(o);
	out->value = 0;
	return err;
}

#define PARTS(row_...)                                                                             \
	{                                                                                          \
		.row = {row_}, .open = open_parts, .next = names_next, .close = names_close,       \
		.find = find_part,                                                                 \
	}

/* The object that a map's or program's folder is about. */
static int pinned(const struct place *p, uint32_t *id)
{
	struct place above;

	if (!tree_above(p, FOLDER_OBJECT_NAME, &above))
		return -ENOENT;
	return object_pinned(above.name, p->folder == FOLDER_OBJECT_MAP ? KIND_MAP : KIND_PROG,
			     p->name, id);
}

static bool is_loaded(const struct place *p)
{
	uint32_t id;

	return !pinned(p, &id);
}

static int link_loaded(const struct place *p, struct buf *out)
{
	uint32_t id;
	int err = pinned(p, &id);

	if (!err)
		tree_link(p, (enum kind)p->row->form, id, out);
	return err;
}

static const struct row map_rows[] = {
    OBJECT_MAP_FIELDS(OBJECT_FIELD_ROW){"map", ROW_LINK, "what it has become", .form = KIND_MAP,
					.passing = true, .exists = is_loaded,
					.target = link_loaded},
};

static const struct row prog_rows[] = {
    OBJECT_PROG_FIELDS(OBJECT_FIELD_ROW){"attach", ROW_FILE,
					 "attaches it where its section says; write 1",
					 .slow = true, .command = object_do_attach, .usage = "1"},
    {"detach", ROW_FILE, "undoes it; write 1", .command = object_do_detach, .usage = "1"},
    {"prog", ROW_LINK, "what it has become", .form = KIND_PROG, .passing = true,
     .exists = is_loaded, .target = link_loaded},
};

const struct folder object_map_folder = {.parent = FOLDER_OBJECT_MAPS, FOLDER_ROWS(map_rows)};
const struct folder object_prog_folder = {.parent = FOLDER_OBJECT_PROGS, FOLDER_ROWS(prog_rows)};

const struct folder object_maps_folder = {
    .parent = FOLDER_OBJECT_NAME,
    .gen = &(const struct generator)PARTS("MAP", ROW_FOLDER, "a map of it", .form = OBJECT_MAP,
					  .folder = FOLDER_OBJECT_MAP)};

const struct folder object_progs_folder = {
    .parent = FOLDER_OBJECT_NAME,
    .gen = &(const struct generator)PARTS("PROG", ROW_FOLDER, "a program of it",
					  .form = OBJECT_PROG, .folder = FOLDER_OBJECT_PROG)};

static int show_var(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = object_at(p, &o);

	if (err)
		return err;
	err = object_show_var(o, p->name, out, NULL);
	object_put(o);
	return err;
}

static int set_var(const struct place *p, struct command *c)
{
	struct object *o;
	int err = object_at_or_say(p, &o, &c->why);

	if (err)
		return err;
	err = object_set_var(o, p->name, command_words(c), &c->why);
	object_put(o);
	return err;
}

const struct folder object_vars_folder = {
    .parent = FOLDER_OBJECT_NAME,
    .gen = &(const struct generator)PARTS(
	"VARIABLE", ROW_FILE, "its value, typed; a field of it by .field=VALUE", .form = OBJECT_VAR,
	.show = show_var, .command = set_var, .whole = true)};

/* --- link/ --- */

static int add_link(const char *link, uint32_t id, void *names)
{
	return names_add(names, link, id);
}

static int open_links(const struct place *dir, void **state)
{
	struct names *n = names_new();
	struct place above;
	int err = n ? 0 : -ENOMEM;

	if (!err)
		err = tree_above(dir, FOLDER_OBJECT_NAME, &above)
			  ? object_each_link(above.name, add_link, n)
			  : -ENOENT;
	return names_done(n, err, state);
}

static int find_link(const struct place *dir, const char *name, struct child *out)
{
	struct place above;
	uint32_t id;
	int err = tree_above(dir, FOLDER_OBJECT_NAME, &above)
		      ? object_pinned(above.name, KIND_LINK, name, &id)
		      : -ENOENT;

	if (!err)
		out->value = id;
	return err;
}

static int show_link(const struct place *p, struct buf *out)
{
	tree_link(p, KIND_LINK, p->child, out);
	return 0;
}

static int remove_link(const struct place *dir, const char *name, struct change *c)
{
	struct object *o;
	int err = object_at_or_say(dir, &o, &c->why);

	if (err)
		return err;
	err = object_detach(o, name, &c->why);
	object_put(o);
	return err;
}

static const struct generator links = {
    .row = {"PROG", ROW_LINK, "what attaches a program of it", .target = show_link},
    .open = open_links,
    .next = names_next,
    .close = names_close,
    .find = find_link,
};

static const struct folder_ops link_changes = {.unlink = remove_link};

const struct folder object_links_folder = {
    .parent = FOLDER_OBJECT_NAME, .gen = &links, .ops = &link_changes};
