// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse_impl.h"

#include "sizes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

/* Open files. */

/* A stream's size is told anew when somebody reads within AHEAD of it: further than the kernel
 * reads ahead. */
enum { MOST_READ = 1 << 20, AHEAD = 512 << 10 };

/* --- files --- */

/* A daemon that ends may never be told that files have been closed. */
static struct {
	pthread_mutex_t lock;
	struct handle *first;
} handles = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct handle *handle_new(void)
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

void handle_free(struct handle *h)
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
	if (h->noted)
		size_close(h->node);
	if (h->pipe) {
		pipe_unwatch(h->pipe, h);
		pipe_close(h->pipe);
	}
	free(h);
}

void handles_free(void)
{
	while (handles.first)
		handle_free(handles.first);
}

static enum file_use file_use(int flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY: return FILE_READ;
	case O_WRONLY: return FILE_WRITE;
	default: return FILE_READ_WRITE;
	}
}

/* One that takes writes has a file for them. */
static int open_pipe(const struct place *p, int flags, struct handle *h)
{
	int err = (flags & O_ACCMODE) == O_RDONLY ? 0 : file_open(h->node, FILE_WRITE, &h->file);

	if (!err && (flags & O_ACCMODE) != O_WRONLY)
		err = pipe_open(p, &h->pipe);
	return err;
}

/* Has the kernel believe that a file is larger than it did, by giving it the last byte: other than
 * by asking for attributes, which sendfile(2) does not, it learns it by nothing else.  A page that
 * does not begin with that byte counts as one yet to be read; an answer to open() drops all pages.
 */
static void tell_larger(fuse_ino_t node, uint64_t size)
{
	struct fuse_bufvec byte = FUSE_BUFVEC_INIT(1);

	byte.buf[0].mem = (char[]){0};
	fuse_lowlevel_notify_store(fs.session, node, (off_t)size - 1, &byte, 0);
}

static int handle_open(const struct place *p, int flags, struct handle *h)
{
	struct size_use use;
	uint64_t size;
	int err;

	if (p->row->type == ROW_PIPE)
		return open_pipe(p, flags, h);
	err = file_open(h->node, file_use(flags), &h->file);
	if (err || (flags & O_ACCMODE) != O_RDONLY)
		return err;
	if (!file_is_whole(h->file, &size))
		size = SIZE_UNKNOWN;
	use = size_open(h->node, size, file_fingerprint(h->file));
	h->noted = use.noted;
	h->cached = use.cached;
	h->same = use.same;
	if (use.changed)
		fuse_lowlevel_notify_inval_inode(fs.session, h->node, -1, 0);
	if (use.larger)
		tell_larger(h->node, size_told(h->node).size);
	return 0;
}

/* What the kernel is told of an open file. */
void describe_handle(struct handle *h, struct fuse_file_info *fi)
{
	fi->fh = (uint64_t)(uintptr_t)h;
	fi->direct_io = !h->cached;
	fi->keep_cache = h->same;
	fi->noflush = (fi->flags & O_ACCMODE) == O_RDONLY;
	/* pipes may be sought in, which does nothing: head(1) complains where it may not */
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

void on_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
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

struct handle *handle_of(const struct fuse_file_info *fi)
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

/* Before a part of a stream is read: the size that the kernel believes. */
static void update_size(struct handle *h, uint64_t offset, uint64_t end)
{
	uint64_t told = size_told(h->node).size, size = end;
	int more;

	if (end + AHEAD >= told && end < told)
		size = told;
	more = file_exceeds(h->file, offset, &size);
	if (!more)
		size_ended(h->node, size);
	else if (more > 0 && end + AHEAD >= told)
		tell_larger(h->node, size_grow(h->node, end + AHEAD));
}

static void run_read(struct job *job)
{
	struct request *r = REQUEST(job);
	struct handle *h = handle_of(&r->fi);

	if (h->noted)
		update_size(h, (uint64_t)r->offset, (uint64_t)r->offset + r->size);
	answer_read(r->req, h->file, r->size, r->offset);
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

void on_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *fi)
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

void on_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
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

void on_write(fuse_req_t req, fuse_ino_t node, const char *text, size_t size, off_t offset,
	      struct fuse_file_info *fi)
{
	const struct writer who = request_writer(req);
	struct node_info info;

	if (!tree_info(node, &info) && info.row->quick)
		answer_write(req, handle_of(fi)->file, &who, text, size, offset);
	else
		submit(req, node, fi, size, offset, text, size, run_write);
}

void on_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct writer who = request_writer(req);
	struct handle *h = handle_of(fi);

	(void)node;
	fuse_reply_err(req, h->file ? -file_flush(h->file, &who) : 0);
}

void on_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	(void)node;
	handle_free(handle_of(fi));
	fuse_reply_err(req, 0);
}

/* The kernel would copy no more than it believes a file's size to be.  Programs that hear that they
 * cannot copy so read and write. */
void on_copy_file_range(fuse_req_t req, fuse_ino_t in, off_t in_at, struct fuse_file_info *in_fi,
			fuse_ino_t out, off_t out_at, struct fuse_file_info *out_fi, size_t len,
			int flags)
{
	(void)in, (void)in_at, (void)in_fi, (void)out, (void)out_at, (void)out_fi, (void)len;
	(void)flags;
	fuse_reply_err(req, EINVAL);
}
