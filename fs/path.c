// SPDX-License-Identifier: GPL-2.0-or-later
#include "path.h"

#include "../bpf/bpffs.h"
#include "change.h"
#include "objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINKS = 16 };

void path_leave(const struct path_node *at)
{
	if (at->owned)
		tree_forget(at->node, 1);
}

static int walk(uint64_t from, struct span path, const struct writer *who, unsigned int links,
		struct path_node *out);

/* Goes where a symlink in `dir` leads. */
static int follow(uint64_t dir, const struct path_node *link, unsigned int links,
		  struct path_node *out)
{
	struct buf target __buf_free = {};
	struct place p;
	int err = links ? tree_place(link->node, &p) : -ELOOP;

	if (!err)
		err = p.row->target(&p, &target);
	if (!err)
		err = target.err;
	return err ? err : walk(dir, span_of(target.data, target.len), NULL, links - 1, out);
}

/* One name further; what is not there is made if there is somebody to make it. */
static int go(uint64_t dir, const char *name, const struct writer *who, unsigned int links,
	      struct path_node *out)
{
	struct node_info found;
	struct path_node link;
	int err;

	if (!strcmp(name, "..")) {
		err = tree_info(tree_parent(dir), &found);
		*out = (struct path_node){found.node, found.row, false};
		return err;
	}
	err = tree_lookup(dir, name, &found);
	if (err == -ENOENT && who)
		err = change_add(dir, name, who, &found);
	if (err) /* where nothing can be made it is just not there */
		return err == -EPERM ? -ENOENT : err;
	*out = (struct path_node){found.node, found.row, true};
	if (!found.row || found.row->type != ROW_LINK)
		return 0;
	link = *out;
	err = follow(dir, &link, links, out);
	path_leave(&link);
	return err;
}

/* The node of a path from a folder on, symlinks followed; `who` makes the last part if need be. */
static int walk(uint64_t from, struct span path, const struct writer *who, unsigned int links,
		struct path_node *out)
{
	char name[NAME_MAX + 1];
	int err = 0;

	*out = (struct path_node){.node = from};
	while (!err && path.at < path.end) {
		const char *end = memchr(path.at, '/', span_len(path));
		size_t len = (size_t)((end ? end : path.end) - path.at);
		struct path_node at = *out;

		if (len > NAME_MAX) {
			path_leave(&at);
			return -ENAMETOOLONG;
		}
		memcpy(name, path.at, len);
		name[len] = '\0';
		path.at = end ? end + 1 : path.end;
		if (!len || !strcmp(name, "."))
			continue;
		err = go(at.node, name, path.at == path.end ? who : NULL, links, out);
		path_leave(&at);
	}
	return err;
}

int path_walk(uint64_t from, struct span path, const struct writer *maker, struct path_node *out)
{
	return walk(from, path, maker, MOST_LINKS, out);
}

/* --- objects --- */

static char *mountpoint;

void path_set_mountpoint(const char *path)
{
	free(mountpoint);
	mountpoint = realpath(path, NULL);
}

/* What of an absolute path is below a folder; NULL when it is not. */
static const char *below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (strncmp(path, folder, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len + strspn(path + len, "/");
}

static int pinned_object(const char *path, enum kind *kind, uint32_t *id)
{
	struct bpffs_entry entry;
	int err = bpffs_look(path, &entry);

	if (!err && entry.type != BPFFS_OBJECT)
		err = entry.err ? entry.err : -EINVAL;
	if (err)
		return err;
	*kind = entry.kind;
	*id = entry.id;
	return 0;
}

static int tree_object(uint64_t from, const char *path, enum kind *kind, uint32_t *id)
{
	struct path_node at;
	struct place p;
	int err = walk(from, span_of(path, strlen(path)), NULL, MOST_LINKS, &at);

	if (err)
		return err;
	err = tree_place(at.node, &p);
	if (!err && !objects_is_folder(&p))
		err = -EINVAL;
	path_leave(&at);
	if (err)
		return err;
	*kind = objects_kind(&p);
	*id = (uint32_t)p.id;
	return 0;
}

int path_object(const struct place *dir, const char *target, enum kind *kind, uint32_t *id,
		struct problem *why)
{
	struct buf bpffs __buf_free = {};
	const char *rest;
	int err;

	bpffs_root(&bpffs);
	if (*target != '/')
		err = tree_object(dir->node, target, kind, id);
	else if (mountpoint && (rest = below(target, mountpoint)))
		err = tree_object(ROOT_NODE, rest, kind, id);
	else if ((rest = below(target, buf_cstr(&bpffs))))
		err = pinned_object(rest, kind, id);
	else
		err = -EINVAL;
	if (err == -EINVAL)
		return problem(
		    why, err, target,
		    "a program, map, link or BTF object is expected, by its path in here "
		    "or in the bpffs");
	return err ? problem(why, err, target, "it cannot be found: %s", strerrordesc_np(-err)) : 0;
}
