// SPDX-License-Identifier: GPL-2.0-or-later
#include "given.h"

#include "../bpf/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A descriptor for paths only, of what `path` means where `root` is the root. */
static int find(int root, const char *path)
{
	struct open_how how = {
	    .flags = O_PATH | O_CLOEXEC,
	    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static bool is_same(int fd, const char *path)
{
	struct stat one, other;

	return !fstat(fd, &one) && !stat(path, &other) && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

/* What /proc/PID/NAME leads to, in the words of our own mount namespace or of the process's. */
static int read_link(pid_t pid, const char *name, char path[PATH_MAX])
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/%s", pid, name);
	n = readlink(link, path, PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
	return n < 0 ? -errno : 0;
}

/* Appends the working folder's path below the root, with a slash in the end.  What is not really
 * there (a folder outside of the root, removed, or mounted over) is -ENOENT. */
static int add_cwd(const struct writer *who, int root, struct buf *out)
{
	char top[PATH_MAX], cwd[PATH_MAX], link[40];
	int fd, err = read_link(who->pid, "root", top);
	size_t n = strcmp(top, "/") != 0 ? strlen(top) : 0;

	if (!err)
		err = read_link(who->pid, "cwd", cwd);
	if (!err && (strncmp(cwd, top, n) != 0 || (cwd[n] && cwd[n] != '/')))
		err = -ENOENT;
	if (err)
		return err;
	buf_printf(out, "%s/", cwd + n);
	fd = find(root, buf_cstr(out));
	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/%d/cwd", who->pid);
	err = is_same(fd, link) ? 0 : -ENOENT;
	close(fd);
	return err;
}

static int take_path(struct span path, struct buf *out, struct problem *why)
{
	int err = 0;

	if (span_len(path) >= 2 && *path.at == '"' && path.end[-1] == '"')
		err = span_unquote(path, out, why);
	else
		buf_add(out, path.at, span_len(path));
	if (!err)
		err = out->err;
	if (!err && (!out->len || memchr(out->data, '\0', out->len)))
		err = problem(why, -EINVAL, path.at, "the path of a file is expected");
	return err;
}

/* By a descriptor for paths, so that nothing but a regular file is ever opened: opening a device
 * may do something. */
static int open_regular(int found, const char *at, struct problem *why)
{
	char self[40];
	struct stat st;
	int fd;

	if (fstat(found, &st))
		return problem(why, -errno, at, "%s", strerrordesc_np(errno));
	if (!S_ISREG(st.st_mode))
		return problem(why, -EINVAL, at, "this is no regular file");
	if (st.st_size > GIVEN_MOST)
		return problem(why, -EFBIG, at, "a file of more than %d MiB", GIVEN_MOST >> 20);
	snprintf(self, sizeof(self), "/proc/thread-self/fd/%d", found);
	fd = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return problem(why, -errno, at, "%s", strerrordesc_np(errno));
	return fd;
}

static int open_below(const struct writer *who, int root, struct span path, struct problem *why)
{
	struct buf wanted __buf_free = {}, full __buf_free = {};
	int fd, found, err = take_path(path, &wanted, why);

	if (err)
		return err;
	if (*wanted.data != '/') {
		err = add_cwd(who, root, &full);
		if (err)
			return problem(why, err, path.at,
				       "your working folder cannot be reached: give an absolute "
				       "path");
	}
	buf_add(&full, wanted.data, wanted.len);
	found = find(root, buf_cstr(&full));
	if (full.err)
		found = full.err;
	if (found < 0)
		return problem(why, found, path.at, "%s: %s", full.data, strerrordesc_np(-found));
	fd = open_regular(found, path.at, why);
	close(found);
	return fd;
}

int given_open(const struct writer *who, struct span path, struct problem *why)
{
	char link[40];
	int root, fd;

	path = span_trim(path);
	if (who->uid)
		return problem(why, -EPERM, path.at, "only root may name files to be opened");
	if (!who->pid)
		return problem(why, -EPERM, path.at,
			       "you are in a PID namespace that bpfview cannot look into: it does "
			       "not know your files");
	snprintf(link, sizeof(link), "/proc/%d/root", who->pid);
	root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return problem_errno(why, -errno, link);
	fd = open_below(who, root, path, why);
	close(root);
	return fd;
}

static int open_file(const struct opener *files, struct span path, struct problem *why)
{
	return given_open(((const struct given_files *)files)->who, path, why);
}

struct given_files given_files(const struct writer *who)
{
	return (struct given_files){{open_file}, who};
}

static void add_name(struct span path, struct buf *out)
{
	const char *slash = memrchr(path.at, '/', span_len(path)), *dot;

	if (slash)
		path.at = slash + 1;
	dot = memchr(path.at, '.', span_len(path));
	buf_add(out, path.at, (size_t)((dot && dot > path.at ? dot : path.end) - path.at));
}

int given_take(const struct writer *who, struct span *words, struct buf *content, struct buf *name,
	       struct problem *why)
{
	struct buf path __buf_free = {};
	struct span word;
	int fd, err = take_word(words, "the path of an object file", &word, why);

	if (!err)
		err = take_path(word, &path, why);
	if (err)
		return err;
	fd = given_open(who, word, why);
	if (fd < 0)
		return fd;
	err = given_read(fd, content, why);
	close(fd);
	add_name(span_of(path.data, path.len), name);
	return err ? err : name->err;
}

int given_netns(const struct writer *who, int *ns, struct problem *why)
{
	char link[40];

	*ns = -1;
	if (!who->pid)
		return 0;
	snprintf(link, sizeof(link), "/proc/%d/ns/net", who->pid);
	*ns = open(link, O_RDONLY | O_CLOEXEC);
	return *ns < 0 ? problem_errno(why, -errno, link) : 0;
}

int given_read(int fd, struct buf *out, struct problem *why)
{
	enum { STEP = 1 << 20 };
	size_t begin = out->len;

	for (;;) {
		char *to = buf_room(out, STEP);
		ssize_t n = to ? pread(fd, to, STEP, (off_t)(out->len - begin)) : 0;

		if (n < 0)
			return problem_errno(why, -errno, "reading the file");
		if (!n)
			return out->err;
		out->len += (size_t)n;
		if (out->len - begin > GIVEN_MOST)
			return problem(why, -EFBIG, NULL, "a file of more than %d MiB",
				       GIVEN_MOST >> 20);
	}
}
