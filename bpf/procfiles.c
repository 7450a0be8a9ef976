// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfiles.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Reads a small file into a NUL-terminated buffer; what does not fit is cut off. */
static int read_small(int dir, const char *path, char *text, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

static DIR *open_dir(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}

/* The next entry of a folder of /proc whose name is a number, 0 at the end. */
static int next_number(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return atoi(entry->d_name);
	return 0;
}

uint32_t procfile_id(const struct procfile *f, enum kind kind)
{
	char path[32], key[16], text[4096];
	const char *line = text;
	size_t n;

	snprintf(path, sizeof(path), "fdinfo/%d", f->fd);
	n = snprintf(key, sizeof(key), "%s_id:", kind_name(kind));
	if (read_small(f->task, path, text, sizeof(text)))
		return 0;
	while (line && strncmp(line, key, n)) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return line ? strtoul(line + n, NULL, 10) : 0;
}

/* Whom to tell of what is found. */
struct visitor {
	void (*fn)(const struct procfile *f, void *arg);
	void *arg;
};

/* What an entry of a folder of descriptors links to; false when that is a file with a path, or
 * gone.
 */
static bool read_target(int dir, const char *name, struct procfile *of)
{
	ssize_t n = readlinkat(dir, name, of->target, sizeof(of->target));

	of->target[0] = n < 0 ? '\0' : of->target[0];
	if (n < 0)
		return errno == EACCES;
	if ((size_t)n == sizeof(of->target))
		return false;
	of->target[n] = '\0';
	return of->target[0] != '/';
}

/* `of` says whose table of files it is. */
static void walk_files(struct procfile of, const struct visitor *v)
{
	DIR *dir = open_dir(of.task, "fd");
	bool refused = false;
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		/* where one link may not be read none may */
		if (!refused && !read_target(dirfd(dir), entry->d_name, &of))
			continue;
		refused = !of.target[0];
		of.fd = atoi(entry->d_name);
		v->fn(&of, v->arg);
	}
	closedir(dir);
}

/* Whether a thread has a table of files of its own, as far as the kernel tells us. */
static bool has_own_files(const struct procfile *of)
{
	long differs = syscall(SYS_kcmp, of->pid, of->tid, KCMP_FILES, 0, 0);

	return differs > 0 || (differs < 0 && errno == ENOSYS);
}

/* Threads that have a table of files of their own. */
static void walk_threads(const struct procfile *process, const struct visitor *v)
{
	DIR *dir = open_dir(process->task, "task");
	struct procfile of = *process;
	struct stat st;

	/* . and .. and the leader are always there. */
	if (dir && !fstat(dirfd(dir), &st) && st.st_nlink > 3) {
		while ((of.tid = next_number(dir))) {
			char name[16];

			if (of.tid == of.pid || !has_own_files(&of))
				continue;
			snprintf(name, sizeof(name), "%d", of.tid);
			of.task = openat(dirfd(dir), name, O_PATH | O_DIRECTORY | O_CLOEXEC);
			if (of.task < 0)
				continue;
			walk_files(of, v);
			close(of.task);
		}
	}
	if (dir)
		closedir(dir);
}

static void walk_process(int proc, pid_t pid, const struct visitor *v)
{
	struct procfile of = {.pid = pid, .tid = pid};
	char name[16], comm[64];

	snprintf(name, sizeof(name), "%d", pid);
	of.task = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (of.task < 0)
		return;
	if (!read_small(of.task, "comm", comm, sizeof(comm))) {
		comm[strcspn(comm, "\n")] = '\0';
		memcpy(of.comm, comm, strnlen(comm, sizeof(of.comm) - 1));
		walk_files(of, v);
		walk_threads(&of, v);
	}
	close(of.task);
}

int procfiles_walk(void (*fn)(const struct procfile *f, void *arg), void *arg)
{
	const struct visitor v = {fn, arg};
	DIR *proc = open_dir(AT_FDCWD, "/proc");
	pid_t pid;

	if (!proc)
		return -errno;
	while ((pid = next_number(proc)))
		walk_process(dirfd(proc), pid, &v);
	closedir(proc);
	return 0;
}
