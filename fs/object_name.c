// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf_sink.h"
#include "object_rows.h"

#include "../bpf/skeleton.h"

#include <errno.h>

/* object/NAME/: libbpf's steps, and what they say. */

static int load(struct object *o, const char *item, struct problem *why)
{
	(void)item;
	return object_load(o, why);
}

static int do_load(const struct place *p, struct command *c)
{
	return object_do_step(p, c, load);
}

static int show_log(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = object_at(p, &o);

	if (err)
		return err;
	err = object_log(o, out);
	object_put(o);
	return err;
}

static int show_elf(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = object_at(p, &o);

	if (err)
		return err;
	err = object_elf(o, out, NULL);
	object_put(o);
	return err;
}

static int open_elf(const struct place *p, const struct buf *elf, struct problem *why)
{
	struct object *o;
	int err = object_at_or_say(p, &o, why);

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
	int err = object_at(p, &o);

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

static const struct row name_rows[] = {
    {"info", ROW_FILE, "what is in it, and what it has become", .form = DOC_TEXT,
     .show = show_info},
    {"info.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = show_info},
    {"elf", ROW_FILE, "the object file: cp FILE.o here to begin", .show = show_elf, .sink = &elf},
    OBJECT_FIELDS(OBJECT_FIELD_ROW){"load", ROW_FILE,
				    "verifies the programs and loads all; write 1", .slow = true,
				    .command = do_load, .usage = "1"},
    {"attach", ROW_FILE, "attaches all programs whose sections say where; write 1", .slow = true,
     .command = object_do_attach, .usage = "1"},
    {"detach", ROW_FILE, "undoes it; write 1", .command = object_do_detach, .usage = "1"},
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
