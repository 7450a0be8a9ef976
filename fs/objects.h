/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OBJECTS_H
#define BPFVIEW_OBJECTS_H

#include "names.h"
#include "../bpf/index.h"
#include "tree.h"

/*
 * What prog/, map/, link/ and btf/ have in common: functions for rows and generators.  Which kind a
 * folder is about follows from where it is in the tree.
 */
enum kind objects_kind(const struct place *p);

/* Whether a place is the folder of an object, whose id is then p->id. */
bool objects_is_folder(const struct place *p);

/* Rows of KIND/ and KIND/ID/; the row's form is an enum doc_form. */
int objects_list(const struct place *p, struct buf *out);
int objects_info(const struct place *p, struct buf *out);
int objects_pids(const struct place *p, struct buf *out);
int objects_pins(const struct place *p, struct buf *out);
int objects_pin(const struct place *p, struct command *c);

#define OBJECTS_PIN                                                                                \
	{                                                                                          \
		"pin", ROW_FILE, "pins it", .quick = true, .command = objects_pin,                 \
					    .usage = "PATH, relative to the root of bpffs"         \
	}

/* A link to the object `child` of the kind that the row's form names. */
int objects_link(const struct place *p, struct buf *out);

/* KIND/: objects by id. */
int objects_open_ids(const struct place *dir, void **state);
void objects_close_ids(void *state);
int objects_next_id(const struct place *dir, void *state, uint64_t *cursor, struct child *out);
int objects_find_id(const struct place *dir, const char *name, struct child *out);

/* KIND/by-name/. */
int objects_open_by_name(const struct place *dir, void **state);
int objects_find_by_name(const struct place *dir, const char *name, struct child *out);

#define OBJECTS_BY_NAME(kind)                                                                      \
	{                                                                                          \
		.row = {"NAME", ROW_LINK,                                                          \
			"the object of that name; NAME.ID where several share it", .form = (kind), \
			.target = objects_link},                                                   \
		.open = objects_open_by_name, .next = names_next, .close = names_close,            \
		.find = objects_find_by_name,                                                      \
	}

/* KIND/by-type/ and KIND/by-tag/: groups of objects. */
enum group { GROUP_TYPE, GROUP_TAG };
int objects_open_groups(const struct place *dir, void **state);
int objects_find_group(const struct place *dir, const char *name, struct child *out);

#define OBJECTS_GROUPS(name_, group_, folder_)                                                     \
	{                                                                                          \
		.row = {name_, ROW_FOLDER, "objects that have it in common", .form = (group_),     \
			.folder = (folder_)},                                                      \
		.open = objects_open_groups, .next = names_next, .close = names_close,             \
		.find = objects_find_group,                                                        \
	}

/* KIND/by-type/TYPE/ and KIND/by-tag/TAG/. */
int objects_open_members(const struct place *dir, void **state);
int objects_find_member(const struct place *dir, const char *name, struct child *out);

#define OBJECTS_MEMBERS(kind)                                                                      \
	{                                                                                          \
		.row = {"ID", ROW_LINK, "an object", .form = (kind), .target = objects_link},      \
		.open = objects_open_members, .next = names_next, .close = names_close,            \
		.find = objects_find_member,                                                       \
	}

/* Adds the objects of a kind that `wanted` says yes to, each under its id. */
int objects_add_ids(struct names *n, enum kind kind,
		    bool (*wanted)(const struct index_entry *e, uint64_t arg), uint64_t arg);

#endif
