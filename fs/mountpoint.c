// SPDX-License-Identifier: GPL-2.0-or-later
#include "mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int refuse(const char *path, const char *why, int err)
{
	fprintf(stderr, "bpfview: %s: %s\n", path, why);
	return err;
}

/* realpath(3) looks at the path itself, which fails on a dead mount: its folder is resolved then.
 */
static char *absolute(const char *path)
{
	char *copy, *slash, *folder, *out = realpath(path, NULL);
	size_t len;

	if (out)
		return out;
	copy = strdup(path);
	len = copy ? strlen(copy) : 0;
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = copy ? strrchr(copy, '/') : NULL;
	if (slash)
		*slash = '\0';
	folder = !copy ? NULL : realpath(!slash ? "." : slash == copy ? "/" : copy, NULL);
	if (folder && asprintf(&out, "%s/%s", strcmp(folder, "/") ? folder : "",
			       slash ? slash + 1 : copy) < 0)
		out = NULL;
	free(folder);
	free(copy);
	return out;
}

/* Whether the last thing mounted at the path is ours. */
static bool is_ours(const char *path)
{
	char *full = absolute(path);
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;
	bool ours = false;

	while (full && mounts && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_dir, full))
			ours = !strcmp(m->mnt_type, MOUNT_TYPE);
	if (mounts)
		endmntent(mounts);
	free(full);
	return ours;
}

/* 0 for a folder that can be listed.  stat(2) would not do: the kernel may answer that for a dead
 * daemon. */
static int try_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int mountpoint_prepare(const char *path)
{
	int err = try_folder(path);

	if (err == -ENOTCONN && is_ours(path)) {
		if (umount2(path, MNT_DETACH))
			return refuse(path, "a dead mount that cannot be taken away", -errno);
		return mountpoint_prepare(path);
	}
	if (err)
		return refuse(path, strerror(-err), err);
	if (is_ours(path))
		return refuse(path, "bpfview is already mounted here", -EBUSY);
	return 0;
}
