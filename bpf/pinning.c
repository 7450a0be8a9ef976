// SPDX-License-Identifier: GPL-2.0-or-later
#include "pinning.h"

#include "bpffs.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool climbs(const char *path)
{
	for (const char *part = path; part; part = strchr(part, '/')) {
		part += strspn(part, "/");
		if (!strncmp(part, "..", 2) && (!part[2] || part[2] == '/'))
			return true;
	}
	return false;
}

const char *pin_words(int err)
{
	switch (err) {
	case -EEXIST: return "there is something at that path";
	case -ENOENT: return "there is no such folder";
	case -EPERM: return "that is in no bpffs, or not allowed";
	default: return strerrordesc_np(-err);
	}
}

int pin_path(struct span path, struct buf *out, struct problem *why)
{
	path = span_trim(path);
	if (!span_len(path))
		return problem(why, -EINVAL, path.at, "a path in a bpffs is expected");
	if (*path.at != '/') {
		bpffs_root(out);
		buf_char(out, '/');
	}
	buf_add(out, path.at, span_len(path));
	if (climbs(buf_cstr(out)))
		return problem(why, -EINVAL, path.at, "a path with .. in it leads elsewhere");
	buf_cstr(out);
	return out->err;
}

int pin_fd(int fd, struct span path, struct problem *why)
{
	struct buf full __buf_free = {};
	int err = pin_path(path, &full, why);

	if (err)
		return err;
	err = bpf_obj_pin(fd, buf_cstr(&full));
	return err ? problem(why, err, span_trim(path).at, "%s: %s", full.data, pin_words(err)) : 0;
}

/* Of a folder that is not there yet, the one that it is to be in counts. */
static bool is_in_bpffs(const char *path)
{
	struct buf parent __buf_free = {};
	struct statfs fs;

	if (statfs(path, &fs)) {
		const char *slash = strrchr(path, '/');

		buf_add(&parent, path, (size_t)(slash - path));
		if (errno != ENOENT || statfs(parent.len ? buf_cstr(&parent) : "/", &fs))
			return false;
	}
	return (uint32_t)fs.f_type == BPF_FS_MAGIC;
}

int pin_make_folder(struct span path, struct buf *full, bool *made, struct problem *why)
{
	int err = pin_path(path, full, why);

	while (!err && full->len > 1 && full->data[full->len - 1] == '/')
		full->data[--full->len] = '\0';
	if (!err && !is_in_bpffs(full->data))
		err = problem(why, -EPERM, path.at, "%s: %s", full->data, pin_words(-EPERM));
	if (err)
		return err;
	*made = !mkdir(full->data, 0700);
	err = *made || errno == EEXIST ? 0 : -errno;
	return err ? problem(why, err, path.at, "%s: %s", full->data, pin_words(err)) : 0;
}

int pin_object(enum kind kind, uint32_t id, struct span path, struct problem *why)
{
	int fd = kind_open(kind, id), err;

	if (fd < 0)
		return problem_errno(why, fd, kind_name(kind));
	err = pin_fd(fd, path, why);
	close(fd);
	return err;
}

/* --- what nothing else would keep --- */

static const char KEPT[] = "bpfview";

void pin_kept_folder(struct buf *out)
{
	buf_str(out, KEPT);
}

int pin_make_kept_folder(struct problem *why)
{
	int err = bpffs_mkdir("", KEPT);

	return !err || err == -EEXIST
		   ? 0
		   : problem(why, err, NULL,
			     "%s: %s; to pin an object a bpffs is needed (mount -t bpf)", KEPT,
			     strerrordesc_np(-err));
}

void pin_safe_name(const char *name, struct buf *out)
{
	for (; *name; name++)
		buf_char(out, *name == '.' || *name == '/' ? '_' : *name);
}

static int keep(int fd, const char *name, unsigned int number, struct buf *pinned,
		struct problem *why)
{
	struct buf path __buf_free = {};
	int err = pin_make_kept_folder(why);

	if (err)
		return err;
	bpffs_root(&path);
	buf_printf(&path, "/%s/", KEPT);
	pin_safe_name(name, &path);
	if (number > 1)
		buf_printf(&path, "-%u", number);
	buf_cstr(&path);
	err = path.err ? path.err : pin_fd(fd, span_of(path.data, path.len), why);
	if (err && why)
		why->at = NULL; /* the path is not in what was written */
	if (!err)
		buf_add(pinned, path.data, path.len);
	return err;
}

int pin_keep_as(int fd, const char *name, struct buf *pinned, struct problem *why)
{
	return keep(fd, name, 1, pinned, why);
}

int pin_keep(int fd, const char *name, struct buf *pinned, struct problem *why)
{
	enum { MOST = 10000 };
	int err = -EEXIST;

	for (unsigned int n = 1; err == -EEXIST && n <= MOST; n++)
		err = keep(fd, name, n, pinned, why);
	return err;
}

/* Calls fn for each pin of an object, and whether it is one of those; stops when that fails. */
static int each_pin(enum kind kind, uint32_t id,
		    int (*fn)(const char *path, bool kept, void *arg, struct problem *why),
		    void *arg, struct problem *why)
{
	struct buf kept __buf_free = {};
	const char *const *paths;
	struct pins *pins;
	size_t n;
	int err = pins_get(&pins);

	if (err)
		return problem_errno(why, err, "pins");
	bpffs_root(&kept);
	buf_printf(&kept, "/%s/", KEPT);
	buf_cstr(&kept);
	err = kept.err;
	paths = pins_of(pins, kind, id, &n);
	for (size_t i = 0; !err && i < n; i++)
		err = fn(paths[i], !strncmp(paths[i], kept.data, kept.len), arg, why);
	pins_put(pins);
	return err;
}

static int drop(const char *path, bool kept, void *arg, struct problem *why)
{
	(void)arg;
	return kept && unlink(path) && errno != ENOENT ? problem_errno(why, -errno, path) : 0;
}

int pin_drop(enum kind kind, uint32_t id, struct problem *why)
{
	return each_pin(kind, id, drop, NULL, why);
}

/* --- who else pins it --- */

struct look {
	struct buf kept; /* struct stat of each */
	bool elsewhere;
};

static int add_kept(const char *path, bool kept, void *arg, struct problem *why)
{
	struct look *l = arg;
	struct stat st;

	(void)why;
	if (kept && !stat(path, &st))
		buf_add(&l->kept, &st, sizeof(st));
	return l->kept.err;
}

/* The same bpffs may be mounted in several places. */
static int find_others(const char *path, bool kept, void *arg, struct problem *why)
{
	struct look *l = arg;
	const struct stat *own = (const struct stat *)(const void *)l->kept.data;
	struct stat st;
	bool same = false;

	(void)why;
	if (kept || stat(path, &st))
		return 0;
	for (size_t i = 0; i < l->kept.len / sizeof(*own); i++)
		same |= own[i].st_dev == st.st_dev && own[i].st_ino == st.st_ino;
	l->elsewhere |= !same;
	return 0;
}

int pin_look(enum kind kind, uint32_t id, bool *kept, bool *elsewhere, struct problem *why)
{
	struct look l = {};
	int err = each_pin(kind, id, add_kept, &l, why);

	if (!err)
		err = each_pin(kind, id, find_others, &l, why);
	*kept = l.kept.len;
	*elsewhere = l.elsewhere;
	buf_free(&l.kept);
	return err;
}
