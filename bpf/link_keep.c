// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_keep.h"

#include "kind.h"
#include "tracefs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <unistd.h>

int link_prepare_thread(struct problem *why)
{
	if (unshare(CLONE_FILES))
		return problem_errno(why, -errno, "a table of descriptors");
	tracefs_for_thread(); /* if that fails libbpf says what it misses */
	return 0;
}

static int pin_number(int fd, unsigned int number, const char *path)
{
	struct buf numbered __buf_free = {};

	buf_str(&numbered, path);
	if (number > 1)
		buf_printf(&numbered, "-%u", number);
	return bpf_obj_pin(fd, buf_cstr(&numbered));
}

/* libbpf hides the descriptors of links that consist of several: they are the program's new ones.
 */
static int pin_new_links(uint32_t prog_id, uint32_t newest, const char *path)
{
	unsigned int number = 0;
	uint32_t id = newest;
	int err = 0;

	while (!err && !kind_next_id(KIND_LINK, id, &id)) {
		struct bpf_link_info info = {};
		uint32_t len = sizeof(info);
		int fd = kind_open(KIND_LINK, id);

		if (fd < 0)
			continue;
		if (!bpf_link_get_info_by_fd(fd, &info, &len) && info.prog_id == prog_id)
			err = pin_number(fd, ++number, path);
		close(fd);
	}
	return !err && !number ? -EOPNOTSUPP : err;
}

int link_keep(struct bpf_link *link, int prog_fd, uint32_t newest, const char *path)
{
	int err, fd = bpf_link__fd(link);
	enum kind kind;
	uint32_t id;

	if (fd > 0 && !kind_of_fd(fd, &kind, &id) && kind == KIND_LINK) {
		err = pin_number(fd, 1, path);
	} else if (prog_fd < 0) {
		err = 0; /* registered for as long as the map has its element */
	} else {
		err = kind_of_fd(prog_fd, &kind, &id);
		if (!err)
			err = pin_new_links(id, newest, path);
	}
	bpf_link__disconnect(link);
	bpf_link__destroy(link);
	return err;
}
