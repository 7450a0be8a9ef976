// SPDX-License-Identifier: GPL-2.0-or-later
#include "holders_proc.h"

#include "holders_record.h"
#include "kind.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
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

/* The id that fdinfo has in a line like "map_id:\t42"; 0 when there is none. */
static uint32_t id_of_fdinfo(int task, int fd, enum kind kind)
{
	char path[32], key[16], text[4096];
	const char *line = text;
	size_t n;

	snprintf(path, sizeof(path), "fdinfo/%d", fd);
	n = snprintf(key, sizeof(key), "%s_id:", kind_name(kind));
	if (read_small(task, path, text, sizeof(text)))
		return 0;
	while (line && strncmp(line, key, n)) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return line ? strtoul(line + n, NULL, 10) : 0;
}

/* Adds what the table of files of a task (an open folder of /proc) has.  `record` brings pid and
 * comm.
 */
static void walk_files(int task, struct holders_record record, struct buf *records)
{
	DIR *dir = open_dir(task, "fd");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		char target[32];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target));

		if (n < 0 || (size_t)n == sizeof(target))
			continue;
		target[n] = '\0';
		record.kind = kind_of_file(target);
		if (record.kind == KIND_COUNT)
			continue;
		record.id = id_of_fdinfo(task, atoi(entry->d_name), record.kind);
		if (record.id)
			buf_add(records, &record, sizeof(record));
	}
	closedir(dir);
}

/* Threads that have a table of files of their own (after unshare(CLONE_FILES), say). */
static void walk_threads(int process, struct holders_record record, struct buf *records)
{
	DIR *dir = open_dir(process, "task");
	struct stat st;
	int tid;

	/* . and .. and the leader are always there. */
	if (dir && !fstat(dirfd(dir), &st) && st.st_nlink > 3) {
		while ((tid = next_number(dir))) {
			char name[16];
			int task;

			if (tid == record.pid ||
			    !syscall(SYS_kcmp, record.pid, tid, KCMP_FILES, 0, 0))
				continue;
			snprintf(name, sizeof(name), "%d", tid);
			task = openat(dirfd(dir), name, O_PATH | O_DIRECTORY | O_CLOEXEC);
			if (task < 0)
				continue;
			walk_files(task, record, records);
			close(task);
		}
	}
	if (dir)
		closedir(dir);
}

static void walk_process(int proc, pid_t pid, struct buf *records)
{
	struct holders_record record = {.pid = pid};
	char name[16], comm[64];
	int process;

	snprintf(name, sizeof(name), "%d", pid);
	process = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process < 0)
		return;
	if (!read_small(process, "comm", comm, sizeof(comm))) {
		comm[strcspn(comm, "\n")] = '\0';
		memcpy(record.comm, comm, strnlen(comm, sizeof(record.comm) - 1));
		walk_files(process, record, records);
		walk_threads(process, record, records);
	}
	close(process);
}

int holders_walk_proc(struct buf *records)
{
	DIR *proc = open_dir(AT_FDCWD, "/proc");
	pid_t pid;

	if (!proc)
		return -errno;
	while ((pid = next_number(proc)))
		walk_process(dirfd(proc), pid, records);
	closedir(proc);
	return records->err;
}
