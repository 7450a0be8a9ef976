// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const struct buf *data)
{
	for (size_t done = 0; done < data->len;) {
		ssize_t n = write(fd, data->data + done, data->len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int write_in_place(const char *path, const struct buf *data)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, data);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static mode_t new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Makes `fd` look like the file that it will replace, if there is one. */
static int dress(int fd, const struct stat *old)
{
	if (!old)
		return fchmod(fd, new_mode()) ? -errno : 0;
	/* Only root may give files away. */
	if (fchown(fd, old->st_uid, old->st_gid) && errno != EPERM)
		return -errno;
	return fchmod(fd, old->st_mode & 07777) ? -errno : 0;
}

static int replace(const char *path, const struct stat *old, const struct buf *data)
{
	struct buf name __buf_free = {};
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	char *temporary;
	int fd, err;

	buf_add(&name, path, folder);
	buf_printf(&name, ".bpfview-gen.XXXXXX");
	buf_char(&name, '\0');
	if (name.err)
		return name.err;
	temporary = name.data;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_all(fd, data);
	if (!err)
		err = dress(fd, old);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

static int write_file(const char *path, const struct buf *data)
{
	char real[PATH_MAX];
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? replace(path, NULL, data) : -errno;
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, data);
	if (access(path, W_OK))
		return -errno;
	return realpath(path, real) ? replace(real, &st, data) : -errno;
}

int output_write(const char *path, const struct buf *data, struct problem *why)
{
	int err = data->err;

	if (!path || !strcmp(path, "-")) {
		path = "standard output";
		if (!err)
			err = write_all(STDOUT_FILENO, data);
	} else if (!err) {
		err = write_file(path, data);
	}
	return err ? problem_errno(why, err, path) : 0;
}
