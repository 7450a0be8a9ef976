// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include "names.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cgroup_open(const char *path)
{
	struct buf whole __buf_free = {};
	int fd, err = cgroup_root(&whole);

	if (err)
		return err;
	buf_printf(&whole, "/%s", path);
	fd = open(buf_cstr(&whole), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

static int is_folder(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

int cgroup_names(int fd, char ***names, size_t *n)
{
	struct dirent **entries;
	int count = scandirat(fd, ".", &entries, is_folder, alphasort), err = 0;

	if (count < 0)
		return -errno;
	*n = (size_t)count;
	*names = calloc(*n + 1, sizeof(**names));
	for (int i = 0; i < count; i++) {
		if (*names && !((*names)[i] = strdup(entries[i]->d_name)))
			err = -ENOMEM;
		free(entries[i]);
	}
	free(entries);
	if (*names && !err)
		return 0;
	if (*names)
		cgroup_free_names(*names, *n);
	return -ENOMEM;
}

void cgroup_free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

/* --- attach types --- */

enum { MOST_TYPES = 128 };

static uint32_t types[MOST_TYPES];
static size_t ntypes;

/*
 * Asking a cgroup's descriptor about a type that is not for cgroups may ask about something else:
 * for types of devices the kernel takes it as an ifindex.  The names tell.
 */
static void collect_types(void)
{
	const char *name;

	for (uint32_t t = 0; (name = attach_type_name(t)) || t < __MAX_BPF_ATTACH_TYPE; t++)
		if (name && strstr(name, "cgroup") && ntypes < MOST_TYPES)
			types[ntypes++] = t;
}

const uint32_t *cgroup_types(size_t *n)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, collect_types);
	*n = ntypes;
	return types;
}

bool cgroup_type_by_name(const char *name, uint32_t *type)
{
	size_t n;
	const uint32_t *all = cgroup_types(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(attach_type_name(all[i]), name)) {
			*type = all[i];
			return true;
		}
	return false;
}

/* --- queries --- */

/* With room for so many programs: -ENOSPC if there are more. */
static int query(int fd, uint32_t type, bool effective, uint32_t room, struct cgroup_prog **out,
		 size_t *n)
{
	uint32_t *ids = calloc(room, 2 * sizeof(*ids));
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids, .prog_cnt = room,
		    .query_flags = effective ? BPF_F_QUERY_EFFECTIVE : 0);
	int err;

	if (!ids)
		return -ENOMEM;
	/* each hook of LSM has flags of its own; kernels that lack it cannot say each program's */
	if (type == BPF_LSM_CGROUP && !effective)
		opts.prog_attach_flags = ids + room;
	err = bpf_prog_query_opts(fd, type, &opts);
	*n = err ? 0 : opts.prog_cnt;
	*out = *n ? calloc(*n, sizeof(**out)) : NULL;
	if (*n && !*out)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < *n; i++) {
		uint32_t own = opts.prog_attach_flags ? ids[room + i] : opts.attach_flags;

		(*out)[i] = (struct cgroup_prog){ids[i], effective ? 0 : own};
	}
	free(ids);
	return err;
}

int cgroup_query(int fd, uint32_t type, bool effective, struct cgroup_prog **out, size_t *n)
{
	/* no type has more in one cgroup, but what is in effect deep in the tree may be more */
	uint32_t room = 64;
	int err;

	while ((err = query(fd, type, effective, room, out, n)) == -ENOSPC)
		room *= 2;
	return err;
}
