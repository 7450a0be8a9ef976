// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The adapter between FUSE's low-level API and the tree.  Quick answers are given in the loop, slow
 * ones by a worker thread, and a read that must wait is a parked request.
 */
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "fuse.h"

#include "background.h"
#include "file.h"
#include "mountpoint.h"
#include "pipe.h"
#include "root.h"
#include "sizes.h"
#include "written.h"
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* LEAST_SIZE is that of a stream of unknown size: streams of less are made at open. */
enum { WORKERS = 4, MOST_READ = 1 << 20, LEAST_SIZE = 1 << 20 };

/* For what cannot change while its folder is there; objects themselves are asked for each time. */
static const double FOREVER = 86400.0;

static struct {
	struct fuse_session *session;
	const struct options *options;
	struct timespec started;
} fs;

/* What fi->fh of an open file points to. */
struct handle {
	struct handle *next, **at; /* all that are open */
	struct file *file;
	struct pipe *pipe;
	struct listing *listing; /* a folder */
	fuse_ino_t node;
	bool cached; /* goes through the page cache */
	bool same;   /* which has the content already */
};

/* --- attributes --- */

static mode_t mode_of(const struct row *row)
{
	mode_t mode;

	switch (row ? row->type : ROW_FOLDER) {
	case ROW_FOLDER: mode = S_IFDIR | 0555; break;
	case ROW_LINK: return S_IFLNK | 0777;
	default: mode = S_IFREG | (row_is_writable(row) ? 0666 : 0444); break;
	}
	return mode & ~fs.options->umask;
}

/* Attributes that change by themselves are not for the kernel to keep. */
static double lifetime(const struct node_info *info)
{
	return size_of(info->node) == SIZE_UNKNOWN ? 0 : FOREVER;
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
	uint64_t size;

	if (!S_ISREG(st.st_mode) || info->row->type == ROW_PIPE)
		return st;
	size = size_of(info->node);
	if (size == SIZE_UNKNOWN) {
		/* tar reads st_size bytes and no more: a file that changes makes it say so */
		clock_gettime(CLOCK_REALTIME, &st.st_ctim);
		size = LEAST_SIZE;
	}
	st.st_size = (off_t)size;
	st.st_blocks = (st.st_size + 511) / 512;
	return st;
}

/* --- jobs for worker threads --- */

/* A request on its way through a worker. */
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

static bool is_slow(fuse_ino_t node)
{
	struct node_info info;

	return !tree_info(node, &info) && info.row && info.row->slow;
}

static void submit(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *fi, size_t size,
		   off_t offset, const char *text, size_t len, void (*run)(struct job *job))
{
	struct request *r = malloc(sizeof(*r) + len + 1);
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	if (!r) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*r = (struct request){.job = {.run = run, .slow = is_slow(node)},
			      .req = req,
			      .node = node,
			      .size = size,
			      .offset = offset,
			      .writer = {ctx->pid, ctx->uid}};
	if (fi)
		r->fi = *fi;
	if (len)
		memcpy(r->text, text, len);
	r->text[len] = '\0';
	workers_submit(&r->job);
}

#define REQUEST(job_) ((struct request *)((char *)(job_)-offsetof(struct request, job)))

/* --- names and attributes --- */

static struct fuse_entry_param entry_of(const struct node_info *info)
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

static const struct generator *generator_of(fuse_ino_t node)
{
	struct place p;

	return tree_place(node, &p) ? NULL : folder_at(p.folder)->gen;
}

static void on_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	const struct generator *gen = generator_of(dir);

	if (gen && !gen->by_id && !gen->row.quick)
		submit(req, dir, NULL, 0, 0, name, strlen(name), run_lookup);
	else
		answer_lookup(req, dir, name);
}

static void on_forget(fuse_req_t req, fuse_ino_t node, uint64_t times)
{
	tree_forget(node, times);
	fuse_reply_none(req);
}

static void on_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		tree_forget(forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void on_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
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

/* The only change there is: `>` truncates before it writes. */
static void on_setattr(fuse_req_t req, fuse_ino_t node, struct stat *st, int set,
		       struct fuse_file_info *fi)
{
	struct node_info info;
	int err = tree_info(node, &info);

	(void)st;
	if (!err && (set & ~(FUSE_SET_ATTR_SIZE | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW |
			     FUSE_SET_ATTR_CTIME | FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW)))
		err = -EPERM;
	if (!err && !row_is_writable(info.row))
		err = -EACCES;
	if (err)
		fuse_reply_err(req, -err);
	else
		on_getattr(req, node, fi);
}

static void on_readlink(fuse_req_t req, fuse_ino_t node)
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

/* --- files --- */

/* A daemon that ends may never be told that files have been closed. */
static struct {
	pthread_mutex_t lock;
	struct handle *first;
} handles = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct handle *handle_new(void)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	pthread_mutex_lock(&handles.lock);
	h->next = handles.first;
	h->at = &handles.first;
	if (h->next)
		h->next->at = &h->next;
	handles.first = h;
	pthread_mutex_unlock(&handles.lock);
	return h;
}

static void handle_free(struct handle *h)
{
	pthread_mutex_lock(&handles.lock);
	*h->at = h->next;
	if (h->next)
		h->next->at = h->at;
	pthread_mutex_unlock(&handles.lock);
	if (h->listing)
		listing_close(h->listing);
	if (h->file)
		file_close(h->file);
	if (h->cached)
		size_close(h->node);
	if (h->pipe) {
		pipe_unwatch(h->pipe, h);
		pipe_close(h->pipe);
	}
	free(h);
}

static enum file_use file_use(int flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY: return FILE_READ;
	case O_WRONLY: return FILE_WRITE;
	default: return FILE_READ_WRITE;
	}
}

static int handle_open(const struct place *p, int flags, struct handle *h)
{
	struct size_use use;
	uint64_t size;
	int err;

	if (p->row->type == ROW_PIPE)
		return pipe_open(p, &h->pipe);
	err = file_open(h->node, file_use(flags), &h->file);
	if (err || (flags & O_ACCMODE) != O_RDONLY)
		return err;
	if (!file_is_whole(h->file, &size))
		size = SIZE_UNKNOWN;
	use = size_open(h->node, size, file_fingerprint(h->file));
	h->cached = use.cached;
	h->same = use.same;
	if (use.changed)
		fuse_lowlevel_notify_inval_inode(fs.session, h->node, -1, 0);
	return 0;
}

/* What the kernel is told of an open file. */
static void describe_handle(struct handle *h, struct fuse_file_info *fi)
{
	fi->fh = (uint64_t)(uintptr_t)h;
	fi->direct_io = !h->cached;
	fi->keep_cache = h->same;
	fi->noflush = (fi->flags & O_ACCMODE) == O_RDONLY;
	fi->nonseekable = h->pipe != NULL;
}

static void answer_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct handle *h = handle_new();
	struct place p;
	int err = h ? tree_place(node, &p) : -ENOMEM;

	if (!err && !p.row)
		err = -EISDIR;
	if (!err) {
		h->node = node;
		err = handle_open(&p, fi->flags, h);
	}
	if (err) {
		if (h)
			handle_free(h);
		fuse_reply_err(req, -err);
		return;
	}
	describe_handle(h, fi);
	if (fuse_reply_open(req, fi))
		handle_free(h);
}

static void run_open(struct job *job)
{
	struct request *r = REQUEST(job);

	answer_open(r->req, r->node, &r->fi);
	free(r);
}

static void on_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct node_info info;
	int err = tree_info(node, &info);

	/* root may open anything, whatever the mode says */
	if (!err && (fi->flags & O_ACCMODE) != O_RDONLY && !row_is_writable(info.row))
		err = -EACCES;
	if (err)
		fuse_reply_err(req, -err);
	else if (info.row && (info.row->quick || (fi->flags & O_ACCMODE) == O_WRONLY))
		answer_open(req, node, fi);
	else
		submit(req, node, fi, 0, 0, NULL, 0, run_open);
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static void answer_read(fuse_req_t req, struct file *f, size_t size, off_t offset)
{
	struct buf scratch __buf_free = {};
	const char *data = NULL;
	size_t len;
	int err = file_read(f, (uint64_t)offset, size, &scratch, &data, &len);

	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, data, len);
}

static void run_read(struct job *job)
{
	struct request *r = REQUEST(job);

	answer_read(r->req, handle_of(&r->fi)->file, r->size, r->offset);
	free(r);
}

/* --- pipes: parked requests --- */

struct parked {
	struct waiter waiter;
	fuse_req_t req;
};

#define PARKED(waiter_) ((struct parked *)((char *)(waiter_)-offsetof(struct parked, waiter)))

static void answer_parked(struct waiter *w, const char *data, size_t len, int err)
{
	struct parked *parked = PARKED(w);

	if (err)
		fuse_reply_err(parked->req, -err);
	else
		fuse_reply_buf(parked->req, data, len);
	free(parked);
}

/* The reader has got a signal.  `data` may be gone already: it is only compared. */
static void on_interrupt(fuse_req_t req, void *data)
{
	if (!pipe_cancel(&((struct parked *)data)->waiter))
		return;
	fuse_reply_err(req, EINTR);
	free(data);
}

static void park(fuse_req_t req, struct pipe *pipe, size_t size)
{
	struct parked *parked = calloc(1, sizeof(*parked));

	if (!parked) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	parked->req = req;
	parked->waiter.room = size;
	parked->waiter.answer = answer_parked;
	/* interrupts come through this thread's loop, thus not before the request is queued */
	fuse_req_interrupt_func(req, on_interrupt, parked);
	if (fuse_req_interrupted(req)) {
		fuse_reply_err(req, EINTR);
		free(parked);
		return;
	}
	pipe_wait(pipe, &parked->waiter);
}

static void read_pipe(fuse_req_t req, struct pipe *pipe, size_t size, int flags)
{
	struct buf out __buf_free = {};
	int err = pipe_read(pipe, &out, size < MOST_READ ? size : MOST_READ);

	if (err == -EAGAIN && !(flags & O_NONBLOCK))
		park(req, pipe, size);
	else if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_buf(req, out.data, out.len);
}

static void on_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	struct handle *h = handle_of(fi);
	uint64_t whole;

	if (h->pipe)
		read_pipe(req, h->pipe, size, fi->flags);
	else if (file_is_whole(h->file, &whole))
		answer_read(req, h->file, size, offset);
	else
		submit(req, node, fi, size, offset, NULL, 0, run_read);
}

static void drop_poller(void *arg)
{
	fuse_pollhandle_destroy(arg);
}

static void notify_poller(void *arg)
{
	fuse_lowlevel_notify_poll(arg);
	fuse_pollhandle_destroy(arg);
}

static void on_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	struct handle *h = handle_of(fi);
	bool ready = true;

	(void)node;
	if (h->pipe)
		ready = pipe_poll(h->pipe, h, ph ? notify_poller : NULL, drop_poller, ph);
	else if (ph)
		drop_poller(ph);
	fuse_reply_poll(req, (ready ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM);
}

static void answer_write(fuse_req_t req, struct file *f, const struct writer *who, const char *text,
			 size_t size, off_t offset)
{
	int err = file_write(f, who, (uint64_t)offset, text, size);

	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_write(req, size);
}

static void run_write(struct job *job)
{
	struct request *r = REQUEST(job);

	answer_write(r->req, handle_of(&r->fi)->file, &r->writer, r->text, r->size, r->offset);
	free(r);
}

static void on_write(fuse_req_t req, fuse_ino_t node, const char *text, size_t size, off_t offset,
		     struct fuse_file_info *fi)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct writer who = {ctx->pid, ctx->uid};
	struct node_info info;

	if (!tree_info(node, &info) && info.row->quick)
		answer_write(req, handle_of(fi)->file, &who, text, size, offset);
	else
		submit(req, node, fi, size, offset, text, size, run_write);
}

static void on_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct handle *h = handle_of(fi);
	struct writer who = {ctx->pid, ctx->uid};

	(void)node;
	fuse_reply_err(req, h->file ? -file_flush(h->file, &who) : 0);
}

static void on_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	(void)node;
	handle_free(handle_of(fi));
	fuse_reply_err(req, 0);
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

static void on_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
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

static void on_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
		       struct fuse_file_info *fi)
{
	struct listing *l = handle_of(fi)->listing;
	char name[NAME_MAX + 1];
	struct stat st;
	size_t used = 0;
	char *entries = malloc(size);
	int more = entries ? 1 : -ENOMEM;

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

/* The kernel would copy no more than it believes a file's size to be.  Programs that hear that they
 * cannot copy so read and write. */
static void on_copy_file_range(fuse_req_t req, fuse_ino_t in, off_t in_at,
			       struct fuse_file_info *in_fi, fuse_ino_t out, off_t out_at,
			       struct fuse_file_info *out_fi, size_t len, int flags)
{
	(void)in, (void)in_at, (void)in_fi, (void)out, (void)out_at, (void)out_fi, (void)len;
	(void)flags;
	fuse_reply_err(req, EINVAL);
}

/* --- making and removing --- */

static void answer_create(fuse_req_t req, fuse_ino_t dir, const char *name,
			  const struct writer *who, struct fuse_file_info *fi)
{
	struct handle *h = handle_new();
	struct fuse_entry_param entry;
	struct node_info info;
	int err = h ? tree_add(dir, name, who, &info) : -ENOMEM;

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

static void on_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct generator *gen = generator_of(dir);
	const struct writer who = {ctx->pid, ctx->uid};

	(void)mode;
	if (gen && gen->row.quick)
		answer_create(req, dir, name, &who, fi);
	else
		submit(req, dir, fi, 0, 0, name, strlen(name), run_create);
}

static void run_unlink(struct job *job)
{
	struct request *r = REQUEST(job);

	fuse_reply_err(r->req, -tree_remove(r->node, r->text, &r->writer));
	free(r);
}

static void on_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	submit(req, dir, NULL, 0, 0, name, strlen(name), run_unlink);
}

/* --- what the tree does not take --- */

static void on_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t dev)
{
	(void)dir, (void)name, (void)mode, (void)dev;
	fuse_reply_err(req, EPERM);
}

static void on_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
	(void)dir, (void)name, (void)mode;
	fuse_reply_err(req, EPERM);
}

static void on_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	(void)dir, (void)name;
	fuse_reply_err(req, EPERM);
}

static void on_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
	(void)target, (void)dir, (void)name;
	fuse_reply_err(req, EPERM);
}

static void on_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t to,
		      const char *new_name, unsigned int flags)
{
	(void)dir, (void)name, (void)to, (void)new_name, (void)flags;
	fuse_reply_err(req, EPERM);
}

static void on_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t dir, const char *name)
{
	(void)node, (void)dir, (void)name;
	fuse_reply_err(req, EPERM);
}

static void on_init(void *arg, struct fuse_conn_info *conn)
{
	(void)arg;
	if (conn->max_write > WRITE_MOST)
		conn->max_write = WRITE_MOST;
	/* a listing is names; attributes are asked for one by one, so that no folder is searched
	 * twice */
	conn->want &= ~(unsigned int)(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
}

static const struct fuse_lowlevel_ops operations = {
    .init = on_init,
    .lookup = on_lookup,
    .forget = on_forget,
    .forget_multi = on_forget_multi,
    .getattr = on_getattr,
    .setattr = on_setattr,
    .readlink = on_readlink,
    .open = on_open,
    .read = on_read,
    .poll = on_poll,
    .write = on_write,
    .flush = on_flush,
    .copy_file_range = on_copy_file_range,
    .release = on_release,
    .opendir = on_opendir,
    .readdir = on_readdir,
    .releasedir = on_release,
    .mknod = on_mknod,
    .mkdir = on_mkdir,
    .create = on_create,
    .unlink = on_unlink,
    .rmdir = on_rmdir,
    .symlink = on_symlink,
    .rename = on_rename,
    .link = on_link,
};

/* --- mounting --- */

const char *fuse_library_version(void)
{
	return fuse_pkgversion();
}

static struct fuse_session *session_new(const char *program, const struct options *o)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session = NULL;
	struct buf list __buf_free = {};

	buf_str(&list, "fsname=bpfview,subtype=bpfview,default_permissions");
	if (o->fuse.len) {
		buf_char(&list, ',');
		buf_add(&list, o->fuse.data, o->fuse.len);
	}
	if (!fuse_opt_add_arg(&args, program) && !fuse_opt_add_arg(&args, "-o") &&
	    !fuse_opt_add_arg(&args, buf_cstr(&list)) &&
	    (!o->debug || !fuse_opt_add_arg(&args, "-d")))
		session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	fuse_opt_free_args(&args);
	return session;
}

/*
 * Who reads a file sends one request after the other, and waking a thread on a processor that has
 * gone to sleep costs more than answering.  So when requests come in quick succession the loop
 * looks for the next one for a moment before it waits for it.
 */
enum { MOMENT_US = 100, SIGNALS_EVERY = 256 };

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/*
 * Signals that end the daemon are let in only while the loop waits (or looks) for a request, so
 * that none gets lost between looking at what it did and waiting.  Threads started afterwards never
 * get them.
 */
static sigset_t hold_signals(void)
{
	sigset_t ends, before;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ends, &before);
	return before;
}

/* Waits until there may be a request or a signal; `since` is when the last request was done. */
static void await_request(int64_t since, bool quick, const sigset_t *let_in)
{
	struct pollfd device = {.fd = fuse_session_fd(fs.session), .events = POLLIN};

	while (quick && now_us() - since < MOMENT_US) {
		if (poll(&device, 1, 0))
			return;
		sched_yield(); /* the reader may be waiting for this very processor */
	}
	ppoll(&device, 1, NULL, let_in);
}

/* libfuse's own loop with that way of waiting.  0 after a signal or an unmount, or -errno. */
static int loop(const sigset_t *let_in)
{
	const struct timespec now = {};
	int fd = fuse_session_fd(fs.session), got = 0;
	struct fuse_buf buf = {};
	int64_t since = now_us();
	bool quick = false;

	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return -errno;
	for (unsigned int n = 1; !fuse_session_exited(fs.session); n++) {
		if (n % SIGNALS_EVERY == 0) /* under load there may never be a wait */
			ppoll(NULL, 0, &now, let_in);
		got = fuse_session_receive_buf(fs.session, &buf);
		if (got == -EAGAIN) {
			await_request(since, quick, let_in);
			quick = now_us() - since < MOMENT_US;
		} else if (got > 0) {
			fuse_session_process_buf(fs.session, &buf);
			since = now_us();
		} else if (got != -EINTR) {
			break;
		}
	}
	free(buf.mem);
	return got < 0 && !fuse_session_exited(fs.session) ? got : 0;
}

static int serve(const struct options *o)
{
	sigset_t before = hold_signals();
	int err;

	/* a few large blocks come and go: give each back at once, and keep the heaps few */
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_ARENA_MAX, 2);
	workers_init(o->one_thread ? 0 : WORKERS);
	err = background_start();
	if (!err) {
		err = loop(&before);
		background_stop();
		workers_stop();
		while (handles.first)
			handle_free(handles.first);
	}
	root_exit();
	return err != 0;
}

int fuse_serve(const char *program, struct options *o)
{
	int status = 1;

	fs.options = o;
	clock_gettime(CLOCK_REALTIME, &fs.started);
	tree_init(&o->tree);
	if (mountpoint_prepare(o->mountpoint))
		return 1;
	fs.session = session_new(program, o);
	if (!fs.session)
		return 1;
	if (!fuse_set_signal_handlers(fs.session)) {
		if (!root_init(o) && !fuse_session_mount(fs.session, o->mountpoint)) {
			if (!fuse_daemonize(o->foreground))
				status = serve(o);
			fuse_session_unmount(fs.session);
		}
		fuse_remove_signal_handlers(fs.session);
	}
	fuse_session_destroy(fs.session);
	return status;
}
