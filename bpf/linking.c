// SPDX-License-Identifier: GPL-2.0-or-later
#include "linking.h"

#include "objfile.h"
#include "said.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int add(struct bpf_linker *linker, const char *path, struct said *said, struct problem *why)
{
	struct buf what __buf_free = {};
	int err = objfile_check(path, why);

	if (err)
		return err;
	err = bpf_linker__add_file(linker, path, NULL);
	if (!err)
		return 0;
	buf_printf(&what, "cannot link %s", path);
	return said_problem(said, why, err, NULL, buf_cstr(&what));
}

static int join(const char *to, const char *const *paths, size_t n, struct said *said,
		struct problem *why)
{
	struct bpf_linker *linker = bpf_linker__new(to, NULL);
	int err = 0;

	if (!linker)
		return said_problem(said, why, -errno, NULL, "cannot begin to link");
	for (size_t i = 0; i < n && !err; i++)
		err = add(linker, paths[i], said, why);
	if (!err) {
		err = bpf_linker__finalize(linker);
		if (err)
			said_problem(said, why, err, NULL, "cannot finish linking");
	}
	bpf_linker__free(linker);
	return err;
}

static int take(int fd, struct buf *out)
{
	struct stat st;
	char *room;
	ssize_t got = 0;

	if (fstat(fd, &st))
		return -errno;
	room = buf_room(out, (size_t)st.st_size);
	if (!room)
		return out->err;
	for (off_t done = 0; done < st.st_size; done += got) {
		got = pread(fd, room + done, (size_t)(st.st_size - done), done);
		if (got <= 0)
			return got ? -errno : -EIO;
	}
	out->len += (size_t)st.st_size;
	return 0;
}

/* libbpf 1.4 writes to a path only: that of a file in memory. */
int linking_join(const char *const *paths, size_t n, struct buf *out, struct problem *why)
{
	struct said said = {};
	char to[32];
	int fd = memfd_create("linked", MFD_CLOEXEC), err;

	if (fd < 0)
		return problem_errno(why, -errno, "a file in memory");
	snprintf(to, sizeof(to), "/proc/self/fd/%d", fd);
	said_begin(&said);
	err = join(to, paths, n, &said, why);
	said_end(&said);
	said_free(&said);
	if (!err && (err = take(fd, out)))
		problem_errno(why, err, "a file in memory");
	close(fd);
	return err;
}
