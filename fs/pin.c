// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include "../bpf/bpffs.h"
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* pin/: a bpffs, folder by folder.  It has no files of its own, so that all names are free. */

/* The path in the bpffs of a node of pin/. */
static int path_of(const struct place *p, struct buf *out)
{
	struct buf path __buf_free = {};
	int err = tree_path(p->node, &path);
	const char *below = strchr(buf_cstr(&path), '/');

	if (!err && below)
		buf_str(out, below + 1);
	return err ? err : out->err;
}

static int add_entry(const char *name, const struct bpffs_entry *entry, void *n)
{
	return names_add(n, name, entry->type);
}

static int open_entries(const struct place *dir, void **state)
{
	struct buf path __buf_free = {};
	struct names *n = names_new();
	int err = n ? path_of(dir, &path) : -ENOMEM;

	if (!err)
		err = bpffs_list(buf_cstr(&path), add_entry, n);
	/* where no bpffs is mounted, nothing is pinned */
	return names_done(n, err == -ENOENT ? 0 : err, state);
}

enum { IS_LINK, IS_FOLDER, IS_FILE };

static uint8_t kind_of_child(uint64_t type)
{
	return type == BPFFS_FOLDER ? IS_FOLDER : type == BPFFS_OTHER ? IS_FILE : IS_LINK;
}

static int next_entry(const struct place *dir, void *state, uint64_t *cursor, struct child *out)
{
	int more = names_next(dir, state, cursor, out);

	if (more > 0)
		out->other = kind_of_child(out->value);
	return more;
}

static int find_entry(const struct place *dir, const char *name, struct child *out)
{
	struct buf path __buf_free = {};
	struct bpffs_entry entry;
	int err = path_of(dir, &path);

	if (err)
		return err;
	buf_printf(&path, "%s%s", path.len ? "/" : "", name);
	err = bpffs_look(buf_cstr(&path), &entry);
	if (err) /* a bpffs does not even look for names with a dot */
		return err == -EPERM && strchr(name, '.') ? -ENOENT : err;
	out->value = entry.type;
	out->other = kind_of_child(entry.type);
	return 0;
}

static int look(const struct place *p, struct buf *path, struct bpffs_entry *entry)
{
	int err = path_of(p, path);

	return err ? err : bpffs_look(buf_cstr(path), entry);
}

static int link_entry(const struct place *p, struct buf *out)
{
	struct buf path __buf_free = {};
	struct bpffs_entry entry;
	int err = look(p, &path, &entry);

	if (err)
		return err;
	switch (entry.type) {
	case BPFFS_OBJECT: tree_link(p, entry.kind, entry.id, out); return 0;
	case BPFFS_SYMLINK: return bpffs_readlink(buf_cstr(&path), out);
	default: return -ENOENT; /* it was another file a moment ago */
	}
}

static int show_other(const struct place *p, struct buf *out)
{
	struct buf path __buf_free = {};
	struct bpffs_entry entry;
	int err = look(p, &path, &entry);

	if (err)
		return err;
	buf_printf(out, "not shown: %s\n", strerrordesc_np(-entry.err));
	return 0;
}

static const struct row others[] = {
    [IS_FOLDER - 1] = {"FOLDER", ROW_FOLDER, "a folder, and so on", .folder = FOLDER_PIN_NESTED},
    [IS_FILE - 1] = {"OTHER", ROW_FILE, "why a pin cannot be opened, or a symlink leads nowhere",
		     .show = show_other},
};

static const struct generator entries = {
    .row = {"NAME", ROW_LINK, "a pinned object, or a symlink within bpffs", .target = link_entry},
    .others = others,
    .nothers = sizeof(others) / sizeof(others[0]),
    .open = open_entries,
    .next = next_entry,
    .close = names_close,
    .find = find_entry,
};

/* --- changes --- */

/* What the bpffs says of a name: it takes none with a dot. */
static int explain(int err, const char *name, struct problem *why)
{
	if (err == -EPERM && strchr(name, '.'))
		return problem(why, err, NULL, "a bpffs takes no names with a dot");
	return err ? problem(why, err, NULL, "bpffs: %s", strerrordesc_np(-err)) : 0;
}

static int pin_entry(const struct place *dir, const char *name, const char *target,
		     struct child *out, struct change *c)
{
	struct buf path __buf_free = {};
	enum kind kind;
	uint32_t id;
	int fd, err = path_of(dir, &path);

	if (!err)
		err = path_object(dir, target, &kind, &id, &c->why);
	if (err)
		return err;
	fd = kind_open(kind, id);
	if (fd < 0)
		return problem_errno(&c->why, fd, kind_name(kind));
	err = explain(bpffs_pin(buf_cstr(&path), name, fd), name, &c->why);
	close(fd);
	out->value = BPFFS_OBJECT;
	return err;
}

static int unpin_entry(const struct place *dir, const char *name, struct change *c)
{
	struct buf path __buf_free = {};
	int err = path_of(dir, &path);

	return err ? err : explain(bpffs_unlink(buf_cstr(&path), name), name, &c->why);
}

static int make_folder(const struct place *dir, const char *name, struct change *c)
{
	struct buf path __buf_free = {};
	int err = path_of(dir, &path);

	return err ? err : explain(bpffs_mkdir(buf_cstr(&path), name), name, &c->why);
}

static int remove_folder(const struct place *dir, const char *name, struct change *c)
{
	struct buf path __buf_free = {};
	int err = path_of(dir, &path);

	return err ? err : explain(bpffs_rmdir(buf_cstr(&path), name), name, &c->why);
}

static int rename_entry(const struct place *dir, const char *name, const struct place *to,
			const char *new_name, unsigned int flags, struct change *c)
{
	struct buf path __buf_free = {}, to_path __buf_free = {};
	int err = path_of(dir, &path);

	if (!err)
		err = path_of(to, &to_path);
	if (err)
		return err;
	return explain(bpffs_rename(buf_cstr(&path), name, buf_cstr(&to_path), new_name, flags),
		       new_name, &c->why);
}

static const struct folder_ops changes = {
    .symlink = pin_entry,
    .unlink = unpin_entry,
    .mkdir = make_folder,
    .rmdir = remove_folder,
    .rename = rename_entry,
};

const struct folder pin_folder = {.parent = FOLDER_ROOT, .gen = &entries, .ops = &changes};

const struct folder pin_nested_folder = {.parent = FOLDER_PIN, .gen = &entries, .ops = &changes};
