// SPDX-License-Identifier: GPL-2.0-or-later
#include "map.h"

#include "fdinfo.h"
#include "kind.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

int map_open(uint32_t id, bool write, struct map *out)
{
	uint32_t len = sizeof(out->info);
	int fd = write ? bpf_map_get_fd_by_id(id) : kind_open(KIND_MAP, id);
	int err;

	*out = (struct map){.fd = -1};
	if (fd < 0)
		return fd;
	err = bpf_map_get_info_by_fd(fd, &out->info, &len);
	if (err) {
		close(fd);
		out->info = (struct bpf_map_info){};
		return err;
	}
	out->fd = fd;
	return 0;
}

void map_close(struct map *m)
{
	if (m->fd >= 0)
		close(m->fd);
	*m = (struct map){.fd = -1};
}

bool map_type_is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

bool map_type_is_map_of_maps(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

bool map_type_is_indexed(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
	case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
	case BPF_MAP_TYPE_STRUCT_OPS: return true;
	default: return false;
	}
}

unsigned int map_cpus(void)
{
	int n = libbpf_num_possible_cpus();

	return n > 0 ? (unsigned int)n : 1;
}

size_t map_value_stride(const struct bpf_map_info *info)
{
	return ((size_t)info->value_size + 7) & ~(size_t)7;
}

size_t map_value_bytes(const struct bpf_map_info *info)
{
	if (!map_type_is_per_cpu(info->type))
		return info->value_size;
	return map_value_stride(info) * map_cpus();
}

int map_is_frozen(const struct map *m)
{
	struct buf text __buf_free = {};
	uint64_t frozen = 0;
	int err = fdinfo_read(m->fd, &text);

	if (err)
		return err;
	fdinfo_u64(&text, "frozen", &frozen);
	return frozen != 0;
}
