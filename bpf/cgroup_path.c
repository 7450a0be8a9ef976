// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A cgroup's id is its file handle (type FILEID_KERNFS of Linux 5.5). */
static int open_cgroup(int root, uint64_t id)
{
	enum { FILEID_KERNFS = 0xfe };
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} h = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};

	memcpy(h.handle.f_handle, &id, sizeof(id));
	return open_by_handle_at(root, &h.handle, O_PATH | O_CLOEXEC);
}

int cgroup_path(uint64_t cgroup_id, struct buf *out)
{
	struct buf root_path __buf_free = {};
	char link[48], path[PATH_MAX];
	int fd, root = cgroup_root(&root_path) ? -1 : cgroup_open("");
	size_t under = root_path.len;
	ssize_t n;

	if (root < 0)
		return -ENOENT;
	fd = open_cgroup(root, cgroup_id);
	close(root);
	if (fd < 0)
		return -ENOENT;
	snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	/* Beyond what is mounted here, it has a path that leads nowhere. */
	if (strncmp(path, buf_cstr(&root_path), under) != 0 || (path[under] && path[under] != '/'))
		return -ENOENT;
	buf_str(out, path[under] ? path + under : "/");
	return out->err;
}
