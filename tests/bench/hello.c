// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least a file system on libfuse can be: one folder with one file, `hello`, of $HELLO_SIZE
 * bytes.  What reading it costs is what scripts/bench measures bpfview by.
 * With HELLO_CACHED=1 the kernel keeps the content, which no file that changes may allow.
 */
#define FUSE_USE_VERSION 34
#include <fuse.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char path_of_file[] = "/hello";
static char *content;
static size_t size;

static void *hello_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
	(void)conn;
	cfg->kernel_cache = getenv("HELLO_CACHED") != NULL;
	return NULL;
}

static int hello_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	(void)fi;
	memset(st, 0, sizeof(*st));
	if (strcmp(path, "/") == 0) {
		st->st_mode = S_IFDIR | 0555;
		st->st_nlink = 2;
		return 0;
	}
	if (strcmp(path, path_of_file) != 0)
		return -ENOENT;
	st->st_mode = S_IFREG | 0444;
	st->st_nlink = 1;
	st->st_size = (off_t)size;
	return 0;
}

static int hello_readdir(const char *path, void *list, fuse_fill_dir_t fill, off_t offset,
			 struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	static const char *const names[] = {".", "..", "hello"};

	(void)offset, (void)fi, (void)flags;
	if (strcmp(path, "/") != 0)
		return -ENOENT;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fill(list, names[i], NULL, 0, (enum fuse_fill_dir_flags)0);
	return 0;
}

static int hello_open(const char *path, struct fuse_file_info *fi)
{
	(void)fi;
	return strcmp(path, path_of_file) == 0 ? 0 : -ENOENT;
}

static int hello_read(const char *path, char *to, size_t room, off_t offset,
		      struct fuse_file_info *fi)
{
	size_t at = (size_t)offset;

	(void)path, (void)fi;
	if (at >= size)
		return 0;
	if (room > size - at)
		room = size - at;
	memcpy(to, content + at, room);
	return (int)room;
}

static const struct fuse_operations operations = {
    .init = hello_init,
    .getattr = hello_getattr,
    .readdir = hello_readdir,
    .open = hello_open,
    .read = hello_read,
};

int main(int argc, char **argv)
{
	const char *wanted = getenv("HELLO_SIZE");

	size = wanted ? strtoul(wanted, NULL, 10) : 100;
	content = malloc(size + 1);
	if (!content) {
		perror("hello");
		return 1;
	}
	memset(content, 'x', size);
	return fuse_main(argc, argv, &operations, NULL);
}
