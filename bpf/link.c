// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include "fdinfo.h"
#include "kind.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int link_open(uint32_t id, struct link *out)
{
	uint32_t len = sizeof(out->info);
	int err;

	*out = (struct link){.fd = kind_open(KIND_LINK, id)};
	/* EAGAIN: it has its id, but is not attached yet. */
	if (out->fd < 0)
		return out->fd == -EAGAIN ? -ENOENT : out->fd;
	err = bpf_obj_get_info_by_fd(out->fd, &out->info, &len);
	if (!err)
		return 0;
	out->info = (union link_info){.known.id = id};
	out->refusal = err;
	return 0;
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	*l = (struct link){.fd = -1};
}

uint64_t link_u64(const struct link *l, size_t offset)
{
	uint64_t v;

	memcpy(&v, l->info.bytes + offset, sizeof(v));
	return v;
}

static int ask(const struct link *l, union link_info *info)
{
	uint32_t len = sizeof(*info);

	return bpf_obj_get_info_by_fd(l->fd, info, &len);
}

void link_string(const struct link *l, size_t pointer, size_t length, struct buf *out)
{
	union link_info info = {};
	uint32_t size = PATH_MAX;
	char text[PATH_MAX] = "";
	uint64_t at = (uintptr_t)text;

	memcpy(info.bytes + pointer, &at, sizeof(at));
	memcpy(info.bytes + length, &size, sizeof(size));
	if (!ask(l, &info))
		buf_add(out, text, strnlen(text, sizeof(text)));
}

/* Whether it is an iterator over one of those: what its other details mean follows from that. */
static bool iterates(const struct link *l, const char *const *targets)
{
	struct buf name __buf_free = {};

	if (l->info.known.type != BPF_LINK_TYPE_ITER)
		return false;
	link_string(l, offsetof(struct bpf_link_info, iter.target_name),
		    offsetof(struct bpf_link_info, iter.target_name_len), &name);
	while (*targets && strcmp(buf_cstr(&name), *targets) != 0)
		targets++;
	return *targets;
}

uint32_t link_iter_map(const struct link *l)
{
	static const char *const of_maps[] = {"bpf_map_elem", "bpf_sk_storage_map", NULL};

	return iterates(l, of_maps) ? l->info.known.iter.map.map_id : 0;
}

uint64_t link_iter_cgroup(const struct link *l)
{
	static const char *const of_cgroups[] = {"cgroup", NULL};

	return iterates(l, of_cgroups) ? l->info.known.iter.cgroup.cgroup_id : 0;
}

uint64_t *link_arrays(const struct link *l, size_t count, const size_t *pointers, size_t n)
{
	union link_info info = {};
	uint64_t *arrays;
	uint32_t each;

	memcpy(&each, l->info.bytes + count, sizeof(each));
	arrays = each ? calloc(each, n * sizeof(*arrays)) : NULL;
	if (!arrays)
		return NULL;
	memcpy(info.bytes + count, &each, sizeof(each));
	for (size_t i = 0; i < n; i++) {
		uint64_t at = (uintptr_t)(arrays + i * each);

		memcpy(info.bytes + pointers[i], &at, sizeof(at));
	}
	if (!ask(l, &info))
		return arrays;
	free(arrays);
	return NULL;
}
