// SPDX-License-Identifier: GPL-2.0-or-later
#include "object.h"

#include "elf_sink.h"
#include "names.h"

#include "../bpf/object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* object/: begun with a folder or a file. */

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
	int err = n ? object_each(names_add_name, n) : -ENOMEM;

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
