// SPDX-License-Identifier: GPL-2.0-or-later
#include "btf_info.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

int btf_info_read(uint32_t id, struct bpf_btf_info *info, struct buf *name)
{
	char text[256] = "";
	uint32_t len = sizeof(*info);
	int fd = bpf_btf_get_fd_by_id(id);
	int err = 0;

	if (fd < 0)
		return fd;
	*info = (struct bpf_btf_info){.name = (uintptr_t)text, .name_len = sizeof(text)};
	if (bpf_btf_get_info_by_fd(fd, info, &len))
		err = -errno;
	close(fd);
	if (err)
		return err;
	buf_reset(name);
	buf_add(name, text, strnlen(text, sizeof(text)));
	return name->err;
}

int btf_info_blob(uint32_t id, struct buf *out)
{
	struct bpf_btf_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_btf_get_fd_by_id(id);
	int err = 0;

	if (fd < 0)
		return fd;
	/* the first call says how large it is */
	if (bpf_btf_get_info_by_fd(fd, &info, &len))
		err = -errno;
	info = (struct bpf_btf_info){.btf_size = info.btf_size};
	info.btf = (uintptr_t)buf_room(out, info.btf_size);
	if (!err && !out->err && bpf_btf_get_info_by_fd(fd, &info, &len))
		err = -errno;
	close(fd);
	if (err || out->err)
		return err ? err : out->err;
	out->len += info.btf_size;
	return 0;
}
