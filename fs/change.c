// SPDX-License-Identifier: GPL-2.0-or-later
#include "change.h"

#include <errno.h>

/* A change that has been asked for in a folder. */
struct asked {
	struct place dir;
	const struct folder_ops *ops;
	struct change change;
};

/* Where a folder has no operations, none of them can be. */
static const struct folder_ops none;

static int begin(uint64_t dir, const struct writer *who, struct asked *out)
{
	const struct folder_ops *ops;
	int err = tree_place(dir, &out->dir);

	if (err || out->dir.row)
		return err ? err : -ENOTDIR;
	ops = folder_at(out->dir.folder)->ops;
	out->ops = ops ? ops : &none;
	out->change = (struct change){.who = *who};
	return 0;
}

/* Reports a failure.  Returns err. */
static int end(struct asked *a, const char *name, const char *text, int err)
{
	struct buf path __buf_free = {};

	if (err) {
		tree_path(a->dir.node, &path);
		buf_printf(&path, "%s%s", path.len ? "/" : "", name);
		outcome_add(&a->change.who, buf_cstr(&path), text, err, &a->change.why, NULL);
	}
	problem_free(&a->change.why);
	return err;
}

int change_add(uint64_t dir, const char *name, const struct writer *who, struct node_info *out)
{
	struct child child = {};
	struct asked a;
	int err = begin(dir, who, &a);

	if (err)
		return err;
	err = a.ops->add ? a.ops->add(&a.dir, name, &child, &a.change)
			 : problem(&a.change.why, -EPERM, NULL, "no file can be made here");
	err = end(&a, name, "", err);
	return err ? err : tree_child(&a.dir, name, &child, out);
}

int change_make(uint64_t node, const struct writer *who)
{
	struct asked a;
	struct place p;
	int err = tree_place(node, &p);

	if (!err)
		err = begin(tree_parent(node), who, &a);
	if (err)
		return err;
	err = a.ops->make ? a.ops->make(&p, &a.change) : -EPERM;
	return end(&a, p.name, "", err);
}

int change_mkdir(uint64_t dir, const char *name, const struct writer *who, struct node_info *out)
{
	struct asked a;
	int err = begin(dir, who, &a);

	if (err)
		return err;
	err = a.ops->mkdir ? a.ops->mkdir(&a.dir, name, &a.change)
			   : problem(&a.change.why, -EPERM, NULL, "no folder can be made here");
	err = end(&a, name, "", err);
	return err ? err : tree_lookup(dir, name, out);
}

int change_symlink(uint64_t dir, const char *name, const char *target, const struct writer *who,
		   struct node_info *out)
{
	struct child child = {};
	struct asked a;
	int err = begin(dir, who, &a);

	if (err)
		return err;
	err = a.ops->symlink ? a.ops->symlink(&a.dir, name, target, &child, &a.change)
			     : problem(&a.change.why, -EPERM, NULL, "no symlink can be made here");
	err = end(&a, name, target, err);
	return err ? err : tree_child(&a.dir, name, &child, out);
}

/* Names that stand in the table are there for good. */
static int change_remove(struct asked *a, const char *name,
			 int (*remove)(const struct place *dir, const char *name, struct change *c))
{
	int err;

	if (!remove || tree_has_row(a->dir.folder, name))
		err = problem(&a->change.why, -EPERM, NULL, "it cannot be removed");
	else
		err = remove(&a->dir, name, &a->change);
	return end(a, name, "", err);
}

int change_unlink(uint64_t dir, const char *name, const struct writer *who)
{
	struct asked a;
	int err = begin(dir, who, &a);

	return err ? err : change_remove(&a, name, a.ops->unlink);
}

int change_rmdir(uint64_t dir, const char *name, const struct writer *who)
{
	struct asked a;
	int err = begin(dir, who, &a);

	return err ? err : change_remove(&a, name, a.ops->rmdir);
}

int change_rename(uint64_t dir, const char *name, uint64_t to, const char *new_name,
		  unsigned int flags, const struct writer *who)
{
	struct asked a;
	struct place other;
	int err = begin(dir, who, &a);

	if (!err)
		err = tree_place(to, &other);
	if (err)
		return err;
	if (!a.ops->rename || folder_at(other.folder)->ops != a.ops ||
	    tree_has_row(a.dir.folder, name) || tree_has_row(other.folder, new_name))
		err = problem(&a.change.why, -EPERM, NULL, "it cannot be renamed so");
	else
		err = a.ops->rename(&a.dir, name, &other, new_name, flags, &a.change);
	return end(&a, name, new_name, err);
}
