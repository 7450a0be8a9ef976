// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "given.h"
#include "objects.h"

#include "../bpf/ref.h"
#include "../bpf/struct_ops.h"
#include "../bpf/struct_ops_edit.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

/* --- struct_ops/ID/ --- */

static int show_info(const struct place *p, struct buf *out)
{
	return struct_ops_info((uint32_t)p->id, (enum doc_form)p->row->form, out);
}

static int show_dump(const struct place *p, struct buf *out)
{
	return struct_ops_dump((uint32_t)p->id, (enum doc_form)p->row->form, out);
}

static int link_map(const struct place *p, struct buf *out)
{
	tree_link(p, KIND_MAP, p->id, out);
	return 0;
}

static int unregister(const struct place *p, struct command *c)
{
	int err = command_is_1(c);

	return err ? err : struct_ops_unregister((uint32_t)p->id, &c->why);
}

static const struct row id_rows[] = {
    {"info", ROW_FILE, "what it implements, and with which programs", .form = DOC_TEXT,
     .show = show_info},
    {"info.json", ROW_FILE, "the same, as bpftool -j struct_ops show", .form = DOC_JSON,
     .show = show_info},
    {"dump", ROW_FILE, "the map's info and its value, a member a line", .form = DOC_TEXT,
     .show = show_dump},
    {"dump.json", ROW_FILE, "the same, as bpftool -j struct_ops dump", .form = DOC_JSON,
     .show = show_dump},
    {"map", ROW_LINK, "the map that it is", .target = link_map},
    {"unregister", ROW_FILE, "takes it back from the kernel", .command = unregister, .usage = "1"},
};

const struct folder struct_ops_id_folder = {.parent = FOLDER_STRUCT_OPS, FOLDER_ROWS(id_rows)};

/* --- struct_ops/ --- */

static int show_list(const struct place *p, struct buf *out)
{
	return struct_ops_list((enum doc_form)p->row->form, out);
}

static int register_object(const struct place *p, struct command *c)
{
	struct span words = command_words(c), dir = {};
	struct buf elf __buf_free = {}, name __buf_free = {};
	int err = given_take(&c->who, &words, &elf, &name, &c->why);

	(void)p;
	if (!err)
		err = span_word(&words, &dir, &c->why);
	if (!err)
		err = take_end(words, &c->why);
	return err ? err : struct_ops_register(&elf, buf_cstr(&name), dir, &c->answer, &c->why);
}

static int unregister_words(const struct place *p, struct command *c)
{
	struct span words = command_words(c);
	int fd = ref_open(KIND_MAP, &words, &c->why), err;
	enum kind kind;
	uint32_t id;

	(void)p;
	if (fd < 0)
		return fd;
	err = kind_of_fd(fd, &kind, &id);
	close(fd);
	if (!err)
		err = take_end(words, &c->why);
	return err ? err : struct_ops_unregister(id, &c->why);
}

static const struct row rows[] = {
    {"list", ROW_FILE, "all of them, a line each", .form = DOC_TABLE, .show = show_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j struct_ops show", .form = DOC_JSON,
     .show = show_list},
    {"register", ROW_FILE, "loads an object file and registers what it implements",
     .command = register_object, .usage = "OBJ [LINK_DIR]"},
    {"unregister", ROW_FILE, "takes one back from the kernel", .command = unregister_words,
     .usage = "id N\nname NAME"},
};

static bool is_struct_ops(const struct index_entry *e, uint64_t type)
{
	return e->type == type;
}

static int open_maps(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err =
	    n ? objects_add_ids(n, KIND_MAP, is_struct_ops, BPF_MAP_TYPE_STRUCT_OPS) : -ENOMEM;

	(void)dir;
	return names_done(n, err, state);
}

static const struct generator maps = {
    .row = {"ID", ROW_FOLDER, "an implementation of a kernel interface, by its map's id",
	    .folder = FOLDER_STRUCT_OPS_ID},
    .by_id = true,
    .open = open_maps,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder struct_ops_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(rows), .gen = &maps};
