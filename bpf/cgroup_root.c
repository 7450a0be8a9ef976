// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include "shared.h"

#include <errno.h>
#include <linux/magic.h>
#include <mntent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

struct root {
	FILE *mounts; /* /proc/self/mounts: poll(2) tells when it has changed */
	char *path;   /* NULL: there is no cgroup2 */
};

static char *chosen; /* by cgroup_set_root() */

/* Another mount may cover it. */
static bool is_cgroup2(const char *path)
{
	struct statfs fs;
	struct stat st;

	return !statfs(path, &fs) && (uint32_t)fs.f_type == CGROUP2_SUPER_MAGIC &&
	       !stat(path, &st) && S_ISDIR(st.st_mode);
}

static void unload(void *value)
{
	struct root *root = value;

	if (root->mounts)
		fclose(root->mounts);
	free(root->path);
	free(root);
}

static int find(struct root *root)
{
	struct mntent mount;
	char text[8192];

	root->mounts = fopen("/proc/self/mounts", "re");
	if (!root->mounts)
		return -errno;
	while (!root->path && getmntent_r(root->mounts, &mount, text, sizeof(text))) {
		if (strcmp(mount.mnt_type, "cgroup2") != 0 || !is_cgroup2(mount.mnt_dir))
			continue;
		root->path = strdup(mount.mnt_dir);
		if (!root->path)
			return -ENOMEM;
	}
	return 0;
}

static int load(void **out)
{
	struct root *root = calloc(1, sizeof(*root));
	int err = root ? find(root) : -ENOMEM;

	if (!err)
		*out = root;
	else if (root)
		unload(root);
	return err;
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	struct pollfd mounts = {.fd = fileno(((const struct root *)value)->mounts),
				.events = POLLPRI};

	(void)age_ns;
	(void)cost_ns;
	return !poll(&mounts, 1, 0);
}

static struct shared shared = {
    .load = load,
    .unload = unload,
    .fresh = fresh,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

int cgroup_set_root(const char *folder)
{
	char *path = realpath(folder, NULL);

	if (!path)
		return -errno;
	if (!is_cgroup2(path)) {
		free(path);
		return -EINVAL;
	}
	free(chosen);
	chosen = path;
	return 0;
}

int cgroup_root(struct buf *out)
{
	const struct root *root;
	void *value;
	int err;

	if (chosen) {
		buf_str(out, chosen);
		return 0;
	}
	err = shared_get(&shared, &value);
	if (err)
		return err;
	root = value;
	if (root->path)
		buf_str(out, root->path);
	else
		err = -ENODEV;
	shared_put(&shared, value);
	return err;
}
