// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse_impl.h"

#include "change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Making, removing and renaming. */

/* --- files that are made by being opened --- */

static void answer_create(fuse_req_t req, fuse_ino_t dir, const char *name,
			  const struct writer *who, struct fuse_file_info *fi)
{
	struct handle *h = handle_new();
	struct fuse_entry_param entry;
	struct node_info info;
	int err = h ? change_add(dir, name, who, &info) : -ENOMEM;

	if (!err) {
		h->node = info.node;
		err = file_open(info.node, FILE_MAKE, &h->file);
		if (err)
			tree_forget(info.node, 1);
	}
	if (err) {
		if (h)
			handle_free(h);
		fuse_reply_err(req, -err);
		return;
	}
	describe_handle(h, fi);
	entry = entry_of(&info);
	if (fuse_reply_create(req, &entry, fi)) {
		handle_free(h);
		tree_forget(info.node, 1);
	}
}

static void run_create(struct job *job)
{
	struct request *r = REQUEST(job);

	answer_create(r->req, r->node, r->text, &r->writer, &r->fi);
	free(r);
}

void on_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	const struct folder *folder = folder_of(dir);
	struct writer who = request_writer(req);

	(void)mode;
	if (folder && folder->gen && folder->gen->row.quick)
		answer_create(req, dir, name, &who, fi);
	else
		submit(req, dir, fi, 0, 0, name, strlen(name), run_create);
}

/* --- all else: a worker's, since it acts --- */

static void reply_entry(fuse_req_t req, int err, const struct node_info *info)
{
	struct fuse_entry_param entry;

	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	entry = entry_of(info);
	if (fuse_reply_entry(req, &entry))
		tree_forget(info->node, 1);
}

static void run_mkdir(struct job *job)
{
	struct request *r = REQUEST(job);
	struct node_info info;
	int err = change_mkdir(r->node, r->text, &r->writer, &info);

	reply_entry(r->req, err, &info);
	free(r);
}

void on_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
	(void)mode;
	submit(req, dir, NULL, 0, 0, name, strlen(name), run_mkdir);
}

/* Two texts in one request: the second stands behind the NUL of the first. */
static void submit_two(fuse_req_t req, fuse_ino_t dir, fuse_ino_t to, unsigned int flags,
		       const char *one, const char *two, void (*run)(struct job *job))
{
	struct buf both __buf_free = {};

	buf_add(&both, one, strlen(one) + 1);
	buf_add(&both, two, strlen(two));
	if (both.err)
		fuse_reply_err(req, ENOMEM);
	else
		submit(req, dir, NULL, flags, (off_t)to, both.data, both.len, run);
}

static const char *second_text(const struct request *r)
{
	return r->text + strlen(r->text) + 1;
}

static void run_symlink(struct job *job)
{
	struct request *r = REQUEST(job);
	struct node_info info;
	int err = change_symlink(r->node, r->text, second_text(r), &r->writer, &info);

	reply_entry(r->req, err, &info);
	free(r);
}

void on_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
	submit_two(req, dir, 0, 0, name, target, run_symlink);
}

static void run_rename(struct job *job)
{
	struct request *r = REQUEST(job);

	fuse_reply_err(r->req, -change_rename(r->node, r->text, (fuse_ino_t)r->offset,
					      second_text(r), (unsigned int)r->size, &r->writer));
	free(r);
}

void on_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t to,
	       const char *new_name, unsigned int flags)
{
	submit_two(req, dir, to, flags, name, new_name, run_rename);
}

static void run_unlink(struct job *job)
{
	struct request *r = REQUEST(job);

	fuse_reply_err(r->req, -change_unlink(r->node, r->text, &r->writer));
	free(r);
}

void on_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	submit(req, dir, NULL, 0, 0, name, strlen(name), run_unlink);
}

static void run_rmdir(struct job *job)
{
	struct request *r = REQUEST(job);

	fuse_reply_err(r->req, -change_rmdir(r->node, r->text, &r->writer));
	free(r);
}

void on_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	submit(req, dir, NULL, 0, 0, name, strlen(name), run_rmdir);
}

/* --- what no folder takes --- */

void on_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t dev)
{
	(void)dir, (void)name, (void)mode, (void)dev;
	fuse_reply_err(req, EPERM);
}

void on_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t dir, const char *name)
{
	(void)node, (void)dir, (void)name;
	fuse_reply_err(req, EPERM);
}
