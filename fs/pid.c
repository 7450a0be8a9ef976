// SPDX-License-Identifier: GPL-2.0-or-later
#include "objects.h"

#include "../bpf/holders.h"

#include <errno.h>
#include <stdio.h>

/* --- pid/PID/prog/ and so on: what the process holds --- */

struct wanted {
	struct names *names;
	enum kind kind;
};

static int add_held(enum kind kind, uint32_t id, void *arg)
{
	const struct wanted *w = arg;
	char name[16];

	/* the table may be older than the object's end */
	if (kind != w->kind || !kind_has_id(kind, id))
		return 0;
	snprintf(name, sizeof(name), "%u", id);
	return names_add(w->names, name, id);
}

static int open_held(const struct place *dir, void **state)
{
	struct wanted w = {names_new(), (enum kind)folder_at(dir->folder)->gen->row.form};
	struct holders *h;
	int err = w.names ? holders_get_all(&h) : -ENOMEM;

	if (!err) {
		err = holders_of_pid(h, (pid_t)dir->id, add_held, &w);
		holders_put(h);
	}
	return names_done(w.names, err, state);
}

#define HELD(kind, help)                                                                           \
	{                                                                                          \
		.row = {"ID", ROW_LINK, help, .form = (kind), .target = objects_link},             \
		.open = open_held, .next = names_next, .close = names_close, .find = names_find,   \
	}

const struct folder pid_prog_folder = {
    .parent = FOLDER_PID_ID,
    .gen = &(const struct generator)HELD(KIND_PROG, "a program that it holds")};

const struct folder pid_map_folder = {
    .parent = FOLDER_PID_ID, .gen = &(const struct generator)HELD(KIND_MAP, "a map that it holds")};

const struct folder pid_link_folder = {
    .parent = FOLDER_PID_ID,
    .gen = &(const struct generator)HELD(KIND_LINK, "a link that it holds")};

const struct folder pid_btf_folder = {
    .parent = FOLDER_PID_ID,
    .gen = &(const struct generator)HELD(KIND_BTF, "a BTF object that it holds")};

/* --- pid/PID/ --- */

static const struct row pid_id_rows[] = {
    {"prog", ROW_FOLDER, "programs", .folder = FOLDER_PID_PROG},
    {"map", ROW_FOLDER, "maps", .folder = FOLDER_PID_MAP},
    {"link", ROW_FOLDER, "links", .folder = FOLDER_PID_LINK},
    {"btf", ROW_FOLDER, "BTF objects", .folder = FOLDER_PID_BTF},
};

const struct folder pid_id_folder = {.parent = FOLDER_PID, FOLDER_ROWS(pid_id_rows)};

/* --- pid/: processes that hold any object --- */

static int open_pids(const struct place *dir, void **state)
{
	struct names *n = names_new();
	const pid_t *pids;
	struct holders *h;
	size_t count;
	int err = n ? holders_get_all(&h) : -ENOMEM;

	(void)dir;
	if (!err) {
		pids = holders_pids(h, &count);
		for (size_t i = 0; !err && i < count; i++) {
			char name[16];

			snprintf(name, sizeof(name), "%d", pids[i]);
			err = names_add(n, name, (uint64_t)pids[i]);
		}
		holders_put(h);
	}
	return names_done(n, err, state);
}

static const struct generator pids = {
    .row = {"PID", ROW_FOLDER, "what a process holds through file descriptors",
	    .folder = FOLDER_PID_ID},
    .by_id = true,
    .open = open_pids,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder pid_folder = {.parent = FOLDER_ROOT, .gen = &pids};
