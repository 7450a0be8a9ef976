// SPDX-License-Identifier: GPL-2.0-or-later
#include "objects.h"

#include "../bpf/doc.h"

#include <errno.h>

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

static const struct row btf_id_rows[] = {
    {"info", ROW_FILE, "what the kernel knows of the BTF object", .form = DOC_TEXT,
     .show = objects_info},
    {"info.json", ROW_FILE, "the same, as bpftool -j btf show", .form = DOC_JSON,
     .show = objects_info},
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
    .next = objects_next_id,
    .find = objects_find_id,
};

const struct folder btf_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(btf_rows), .gen = &btf_ids};

const struct folder btf_by_name_folder = {
    .parent = FOLDER_BTF, .gen = &(const struct generator)OBJECTS_BY_NAME(KIND_BTF)};
