// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracefs.h"

#include "detached.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

enum { ROOTS = sizeof(roots) / sizeof(roots[0]) };

int tracefs_open(const char *path)
{
	int fd = -1, root, err = 0;

	for (unsigned int i = 0; i < ROOTS && fd < 0; i++) {
		root = open(roots[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			continue;
		fd = openat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		err = -errno;
		close(root);
		if (fd < 0 && err != -ENOENT)
			return err;
	}
	return fd >= 0 ? fd : detached_open("tracefs", path);
}

static bool is_tracefs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (uint32_t)fs.f_type == TRACEFS_MAGIC;
}

int tracefs_for_thread(void)
{
	for (unsigned int i = 0; i < ROOTS; i++)
		if (is_tracefs(roots[i]))
			return 0;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", roots[0], "tracefs", 0, NULL))
		return -errno;
	return 0;
}
