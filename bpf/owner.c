// SPDX-License-Identifier: GPL-2.0-or-later
#include "owner.h"

#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

size_t owner_key_size(uint32_t map_type)
{
	switch (map_type) {
	case BPF_MAP_TYPE_TASK_STORAGE: return sizeof(int32_t);
	case BPF_MAP_TYPE_CGRP_STORAGE: return sizeof(uint64_t);
	default: return 0;
	}
}

static int open_thread(int32_t tid)
{
	int fd = (int)syscall(SYS_pidfd_open, tid, O_EXCL /* PIDFD_THREAD */);

	/* Before 6.9 only processes can be asked for. */
	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_pidfd_open, tid, 0);
	return fd < 0 ? -errno : fd;
}

static int open_cgroup(uint64_t id)
{
	struct buf path __buf_free = {};
	int err = cgroup_path(id, &path);

	return err ? err : cgroup_open(buf_cstr(&path) + 1);
}

int owner_open(uint32_t map_type, const void *id)
{
	uint64_t cgroup;
	int32_t tid;

	if (map_type == BPF_MAP_TYPE_TASK_STORAGE) {
		memcpy(&tid, id, sizeof(tid));
		return open_thread(tid);
	}
	memcpy(&cgroup, id, sizeof(cgroup));
	return open_cgroup(cgroup);
}

int owner_of_path(struct span path, void *id, struct problem *why)
{
	char *text = strndup(path.at, span_len(path));
	struct stat st = {};
	uint64_t ino;
	int err = !text ? -ENOMEM : stat(text, &st) ? -errno : 0;

	free(text);
	if (err)
		return problem(why, err, path.at, "no cgroup: %s", strerror(-err));
	ino = st.st_ino; /* the inode number of a cgroup's folder is its id */
	memcpy(id, &ino, sizeof(ino));
	return 0;
}
