// SPDX-License-Identifier: GPL-2.0-or-later
#include "object.h"

#include "elf_sink.h"
#include "names.h"

#include "../bpf/object.h"
#include "../bpf/skeleton.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* object/: libbpf's steps, as folders and files. */

/* The object that a place is in, the caller's until object_put(). */
static int get(const struct place *p, struct object **out)
{
	struct place above;

	return tree_above(p, FOLDER_OBJECT_NAME, &above) ? object_get(above.name, out) : -ENOENT;
}

static int get_or_say(const struct place *p, struct object **out, struct problem *why)
{
	int err = get(p, out);

	if (err == -EBUSY)
		return problem(why, err, NULL, "somebody is at work with it");
	return err ? problem_errno(why, err, "the object") : 0;
}

/* --- fields of an object, its maps and its programs --- */

static int show_field(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = get(p, &o);

	if (err)
		return err;
	err = object_show(o, (enum object_field)p->row->form, p->name, out, NULL);
	object_put(o);
	return err;
}

static int set_field(const struct place *p, struct command *c)
{
	struct object *o;
	int err = get_or_say(p, &o, &c->why);

	if (err)
		return err;
	err = object_set(o, (enum object_field)p->row->form, p->name,
			 span_of(c->line, strlen(c->line)), &c->why);
	object_put(o);
	return err;
}

#define X(NAME, name_, usage_, help_)                                                              \
	{#name_,                                                                                   \
	 ROW_FILE,                                                                                 \
	 help_,                                                                                    \
	 .form = OBJECT_##NAME,                                                                    \
	 .show = show_field,                                                                       \
	 .command = (usage_) ? set_field : NULL,                                                   \
	 .usage = (usage_),                                                                        \
	 .whole = OBJECT_##NAME == OBJECT_KCONFIG},

/* --- steps --- */

static int do_step(const struct place *p, struct command *c,
		   int (*step)(struct object *o, const char *item, struct problem *why))
{
	struct object *o;
	int err;

	if (strcmp(c->line, "1") != 0)
		return problem(&c->why, -EINVAL, c->line, "1 is expected");
	err = get_or_say(p, &o, &c->why);
	if (err)
		return err;
	err = step(o, p->folder == FOLDER_OBJECT_NAME ? NULL : p->name, &c->why);
	object_put(o);
	return err;
}

static int load(struct object *o, const char *item, struct problem *why)
{
	(void)item;
	return object_load(o, why);
}

static int do_load(const struct place *p, struct command *c)
{
	return do_step(p, c, load);
}

static int do_attach(const struct place *p, struct command *c)
{
	return do_step(p, c, object_attach);
}

static int do_detach(const struct place *p, struct command *c)
{
	return do_step(p, c, object_detach);
}

static int show_log(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = get(p, &o);

	if (err)
		return err;
	err = object_log(o, out);
	object_put(o);
	return err;
}

static int show_elf(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = get(p, &o);

	if (err)
		return err;
	err = object_elf(o, out, NULL);
	object_put(o);
	return err;
}

static int open_elf(const struct place *p, const struct buf *elf, struct problem *why)
{
	struct object *o;
	int err = get_or_say(p, &o, why);

	if (err)
		return err;
	err = object_open(o, elf->data, elf->len, why);
	object_put(o);
	return err;
}

ELF_SINK(elf, open_elf);

static int show_info(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = get(p, &o);

	if (err)
		return err;
	err = object_describe(o, (enum doc_form)p->row->form, out);
	object_put(o);
	return err;
}

static int show_skeleton(const struct place *p, struct buf *out)
{
	struct buf content __buf_free = {};
	struct place above;
	int err = show_elf(p, &content);

	if (!err && !tree_above(p, FOLDER_OBJECT_NAME, &above))
		err = -ENOENT;
	if (!err && !content.len)
		err = -ENODATA;
	return err ? err
		   : skeleton_write((enum skeleton_kind)p->row->form, content.data, content.len,
				    above.name, out, NULL);
}

/* --- map/, prog/, var/ --- */

static enum object_part part_of(const struct place *dir)
{
	return (enum object_part)folder_at(dir->folder)->gen->row.form;
}

static int add_name(const char *name, void *names)
{
	return names_add(names, name, 0);
}

static int open_parts(const struct place *dir, void **state)
{
	struct names *n = names_new();
	struct object *o;
	int err = n ? get(dir, &o) : -ENOMEM;

	if (!err) {
		err = object_each_part(o, part_of(dir), add_name, n);
		object_put(o);
	}
	return names_done(n, err, state);
}

static int find_part(const struct place *dir, const char *name, struct child *out)
{
	struct object *o;
	int err = get(dir, &o);

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
    OBJECT_MAP_FIELDS(X){"map", ROW_LINK, "what it has become", .form = KIND_MAP, .passing = true,
			 .exists = is_loaded, .target = link_loaded},
};

static const struct row prog_rows[] = {
    OBJECT_PROG_FIELDS(X){"attach", ROW_FILE, "attaches it where its section says; write 1",
			  .slow = true, .command = do_attach, .usage = "1"},
    {"detach", ROW_FILE, "undoes it; write 1", .command = do_detach, .usage = "1"},
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
	int err = get(p, &o);

	if (err)
		return err;
	err = object_show_var(o, p->name, out, NULL);
	object_put(o);
	return err;
}

static int set_var(const struct place *p, struct command *c)
{
	struct object *o;
	int err = get_or_say(p, &o, &c->why);

	if (err)
		return err;
	err = object_set_var(o, p->name, span_of(c->line, strlen(c->line)), &c->why);
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
	int err = get_or_say(dir, &o, &c->why);

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

/* --- object/NAME/ --- */

static const struct row name_rows[] = {
    {"info", ROW_FILE, "what is in it, and what it has become", .form = DOC_TEXT,
     .show = show_info},
    {"info.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = show_info},
    {"elf", ROW_FILE, "the object file: cp FILE.o here to begin", .show = show_elf, .sink = &elf},
    OBJECT_FIELDS(X){"load", ROW_FILE, "verifies the programs and loads all; write 1", .slow = true,
		     .command = do_load, .usage = "1"},
    {"attach", ROW_FILE, "attaches all programs whose sections say where; write 1", .slow = true,
     .command = do_attach, .usage = "1"},
    {"detach", ROW_FILE, "undoes it; write 1", .command = do_detach, .usage = "1"},
    {"log", ROW_FILE, "what libbpf and the verifier said of the last step", .show = show_log},
    {"skeleton.h", ROW_FILE, "a C header to use it in a program, as bpftool gen skeleton",
     .form = SKELETON, .show = show_skeleton},
    {"light_skeleton.h", ROW_FILE, "the same without libbpf, as bpftool gen skeleton -L",
     .form = SKELETON_LIGHT, .show = show_skeleton},
    {"subskeleton.h", ROW_FILE, "the same for a library, as bpftool gen subskeleton",
     .form = SKELETON_SUB, .show = show_skeleton},
    {"map", ROW_FOLDER, "its maps", .folder = FOLDER_OBJECT_MAPS},
    {"prog", ROW_FOLDER, "its programs", .folder = FOLDER_OBJECT_PROGS},
    {"var", ROW_FOLDER, "its global variables", .folder = FOLDER_OBJECT_VARS},
    {"link", ROW_FOLDER, "its links", .folder = FOLDER_OBJECT_LINKS},
};

const struct folder object_name_folder = {.parent = FOLDER_OBJECT, FOLDER_ROWS(name_rows)};

/* --- object/ --- */

static int show_list(const struct place *p, struct buf *out)
{
	return object_list((enum doc_form)p->row->form, out);
}

enum { IS_FOLDER, IS_FILE };

bool object_name(const char *file, char name[NAME_MAX + 1])
{
	static const char *const endings[] = {".bpf.o", ".o"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t len = strlen(file), end = strlen(endings[i]);

		if (len <= end || strcmp(file + len - end, endings[i]) != 0)
			continue;
		snprintf(name, NAME_MAX + 1, "%.*s", (int)(len - end), file);
		for (char *c = name; *c; c++) /* a bpffs takes no dots */
			if (*c == '.')
				*c = '_';
		return true;
	}
	return false;
}

int object_from_file(const char *file, const struct buf *content, struct problem *why)
{
	char name[NAME_MAX + 1];
	struct object *o;
	int err = object_name(file, name) ? object_make(name, why) : -EINVAL;

	if (err)
		return err;
	err = object_get(name, &o);
	if (!err) {
		err = object_open(o, content->data, content->len, why);
		if (!err)
			err = object_load(o, why);
		object_put(o);
	}
	if (err)
		object_remove(name, NULL);
	return err;
}

static int load_file(const struct place *p, const struct buf *content, struct problem *why)
{
	return object_from_file(p->name, content, why);
}

ELF_SINK(file, load_file);

static int open_objects(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err = n ? object_each(add_name, n) : -ENOMEM;

	(void)dir;
	return names_done(n, err, state);
}

/* The file that an object was made of is found as long as that is there, so that its maker can go
 * on with it, but it is not listed. */
static int find_object(const struct place *dir, const char *name, struct child *out)
{
	char of[NAME_MAX + 1];

	(void)dir;
	out->value = 0;
	out->other = object_name(name, of) ? IS_FILE : IS_FOLDER;
	return object_exists(out->other == IS_FILE ? of : name) ? 0 : -ENOENT;
}

static int make_object(const struct place *dir, const char *name, struct change *c)
{
	(void)dir;
	return object_make(name, &c->why);
}

static int remove_object(const struct place *dir, const char *name, struct change *c)
{
	(void)dir;
	return object_remove(name, &c->why);
}

static int add_file(const struct place *dir, const char *name, struct child *out, struct change *c)
{
	char of[NAME_MAX + 1];

	(void)dir;
	if (!object_name(name, of))
		return problem(&c->why, -EPERM, NULL,
			       "files here are objects, called NAME.o; or begin with mkdir");
	out->other = IS_FILE;
	return 0;
}

static int make_file(const struct place *p, struct change *c)
{
	(void)p;
	return problem(&c->why, -EINVAL, NULL, "an empty file is no object");
}

static const struct row others[] = {
    [IS_FILE - 1] = {"FILE.o", ROW_FILE, "cp FILE.o here to begin an object, and load it",
		     .slow = true, .sink = &file, .usage = "an ELF object"},
};

static const struct generator objects = {
    .row = {"NAME", ROW_FOLDER, "an object: mkdir begins one, rmdir unloads it",
	    .folder = FOLDER_OBJECT_NAME},
    .others = others,
    .nothers = sizeof(others) / sizeof(others[0]),
    .open = open_objects,
    .next = names_next,
    .close = names_close,
    .find = find_object,
};

static const struct folder_ops changes = {
    .mkdir = make_object,
    .rmdir = remove_object,
    .add = add_file,
    .make = make_file,
};

static const struct row rows[] = {
    {"list", ROW_FILE, "all objects, a line each", .form = DOC_TABLE, .show = show_list},
    {"list.json", ROW_FILE, "the same as JSON, with their parts", .form = DOC_JSON,
     .show = show_list},
};

const struct folder object_folder = {
    .parent = FOLDER_ROOT, FOLDER_ROWS(rows), .gen = &objects, .ops = &changes};
