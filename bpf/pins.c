// SPDX-License-Identifier: GPL-2.0-or-later
#include "pins.h"

#include "shared.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

struct pin {
	uint64_t key; /* kind and id */
	char *path;
};

/* What is remembered of a folder to see that it is still as it was. */
struct folder {
	char *path;
	dev_t dev;
	ino_t ino;
	int64_t mtime_ns;
};

struct pins {
	FILE *mounts; /* /proc/self/mountinfo: poll(2) tells when it has changed */
	struct pin *pins;
	const char **paths; /* pins[].path */
	size_t n_pins;
	struct folder *folders;
	size_t n_folders;
	bool racy; /* a folder may change without its mtime telling */
};

static int64_t to_ns(struct timespec t)
{
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Room for one more in an array of *n; its capacity is the power of two at or above n.  NULL when
 * out of memory. */
static void *grow(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : reallocarray(array, n ? n * 2 : 1, size);
}

/* Takes over `path`. */
static int add_pin(struct pins *p, uint64_t key, char *path)
{
	struct pin *pins = path ? grow(p->pins, p->n_pins, sizeof(*pins)) : NULL;

	if (!pins) {
		free(path);
		return -ENOMEM;
	}
	p->pins = pins;
	pins[p->n_pins++] = (struct pin){key, path};
	return 0;
}

/* Notes a folder, to be read later, that lies in the file system `dev`. */
static int add_folder(struct pins *p, const char *path, dev_t dev)
{
	struct folder *folders;
	struct timespec now;
	struct stat st;
	char *copy;

	/*
	 * File times are those of the last clock tick, which this clock tells.  Read before the
	 * mtime, it shows whether a later change is sure to get another mtime.
	 */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	/* Another mount covers it, and has a line of its own. */
	if (lstat(path, &st) || st.st_dev != dev)
		return 0;
	folders = grow(p->folders, p->n_folders, sizeof(*folders));
	if (!folders)
		return -ENOMEM;
	p->folders = folders;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	folders[p->n_folders++] = (struct folder){copy, st.st_dev, st.st_ino, to_ns(st.st_mtim)};
	if (to_ns(st.st_mtim) >= to_ns(now))
		p->racy = true;
	return 0;
}

/* Opens a pinned object, without the right to write where that can be had (links know no modes). */
static int open_pin(const char *path)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	int fd = bpf_obj_get_opts(path, &opts);

	return fd == -EINVAL ? bpf_obj_get(path) : fd;
}

static int visit_pin(struct pins *p, const char *path)
{
	enum kind kind;
	uint32_t id;
	int err, fd = open_pin(path);

	/* Gone, not ours to read, or no object with an id: the others still count. */
	if (fd < 0)
		return 0;
	err = kind_of_fd(fd, &kind, &id);
	close(fd);
	return err ? 0 : add_pin(p, kind_key(kind, id), strdup(path));
}

static int visit_entry(struct pins *p, const struct folder *in, const struct dirent *entry)
{
	char path[PATH_MAX];

	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return 0;
	/* The kernel takes no longer paths. */
	if (snprintf(path, sizeof(path), "%s/%s", strcmp(in->path, "/") ? in->path : "",
		     entry->d_name) >= (int)sizeof(path))
		return 0;
	if (entry->d_type == DT_DIR)
		return add_folder(p, path, in->dev);
	return entry->d_type == DT_REG ? visit_pin(p, path) : 0;
}

static int visit_folder(struct pins *p, struct folder in)
{
	int err = 0, fd = open(in.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	if (!fstat(fd, &st) && st.st_dev == in.dev && st.st_ino == in.ino)
		while (!err && (entry = readdir(dir)))
			err = visit_entry(p, &in, entry);
	closedir(dir);
	return err;
}

/* A mount point is a folder or, bind-mounted, a single pin; what is mounted over it hides it. */
static int visit_mount(struct pins *p, const char *path)
{
	size_t i = p->n_folders;
	struct statfs fs;
	struct stat st;
	int err;

	if (statfs(path, &fs) || (uint32_t)fs.f_type != BPF_FS_MAGIC || lstat(path, &st))
		return 0;
	if (!S_ISDIR(st.st_mode))
		return visit_pin(p, path);
	err = add_folder(p, path, st.st_dev);
	/* Folders found on the way queue up behind. */
	for (; !err && i < p->n_folders; i++)
		err = visit_folder(p, p->folders[i]);
	return err;
}

/* Undoes \040 and the like, in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* The mount point in a line of mountinfo (proc_pid_mountinfo(5)) if it is a bpffs, else NULL. */
static char *bpffs_of_line(char *line)
{
	char *type = strstr(line, " - "), *path = line;

	if (!type || strncmp(type, " - bpf ", 7))
		return NULL;
	for (int i = 0; i < 4 && path; i++) {
		path = strchr(path, ' ');
		path += path != NULL;
	}
	if (!path || path > type)
		return NULL;
	path[strcspn(path, " ")] = '\0';
	unescape(path);
	return path;
}

static int visit_mounts(struct pins *p)
{
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	while (!err && getline(&line, &size, p->mounts) >= 0) {
		const char *path = bpffs_of_line(line);

		if (path)
			err = visit_mount(p, path);
	}
	free(line);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct pin *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Mounts on top of each other bring the same pins twice. */
static int sort_pins(struct pins *p)
{
	size_t kept = 0;

	if (p->n_pins)
		qsort(p->pins, p->n_pins, sizeof(*p->pins), compare);
	for (size_t i = 0; i < p->n_pins; i++) {
		if (kept && !compare(&p->pins[kept - 1], &p->pins[i]))
			free(p->pins[i].path);
		else
			p->pins[kept++] = p->pins[i];
	}
	p->n_pins = kept;
	p->paths = calloc(kept + 1, sizeof(*p->paths));
	if (!p->paths)
		return -ENOMEM;
	for (size_t i = 0; i < kept; i++)
		p->paths[i] = p->pins[i].path;
	return 0;
}

static void unload(void *value)
{
	struct pins *p = value;

	for (size_t i = 0; i < p->n_pins; i++)
		free(p->pins[i].path);
	for (size_t i = 0; i < p->n_folders; i++)
		free(p->folders[i].path);
	if (p->mounts)
		fclose(p->mounts);
	free(p->pins);
	free(p->paths);
	free(p->folders);
	free(p);
}

static int load(void **out)
{
	struct pins *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->mounts = fopen("/proc/self/mountinfo", "re");
	err = p->mounts ? visit_mounts(p) : -errno;
	if (!err)
		err = sort_pins(p);
	if (err) {
		unload(p);
		return err;
	}
	*out = p;
	return 0;
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	const struct pins *p = value;
	struct pollfd mounts = {.fd = fileno(p->mounts), .events = POLLPRI};

	(void)age_ns;
	(void)cost_ns;
	if (p->racy || poll(&mounts, 1, 0))
		return false;
	for (size_t i = 0; i < p->n_folders; i++) {
		const struct folder *f = &p->folders[i];
		struct stat st;

		if (lstat(f->path, &st) || st.st_dev != f->dev || st.st_ino != f->ino ||
		    to_ns(st.st_mtim) != f->mtime_ns)
			return false;
	}
	return true;
}

static struct shared shared = {
    .load = load,
    .unload = unload,
    .fresh = fresh,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

int pins_get(struct pins **out)
{
	void *value;
	int err = shared_get(&shared, &value);

	if (!err)
		*out = value;
	return err;
}

void pins_put(struct pins *p)
{
	shared_put(&shared, p);
}

const char *const *pins_of(const struct pins *p, enum kind kind, uint32_t id, size_t *n)
{
	uint64_t key = kind_key(kind, id);
	size_t low = 0, high = p->n_pins, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->pins[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < p->n_pins && p->pins[end].key == key; end++)
		;
	*n = end - low;
	return p->paths + low;
}
