// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse.h"

#include "background.h"
#include "fuse_impl.h"
#include "mountpoint.h"
#include "path.h"
#include "root.h"
#include "written.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Mounting, and taking requests. */

enum { WORKERS = 4 };

struct fuse_fs fs;

static void on_init(void *arg, struct fuse_conn_info *conn)
{
	(void)arg;
	if (conn->max_write > WRITE_MOST)
		conn->max_write = WRITE_MOST;
	/* streams are made in order */
	conn->want &= ~(unsigned int)FUSE_CAP_ASYNC_READ;
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

/* Has one request answered if there is one.  > 0, or what fuse_session_receive_buf() returns. */
static int take_request(struct fuse_buf *buf)
{
	int got = fuse_session_receive_buf(fs.session, buf);

	if (got > 0)
		fuse_session_process_buf(fs.session, buf);
	return got;
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
		got = take_request(&buf);
		if (got == -EAGAIN) {
			await_request(since, quick, let_in);
			quick = now_us() - since < MOMENT_US;
		} else if (got > 0) {
			since = now_us();
		} else if (got != -EINTR) {
			break;
		}
	}
	free(buf.mem);
	return got < 0 && !fuse_session_exited(fs.session) ? got : 0;
}

/* What the background thread tells the kernel may have to wait until somebody's request is
 * answered: that goes on until the thread has ended. */
static void end_background(void)
{
	struct fuse_buf buf = {};

	background_end();
	while (!background_has_ended())
		if (take_request(&buf) <= 0)
			poll(NULL, 0, 1);
	free(buf.mem);
}

static int serve(const struct options *o)
{
	sigset_t before = hold_signals();
	int err;

	/* a few large blocks come and go: give each back at once, and keep the heaps few */
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_ARENA_MAX, 2);
	workers_init(o->one_thread ? 0 : WORKERS);
	err = background_start(forget_some);
	if (!err) {
		err = loop(&before);
		end_background();
		workers_stop();
		handles_free();
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
	path_set_mountpoint(o->mountpoint);
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
