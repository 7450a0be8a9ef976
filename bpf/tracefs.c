// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

/* A descriptor of the root of a mount of tracefs that is in no folder (fsopen(2), fsmount(2)). */
static int detached_mount(void)
{
	int context = fsopen("tracefs", FSOPEN_CLOEXEC);
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

int tracefs_open(const char *path)
{
	static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	int fd = -1, root, err = 0;

	for (unsigned int i = 0; i < sizeof(roots) / sizeof(roots[0]) && fd < 0; i++) {
		root = open(roots[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			continue;
		fd = openat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		err = -errno;
		close(root);
		if (fd < 0 && err != -ENOENT)
			return err;
	}
	if (fd >= 0)
		return fd;
	root = detached_mount();
	if (root < 0)
		return root;
	fd = openat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	err = -errno;
	close(root);
	return fd < 0 ? err : fd;
}
