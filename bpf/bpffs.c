// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpffs.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static char root[PATH_MAX] = "/sys/fs/bpf";

/* The descriptor is for paths only; -ENOENT when what is there is no bpffs. */
static int open_root(void)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (!fstatfs(fd, &fs) && (uint32_t)fs.f_type == BPF_FS_MAGIC)
		return fd;
	close(fd);
	return -ENOENT;
}

int bpffs_set_root(const char *path)
{
	char *real = realpath(path, NULL);
	int fd;

	if (!real)
		return -errno;
	snprintf(root, sizeof(root), "%s", real);
	free(real);
	fd = open_root();
	if (fd < 0)
		return fd == -ENOENT ? -EINVAL : fd;
	close(fd);
	return 0;
}

void bpffs_root(struct buf *out)
{
	buf_str(out, root);
}

/* A descriptor of what is at a path, or -errno.  The kernel sees to it that nothing outside is
 * reached, whoever moves things about meanwhile. */
static int open_below(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
	    .flags = (uint64_t)(flags | O_CLOEXEC),
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | resolve,
	};
	long fd = syscall(SYS_openat2, dir, *path ? path : ".", &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* The same for what is there itself; what is mounted over it, or behind a symlink, is not there. */
static int open_at(int dir, const char *path, int flags)
{
	int fd = open_below(dir, path, flags | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

	return fd == -EXDEV || fd == -ELOOP ? -ENOENT : fd;
}

/* 0 when a symlink leads to what is in the bpffs, or would if it were there; nothing is opened. */
static int check_symlink(int dir, const char *path)
{
	int fd = open_below(dir, path, O_PATH, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -ENOENT ? 0 : fd;
}

/* By the descriptor of the file, so that it is the one that was found.  Without the right to write
 * where that can be had (links know no modes). */
static int open_pinned(int fd)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	char path[40];
	int object;

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	object = bpf_obj_get_opts(path, &opts);
	return object == -EINVAL ? bpf_obj_get(path) : object;
}

static int look_at_pin(int fd, struct bpffs_entry *out)
{
	int err, object = open_pinned(fd);

	if (object < 0)
		return object;
	err = kind_of_fd(object, &out->kind, &out->id);
	close(object);
	return err;
}

static int look(int dir, const char *path, struct bpffs_entry *out)
{
	int fd = open_at(dir, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	*out = (struct bpffs_entry){.type = BPFFS_FOLDER};
	if (fstat(fd, &st)) {
		out->err = -errno;
	} else if (S_ISLNK(st.st_mode)) {
		out->type = BPFFS_SYMLINK;
		out->err = check_symlink(dir, path);
	} else if (!S_ISDIR(st.st_mode)) {
		out->type = BPFFS_OBJECT;
		out->err = look_at_pin(fd, out);
	}
	close(fd);
	if (out->err)
		out->type = BPFFS_OTHER;
	return 0;
}

int bpffs_look(const char *path, struct bpffs_entry *out)
{
	int err, dir = open_root();

	if (dir < 0)
		return dir;
	err = look(dir, path, out);
	close(dir);
	return err;
}

static int list_entry(int dir, const char *folder, const char *name, bpffs_add_fn add, void *arg)
{
	struct buf path __buf_free = {};
	struct bpffs_entry entry;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	buf_printf(&path, "%s%s%s", folder, *folder ? "/" : "", name);
	/* gone meanwhile, or another file system's: the others still count */
	return look(dir, buf_cstr(&path), &entry) ? 0 : add(name, &entry, arg);
}

static int open_folder(int dir, const char *path, DIR **out)
{
	int err, fd = open_at(dir, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd;
	*out = fdopendir(fd);
	if (*out)
		return 0;
	err = -errno;
	close(fd);
	return err;
}

int bpffs_list(const char *path, bpffs_add_fn add, void *arg)
{
	const struct dirent *entry;
	int err, dir = open_root();
	DIR *folder;

	if (dir < 0)
		return dir;
	err = open_folder(dir, path, &folder);
	if (!err) {
		while (!err && (entry = readdir(folder)))
			err = list_entry(dir, path, entry->d_name, add, arg);
		closedir(folder);
	}
	close(dir);
	return err;
}

int bpffs_readlink(const char *path, struct buf *out)
{
	char text[PATH_MAX];
	int fd, dir = open_root();
	ssize_t n;

	if (dir < 0)
		return dir;
	fd = open_at(dir, path, O_PATH);
	close(dir);
	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", text, sizeof(text));
	if (n >= 0)
		buf_add(out, text, (size_t)n);
	else
		out->err = -errno;
	close(fd);
	return out->err;
}

/* --- changes --- */

/* A descriptor of a folder, for paths only. */
static int open_parent(const char *path)
{
	int fd, dir = open_root();

	if (dir < 0)
		return dir;
	fd = open_at(dir, path, O_PATH | O_DIRECTORY);
	close(dir);
	return fd;
}

int bpffs_pin(const char *folder, const char *name, int fd)
{
	char path[NAME_MAX + 64];
	int err, dir = open_parent(folder);

	if (dir < 0)
		return dir;
	/* kernels before 6.5 take no descriptor of the folder; a thread may have a table of
	 * descriptors of its own */
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d/%s", dir, name);
	err = bpf_obj_pin(fd, path);
	close(dir);
	return err;
}

static int remove_at(const char *folder, const char *name, int flags)
{
	int err, dir = open_parent(folder);

	if (dir < 0)
		return dir;
	err = unlinkat(dir, name, flags) ? -errno : 0;
	close(dir);
	return err;
}

int bpffs_unlink(const char *folder, const char *name)
{
	return remove_at(folder, name, 0);
}

int bpffs_rmdir(const char *folder, const char *name)
{
	return remove_at(folder, name, AT_REMOVEDIR);
}

int bpffs_mkdir(const char *folder, const char *name)
{
	int err, dir = open_parent(folder);

	if (dir < 0)
		return dir;
	err = mkdirat(dir, name, 0700) ? -errno : 0;
	close(dir);
	return err;
}

int bpffs_rename(const char *folder, const char *name, const char *to, const char *new_name,
		 unsigned int flags)
{
	int err, from_dir = open_parent(folder);
	int to_dir = from_dir < 0 ? from_dir : open_parent(to);

	if (to_dir < 0)
		err = to_dir;
	else
		err = renameat2(from_dir, name, to_dir, new_name, flags) ? -errno : 0;
	if (from_dir >= 0)
		close(from_dir);
	if (to_dir >= 0)
		close(to_dir);
	return err;
}
