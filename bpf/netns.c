// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns.h"

#include "apart.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char folder[] = "/run/netns";

struct visit {
	int ns;
	int (*fn)(void *arg);
	void *arg;
};

static int visit(void *arg)
{
	const struct visit *v = arg;

	return setns(v->ns, CLONE_NEWNET) ? -errno : v->fn(v->arg);
}

int netns_run_in(int ns, int (*fn)(void *arg), void *arg)
{
	return apart_run(visit, &(struct visit){ns, fn, arg});
}

/* The namespace's file, or -ENOENT.  What else lies there (a name whose namespace was never
 * mounted, a FIFO) is none. */
static int open_in(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == NSFS_MAGIC)
		return fd;
	if (fd >= 0)
		close(fd);
	return -ENOENT;
}

static int open_folder(void)
{
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_named(const char *name, int flags)
{
	int dir = *name == '.' || strchr(name, '/') ? -1 : open_folder();
	int fd = dir < 0 ? -ENOENT : open_in(dir, name, flags);

	if (dir >= 0)
		close(dir);
	return fd;
}

int netns_run(const char *name, int (*fn)(void *arg), void *arg)
{
	int ns, err;

	if (!name)
		return fn(arg);
	ns = open_named(name, O_RDONLY | O_NONBLOCK);
	if (ns < 0)
		return ns;
	err = netns_run_in(ns, fn, arg);
	close(ns);
	return err;
}

int netns_enter(const char *name)
{
	int err, ns = open_named(name, O_RDONLY | O_NONBLOCK);

	if (ns < 0)
		return ns;
	err = setns(ns, CLONE_NEWNET) ? -errno : 0;
	close(ns);
	return err;
}

int netns_find(const char *name)
{
	int ns = open_named(name, O_PATH);

	if (ns < 0)
		return ns;
	close(ns);
	return 0;
}

int netns_each(int (*fn)(const char *name, uint64_t ino, void *arg), void *arg)
{
	int at = open_folder(), err = 0;
	DIR *dir = at < 0 ? NULL : fdopendir(at);
	struct dirent *e;

	if (!dir) {
		err = errno == ENOENT ? 0 : -errno;
		if (at >= 0)
			close(at);
		return err;
	}
	while (!err && (e = readdir(dir))) {
		int ns = *e->d_name == '.' ? -ENOENT : open_in(at, e->d_name, O_PATH);
		struct stat st;

		if (ns < 0)
			continue;
		if (!fstat(ns, &st))
			err = fn(e->d_name, st.st_ino, arg);
		close(ns);
	}
	closedir(dir);
	return err;
}

uint64_t netns_own(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}
