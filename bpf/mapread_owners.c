// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapread_impl.h"
#include "owner.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Storage that belongs to tasks or cgroups: the kernel lists no keys, but takes a descriptor of an
 * owner as the key.  So all there are are tried.
 */
struct owners {
	DIR *processes; /* /proc */
	DIR *threads;	/* /proc/PID/task */
	FTS *cgroups;
};

/* The number that a name is, 0 when it is none. */
static pid_t number(const char *name)
{
	char *end;
	long n = strtol(name, &end, 10);

	return *end || n <= 0 ? 0 : (pid_t)n;
}

/* The next thread of the system, 0 when there are no more. */
static pid_t next_thread(struct owners *o)
{
	char path[32];
	struct dirent *d;
	pid_t pid;

	for (;;) {
		while (o->threads && (d = readdir(o->threads)))
			if ((pid = number(d->d_name)))
				return pid;
		if (o->threads)
			closedir(o->threads);
		o->threads = NULL;
		while ((d = readdir(o->processes)) && !(pid = number(d->d_name)))
			;
		if (!d)
			return 0;
		/* NULL if the process is gone by now. */
		snprintf(path, sizeof(path), "/proc/%d/task", pid);
		o->threads = opendir(path);
	}
}

/* Looks a thread's value up; returns whether it has one. */
static bool try_thread(struct mapread *r, pid_t tid)
{
	int32_t key = tid;
	int fd = owner_open(BPF_MAP_TYPE_TASK_STORAGE, &key), err;

	if (fd < 0)
		return false;
	err = mapread_lookup(r, &fd);
	close(fd);
	memcpy(r->keys, &key, sizeof(key));
	return err != -ENOENT;
}

static int fill_from_tasks(struct mapread *r)
{
	pid_t tid;

	while ((tid = next_thread(r->owners)))
		if (try_thread(r, tid))
			return 1;
	return 0;
}

static bool try_cgroup(struct mapread *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;
	struct stat st;
	uint64_t id;

	if (fd < 0)
		return false;
	err = fstat(fd, &st) ? -ENOENT : mapread_lookup(r, &fd);
	close(fd);
	/* The inode number of a cgroup's folder is its id. */
	id = st.st_ino;
	memcpy(r->keys, &id, sizeof(id));
	return err != -ENOENT;
}

static int fill_from_cgroups(struct mapread *r)
{
	FTSENT *at;

	while ((at = fts_read(r->owners->cgroups)))
		if (at->fts_info == FTS_D && try_cgroup(r, at->fts_path))
			return 1;
	return 0;
}

int owners_fill(struct mapread *r)
{
	return r->owners->processes ? fill_from_tasks(r) : fill_from_cgroups(r);
}

/* Begins a walk over the cgroup2 tree, wherever it is mounted. */
static int open_cgroups(struct owners *o)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry, *m = NULL;
	char line[4096];

	if (!mounts)
		return -errno;
	do
		m = getmntent_r(mounts, &entry, line, sizeof(line));
	while (m && strcmp(m->mnt_type, "cgroup2") != 0);
	if (m)
		o->cgroups = fts_open((char *const[]){m->mnt_dir, NULL},
				      FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT | FTS_XDEV, NULL);
	endmntent(mounts);
	if (!m)
		return -EOPNOTSUPP;
	return o->cgroups ? 0 : -errno;
}

int owners_open(struct mapread *r)
{
	struct owners *o = calloc(1, sizeof(*o));

	r->owners = o;
	if (!o)
		return -ENOMEM;
	if (r->map->info.type == BPF_MAP_TYPE_CGRP_STORAGE)
		return open_cgroups(o);
	o->processes = opendir("/proc");
	return o->processes ? 0 : -errno;
}

void owners_close(struct owners *o)
{
	if (!o)
		return;
	if (o->threads)
		closedir(o->threads);
	if (o->processes)
		closedir(o->processes);
	if (o->cgroups)
		fts_close(o->cgroups);
	free(o);
}
