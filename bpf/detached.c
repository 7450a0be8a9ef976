// SPDX-License-Identifier: GPL-2.0-or-later
#include "detached.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

/* A descriptor of the root of a mount that is in no folder (fsopen(2), fsmount(2)). */
static int mount_detached(const char *fs)
{
	int context = fsopen(fs, FSOPEN_CLOEXEC);
	int mount, err;

	if (context < 0)
		return -errno;
	mount = fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0)
		    ? -1
		    : fsmount(context, FSMOUNT_CLOEXEC, 0);
	err = -errno;
	close(context);
	return mount < 0 ? err : mount;
}

int detached_open(const char *fs, const char *path)
{
	int root = mount_detached(fs), fd;

	if (root < 0)
		return root;
	fd = openat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(root);
	return fd;
}
