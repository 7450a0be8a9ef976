// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse_impl.h"

#include "sizes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Names, attributes, symlinks and listings. */

/* For what cannot change while its folder is there; objects themselves are asked for each time. */
static const double FOREVER = 86400.0;

/* --- attributes --- */

static mode_t mode_of(const struct row *row)
{
	mode_t mode;

	switch (row ? row->type : ROW_FOLDER) {
	case ROW_FOLDER: mode = S_IFDIR | (row && folder_at(row->folder)->ops ? 0777 : 0555); break;
	case ROW_LINK: return S_IFLNK | 0777;
	default: mode = S_IFREG | (row_is_writable(row) ? 0666 : 0444); break;
	}
	return mode & ~fs.options->umask;
}

/* Attributes that change by themselves are not for the kernel to keep. */
static double lifetime(const struct node_info *info)
{
	return size_told(info->node).passing ? 0 : FOREVER;
}

static struct stat attributes(const struct node_info *info)
{
	struct stat st = {
	    .st_ino = info->ino,
	    .st_mode = mode_of(info->row),
	    .st_nlink = 1,
	    .st_gid = fs.options->gid,
	    .st_blksize = 4096,
	    .st_mtim = fs.started,
	    .st_ctim = fs.started,
	    .st_atim = fs.started,
	};
	struct size_told told;

	if (!S_ISREG(st.st_mode) || info->row->type == ROW_PIPE)
		return st;
	told = size_told(info->node);
	if (told.passing)
		st.st_ctim = told.since;
	st.st_size = (off_t)told.size;
	st.st_blocks = (st.st_size + 511) / 512;
	return st;
}

/* --- names and attributes --- */

struct fuse_entry_param entry_of(const struct node_info *info)
{
	return (struct fuse_entry_param){
	    .ino = info->node,
	    .attr = attributes(info),
	    .attr_timeout = lifetime(info),
	    .entry_timeout = info->lasting ? FOREVER : 0,
	};
}

static void answer_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct fuse_entry_param entry;
	struct node_info info;
	int err = tree_lookup(dir, name, &info);

	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	entry = entry_of(&info);
	if (fuse_reply_entry(req, &entry))
		tree_forget(info.node, 1);
}

static void run_lookup(struct job *job)
{
	struct request *r = REQUEST(job);

	answer_lookup(r->req, r->node, r->text);
	free(r);
}

const struct folder *folder_of(fuse_ino_t node)
{
	struct place p;

	return tree_place(node, &p) ? NULL : folder_at(p.folder);
}

static const struct generator *generator_of(fuse_ino_t node)
{
	const struct folder *folder = folder_of(node);

	return folder ? folder->gen : NULL;
}

void on_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	const struct generator *gen = generator_of(dir);

	folder_asked(dir);
	if (gen && !gen->by_id && !gen->row.quick)
		submit(req, dir, NULL, 0, 0, name, strlen(name), run_lookup);
	else
		answer_lookup(req, dir, name);
}

void on_forget(fuse_req_t req, fuse_ino_t node, uint64_t times)
{
	tree_forget(node, times);
	fuse_reply_none(req);
}

void on_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		tree_forget(forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

void on_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct node_info info;
	struct stat st;
	int err = tree_info(node, &info);

	(void)fi;
	if (err) {
		fuse_reply_err(req, -err);
		return;
	}
	st = attributes(&info);
	fuse_reply_attr(req, &st, lifetime(&info));
}

/* Whether it is in a folder where files are made: who copies one there asks for the mode and owner
 * that it had, which count for nothing. */
static bool is_made(fuse_ino_t node)
{
	const struct folder *folder;
	struct place p;

	if (tree_place(node, &p) || !p.row)
		return false;
	folder = folder_at(p.folder);
	return folder->ops && folder->ops->add && folder->gen && p.name[0];
}

/* The only change there is: `>` truncates before it writes. */
void on_setattr(fuse_req_t req, fuse_ino_t node, struct stat *st, int set,
		struct fuse_file_info *fi)
{
	const int times = FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME |
			  FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW;
	const int owner = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;
	struct node_info info;
	int err = tree_info(node, &info);

	(void)st;
	if (!err && set & ~(FUSE_SET_ATTR_SIZE | times | (is_made(node) ? owner : 0)))
		err = -EPERM;
	if (!err && !row_is_writable(info.row))
		err = -EACCES;
	if (err)
		fuse_reply_err(req, -err);
	else
		on_getattr(req, node, fi);
}

void on_readlink(fuse_req_t req, fuse_ino_t node)
{
	struct buf text __buf_free = {};
	struct place p;
	int err = tree_place(node, &p);

	if (!err && (!p.row || p.row->type != ROW_LINK))
		err = -EINVAL;
	if (!err)
		err = p.row->target(&p, &text);
	if (!err)
		buf_cstr(&text);
	if (!err)
		err = text.err;
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_readlink(req, text.data);
}

/* --- folders --- */

static void answer_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct handle *h = handle_new();
	int err = h ? listing_open(node, &h->listing) : -ENOMEM;

	if (err) {
		if (h)
			handle_free(h);
		fuse_reply_err(req, -err);
		return;
	}
	fi->fh = (uint64_t)(uintptr_t)h;
	if (fuse_reply_open(req, fi))
		handle_free(h);
}

static void run_opendir(struct job *job)
{
	struct request *r = REQUEST(job);

	answer_opendir(r->req, r->node, &r->fi);
	free(r);
}

void on_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	const struct generator *gen = generator_of(node);

	if (gen && gen->open && !gen->by_id)
		submit(req, node, fi, 0, 0, NULL, 0, run_opendir);
	else
		answer_opendir(req, node, fi);
}

/* Offsets: 1 is behind ".", 2 behind "..", then the listing's own from there on. */
static int next_entry(struct listing *l, fuse_ino_t node, off_t *offset, char name[NAME_MAX + 1],
		      struct stat *st)
{
	uint64_t at = (uint64_t)*offset;
	struct node_info info;
	int more = 1;

	if (at < 2) {
		strcpy(name, at ? ".." : ".");
		more = tree_info(at ? tree_parent(node) : node, &info) ? 0 : 1;
		at++;
	} else {
		at -= 2;
		more = listing_next(l, &at, name, &info);
		at += 2;
	}
	*offset = (off_t)at;
	if (more > 0)
		*st = (struct stat){.st_ino = info.ino, .st_mode = mode_of(info.row)};
	return more;
}

void on_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
		struct fuse_file_info *fi)
{
	struct listing *l = handle_of(fi)->listing;
	char name[NAME_MAX + 1];
	struct stat st;
	size_t used = 0;
	char *entries = malloc(size);
	int more = entries ? 1 : -ENOMEM;

	folder_asked(node);
	while (more > 0 && (more = next_entry(l, node, &offset, name, &st)) > 0) {
		size_t len = fuse_add_direntry(req, entries + used, size - used, name, &st, offset);

		if (len > size - used)
			break;
		used += len;
	}
	if (more < 0 && !used)
		fuse_reply_err(req, -more);
	else
		fuse_reply_buf(req, entries, used);
	free(entries);
}
