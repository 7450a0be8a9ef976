// SPDX-License-Identifier: GPL-2.0-or-later
#include "place_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* --- cgroups --- */

/* The file system behind a path as a descriptor; -1 when it is no cgroup2. */
static int open_cgroup2(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The first place where the cgroup2 tree is mounted: the usual ones, else what the table of mounts
 * says. */
static int open_cgroup_root(char path[PATH_MAX])
{
	static const char *const usual[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	char line[PATH_MAX + 512];
	struct mntent m;
	FILE *mounts;
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < sizeof(usual) / sizeof(usual[0]); i++) {
		snprintf(path, PATH_MAX, "%s", usual[i]);
		fd = open_cgroup2(path);
	}
	if (fd >= 0)
		return fd;
	mounts = setmntent("/proc/self/mounts", "re");
	while (mounts && fd < 0 && getmntent_r(mounts, &m, line, sizeof(line))) {
		if (strcmp(m.mnt_type, "cgroup2") != 0)
			continue;
		snprintf(path, PATH_MAX, "%s", m.mnt_dir);
		fd = open_cgroup2(path);
	}
	if (mounts)
		endmntent(mounts);
	return fd;
}

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
	char root_path[PATH_MAX], link[48], path[PATH_MAX];
	int root = open_cgroup_root(root_path), fd;
	size_t under = strlen(root_path);
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
	if (strncmp(path, root_path, under) != 0 || (path[under] && path[under] != '/'))
		return -ENOENT;
	buf_str(out, path[under] ? path + under : "/");
	return out->err;
}

/* --- network namespaces --- */

int netns_name(uint64_t ino, struct buf *out)
{
	DIR *dir = opendir("/run/netns");
	bool found = false;
	struct stat ours, st;
	struct dirent *e;

	/* All namespaces' files are in one file system. */
	if (stat("/proc/self/ns/net", &ours))
		ours.st_dev = 0;
	while (dir && !found && (e = readdir(dir))) {
		found = e->d_name[0] != '.' && !fstatat(dirfd(dir), e->d_name, &st, 0) &&
			st.st_dev == ours.st_dev && st.st_ino == ino;
		if (found)
			buf_str(out, e->d_name);
	}
	if (dir)
		closedir(dir);
	return found ? out->err : -ENOENT;
}
