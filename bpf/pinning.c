// SPDX-License-Identifier: GPL-2.0-or-later
#include "pinning.h"

#include "bpffs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
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

static const char *words_of(int err)
{
	switch (err) {
	case -EEXIST: return "there is something at that path";
	case -ENOENT: return "there is no such folder";
	case -EPERM: return "that is in no bpffs, or not allowed";
	default: return strerrordesc_np(-err);
	}
}

int pin_fd(int fd, struct span path, struct problem *why)
{
	struct buf full __buf_free = {};
	int err;

	path = span_trim(path);
	if (!span_len(path))
		return problem(why, -EINVAL, path.at, "a path in a bpffs is expected");
	if (*path.at != '/') {
		bpffs_root(&full);
		buf_char(&full, '/');
	}
	buf_add(&full, path.at, span_len(path));
	if (climbs(buf_cstr(&full)))
		return problem(why, -EINVAL, path.at, "a path with .. in it leads elsewhere");
	if (full.err)
		return full.err;
	err = bpf_obj_pin(fd, full.data);
	return err ? problem(why, err, path.at, "%s: %s", full.data, words_of(err)) : 0;
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
