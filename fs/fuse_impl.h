/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FUSE_IMPL_H
#define BPFVIEW_FUSE_IMPL_H

/*
 * The adapter between FUSE's low-level API and the tree, in the files fs/fuse*.c and nowhere else:
 * fuse.c mounts and takes requests, the others answer them.  Quick answers are given in the loop,
 * slow ones by a worker thread, and a read that must wait is a parked request.
 */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "file.h"
#include "options.h"
#include "pipe.h"
#include "workers.h"

/* What is served. */
struct fuse_fs {
	struct fuse_session *session;
	const struct options *options;
	struct timespec started;
};

extern struct fuse_fs fs;

/* --- requests that a worker thread answers --- */

struct request {
	struct job job;
	fuse_req_t req;
	fuse_ino_t node;
	struct fuse_file_info fi;
	size_t size;
	off_t offset;
	struct writer writer;
	char text[]; /* a name, or what was written */
};

#define REQUEST(job_) ((struct request *)((char *)(job_)-offsetof(struct request, job)))

/* Has run() called with a copy of all that; it answers and frees the request. */
void submit(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *fi, size_t size,
	    off_t offset, const char *text, size_t len, void (*run)(struct job *job));

struct writer request_writer(fuse_req_t req);

/* --- nodes --- */

struct fuse_entry_param entry_of(const struct node_info *info);
const struct folder *folder_of(fuse_ino_t node);

/* One step of having the kernel forget names, for the background thread: in how many milliseconds
 * to take the next, or -1 if there is no need. */
int forget_some(void);

/* Somebody has asked for something in a folder, and may have it locked: its names are left alone
 * for a moment. */
void folder_asked(fuse_ino_t dir);

/* --- open files --- */

/* What fi->fh of an open file points to. */
struct handle {
	struct handle *next, **at; /* all that are open */
	struct file *file;
	struct pipe *pipe;
	struct listing *listing; /* a folder */
	fuse_ino_t node;
	bool noted;  /* by size_open() */
	bool cached; /* goes through the page cache */
	bool same;   /* which has the content already */
};

/* NULL when out of memory. */
struct handle *handle_new(void);
void handle_free(struct handle *h);
struct handle *handle_of(const struct fuse_file_info *fi);

/* Those that nobody has closed. */
void handles_free(void);

/* What the kernel is told of an open file. */
void describe_handle(struct handle *h, struct fuse_file_info *fi);

/* --- operations, as struct fuse_lowlevel_ops has them --- */

void on_lookup(fuse_req_t req, fuse_ino_t dir, const char *name);
void on_forget(fuse_req_t req, fuse_ino_t node, uint64_t times);
void on_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);
void on_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void on_setattr(fuse_req_t req, fuse_ino_t node, struct stat *st, int set,
		struct fuse_file_info *fi);
void on_readlink(fuse_req_t req, fuse_ino_t node);
void on_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void on_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
		struct fuse_file_info *fi);

void on_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void on_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *fi);
void on_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi,
	     struct fuse_pollhandle *ph);
void on_write(fuse_req_t req, fuse_ino_t node, const char *text, size_t size, off_t offset,
	      struct fuse_file_info *fi);
void on_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void on_copy_file_range(fuse_req_t req, fuse_ino_t in, off_t in_at, struct fuse_file_info *in_fi,
			fuse_ino_t out, off_t out_at, struct fuse_file_info *out_fi, size_t len,
			int flags);
void on_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);

void on_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void on_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode);
void on_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name);
void on_unlink(fuse_req_t req, fuse_ino_t dir, const char *name);
void on_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name);
void on_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t to,
	       const char *new_name, unsigned int flags);
void on_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t dev);
void on_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t dir, const char *name);

#endif
