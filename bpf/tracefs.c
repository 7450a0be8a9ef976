// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracefs.h"

#include "detached.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
	return fd >= 0 ? fd : detached_open("tracefs", path);
}
