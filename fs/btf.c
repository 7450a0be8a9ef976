// SPDX-License-Identifier: GPL-2.0-or-later
#include "objects.h"

#include "../bpf/btf_type.h"
#include "../bpf/btf_types.h"
#include "../bpf/btfdump.h"
#include "../bpf/doc.h"

#include <errno.h>
#include <string.h>

static bool has_this_btf(const struct index_entry *e, uint64_t btf_id)
{
	return e->btf_id == btf_id;
}

/* The objects that were loaded with the BTF: of which kind is in the generator's row. */
static int open_users(const struct place *dir, void **state)
{
	enum kind kind = (enum kind)folder_at(dir->folder)->gen->row.form;
	struct names *n = names_new();
	int err = n ? objects_add_ids(n, kind, has_this_btf, dir->id) : -ENOMEM;

	return names_done(n, err, state);
}

#define BTF_USERS(kind, help)                                                                      \
	{                                                                                          \
		.row = {"ID", ROW_LINK, help, .form = (kind), .target = objects_link},             \
		.open = open_users, .next = names_next, .close = names_close, .find = names_find,  \
	}

const struct folder btf_progs_folder = {
    .parent = FOLDER_BTF_ID,
    .gen = &(const struct generator)BTF_USERS(KIND_PROG, "a program with this BTF")};

const struct folder btf_maps_folder = {
    .parent = FOLDER_BTF_ID,
    .gen = &(const struct generator)BTF_USERS(KIND_MAP, "a map with this BTF")};

/* --- btf/ID/type/ --- */

static int open_types(const struct place *dir, void **state)
{
	const struct btf_types *types;
	int err = btf_types_get((uint32_t)dir->id, &types);

	if (!err)
		*state = (void *)(uintptr_t)types;
	return err;
}

static void close_types(void *state)
{
	btf_types_put(state);
}

/* The cursor is the id of the type before. */
static int next_type(const struct place *dir, void *state, uint64_t *cursor, struct child *out)
{
	struct buf name __buf_free = {};

	(void)dir;
	while ((*cursor = btf_types_next(state, (uint32_t)*cursor))) {
		btf_types_name(state, (uint32_t)*cursor, &name);
		if (name.len <= NAME_MAX && !memchr(name.data, '/', name.len))
			break;
	}
	if (!*cursor)
		return 0;
	out->value = *cursor;
	memcpy(out->name, buf_cstr(&name), name.len + 1);
	return 1;
}

static int find_type(const struct place *dir, const char *name, struct child *out)
{
	const struct btf_types *types;
	int err = btf_types_get((uint32_t)dir->id, &types);

	if (err)
		return err;
	out->value = btf_types_find(types, name);
	btf_types_put(types);
	return out->value ? 0 : -ENOENT;
}

static int show_type(const struct place *p, struct buf *out)
{
	const struct btf_types *types;
	int err = btf_types_get((uint32_t)p->id, &types);

	if (err)
		return err;
	err = btf_type_render(btf_types_btf(types), (uint32_t)p->child, out);
	btf_types_put(types);
	return err;
}

static const struct generator types = {
    .row = {"NAME", ROW_FILE,
	    "one type in C, with offsets and sizes; NAME.ID where several share it",
	    .show = show_type},
    .open = open_types,
    .close = close_types,
    .next = next_type,
    .find = find_type,
};

const struct folder btf_type_folder = {.parent = FOLDER_BTF_ID, .gen = &types};

/* --- btf/ID/ --- */

static int open_dump(const struct place *p, void **state)
{
	struct btfdump *dump;
	int err = btfdump_open((uint32_t)p->id, (enum btfdump_form)p->row->form, &dump);

	if (!err)
		*state = dump;
	return err;
}

static int more_dump(void *state, struct buf *out, size_t want)
{
	return btfdump_more(state, out, want);
}

static void close_dump(void *state)
{
	btfdump_close(state);
}

static const struct stream_type dump = {open_dump, more_dump, close_dump};

static const struct row btf_id_rows[] = {
    {"info", ROW_FILE, "what the kernel knows of the BTF object", .form = DOC_TEXT,
     .show = objects_info},
    {"info.json", ROW_FILE, "the same, as bpftool -j btf show", .form = DOC_JSON,
     .show = objects_info},
    {"raw", ROW_STREAM, "every type with its number", .form = BTFDUMP_RAW, .stream = &dump},
    {"json", ROW_STREAM, "the same, as bpftool -j btf dump", .form = BTFDUMP_JSON, .stream = &dump},
    {"c", ROW_STREAM, "a C header of the types, as bpftool btf dump ... format c",
     .form = BTFDUMP_C, .stream = &dump},
    {"bin", ROW_STREAM, "the BTF itself, as the kernel has it", .form = BTFDUMP_BIN,
     .stream = &dump},
    {"type", ROW_FOLDER, "each type that has a name, and what it needs", .folder = FOLDER_BTF_TYPE},
    {"progs", ROW_FOLDER, "the programs loaded with it", .folder = FOLDER_BTF_PROGS},
    {"maps", ROW_FOLDER, "the maps created with it", .folder = FOLDER_BTF_MAPS},
    {"pids", ROW_FILE, "processes that hold it", .form = DOC_TEXT, .show = objects_pids},
    {"pids.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = objects_pids},
};

const struct folder btf_id_folder = {.parent = FOLDER_BTF, FOLDER_ROWS(btf_id_rows)};

static const struct row btf_rows[] = {
    {"list", ROW_FILE, "all BTF objects, a line each", .form = DOC_TABLE, .show = objects_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j btf show", .form = DOC_JSON,
     .show = objects_list},
    {"by-name", ROW_FOLDER, "links by name: vmlinux and modules", .folder = FOLDER_BTF_BY_NAME},
};

static const struct generator btf_ids = {
    .row = {"ID", ROW_FOLDER, "a BTF object", .folder = FOLDER_BTF_ID},
    .by_id = true,
    .open = objects_open_ids,
    .close = objects_close_ids,
    .next = objects_next_id,
    .find = objects_find_id,
};

const struct folder btf_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(btf_rows), .gen = &btf_ids};

const struct folder btf_by_name_folder = {
    .parent = FOLDER_BTF, .gen = &(const struct generator)OBJECTS_BY_NAME(KIND_BTF)};
