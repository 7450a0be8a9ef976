// SPDX-License-Identifier: GPL-2.0-or-later
#include "kind.h"

#include "said.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_map(uint32_t id)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, opts, .open_flags = BPF_F_RDONLY);
	int fd = bpf_map_get_fd_by_id_opts(id, &opts);

	/* Kernels before 4.15 have no flags here. */
	return fd == -EINVAL ? bpf_map_get_fd_by_id(id) : fd;
}

static const struct {
	const char *name;
	const char *file; /* the name of its anonymous inode */
	int (*next_id)(uint32_t after, uint32_t *next);
	int (*open)(uint32_t id);
	size_t id_at; /* offset of the id in its info */
} kinds[KIND_COUNT] = {
    [KIND_PROG] = {"prog", "bpf-prog", bpf_prog_get_next_id, bpf_prog_get_fd_by_id,
		   offsetof(struct bpf_prog_info, id)},
    [KIND_MAP] = {"map", "bpf-map", bpf_map_get_next_id, open_map,
		  offsetof(struct bpf_map_info, id)},
    [KIND_LINK] = {"link", "bpf-link", bpf_link_get_next_id, bpf_link_get_fd_by_id,
		   offsetof(struct bpf_link_info, id)},
    [KIND_BTF] = {"btf", "btf", bpf_btf_get_next_id, bpf_btf_get_fd_by_id,
		  offsetof(struct bpf_btf_info, id)},
};

/* libbpf says everything on stderr unless told otherwise. */
static void __attribute__((constructor)) silence_libbpf(void)
{
	said_route();
}

const char *kind_name(enum kind kind)
{
	return kinds[kind].name;
}

int kind_next_id(enum kind kind, uint32_t after, uint32_t *next)
{
	/* The greatest number there can be; the kernel calls asking beyond it wrong. */
	if (after >= INT32_MAX)
		return -ENOENT;
	return kinds[kind].next_id(after, next);
}

uint32_t kind_greatest_id(enum kind kind, uint32_t known)
{
	uint32_t low = known, high = INT32_MAX, step = 0, next;

	/* What is sought lies in [low, high]: up in doubling steps, then by halves. */
	while (low < high) {
		uint32_t half = (high - low) / 2, at = low + (step < half ? step : half);

		if (kind_next_id(kind, at, &next)) {
			high = at;
		} else {
			low = next;
			step = step * 2 + 1;
		}
	}
	return low;
}

bool kind_has_id(enum kind kind, uint32_t id)
{
	uint32_t next;

	return id && !kind_next_id(kind, id - 1, &next) && next == id;
}

int kind_open(enum kind kind, uint32_t id)
{
	return kinds[kind].open(id);
}

enum kind kind_of_file(const char *target)
{
	static const char anon[] = "anon_inode:";
	enum kind kind;

	if (strncmp(target, anon, sizeof(anon) - 1))
		return KIND_COUNT;
	target += sizeof(anon) - 1;
	/* The descriptor that made the link is named so, those opened later are as in the table. */
	if (!strcmp(target, "bpf_link"))
		return KIND_LINK;
	for (kind = 0; kind < KIND_COUNT && strcmp(target, kinds[kind].file); kind++)
		;
	return kind;
}

int kind_of_fd(int fd, enum kind *kind, uint32_t *id)
{
	char path[48], target[64];
	union {
		struct bpf_prog_info prog;
		struct bpf_map_info map;
		struct bpf_link_info link;
		struct bpf_btf_info btf;
		char bytes[1];
	} info = {};
	uint32_t len = sizeof(info);
	enum kind k;
	ssize_t n;
	int err;

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	k = kind_of_file(target);
	if (k == KIND_COUNT)
		return -EINVAL;
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (err)
		return err;
	memcpy(id, info.bytes + kinds[k].id_at, sizeof(*id));
	*kind = k;
	return 0;
}
