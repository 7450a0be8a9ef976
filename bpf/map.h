/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAP_H
#define BPFVIEW_MAP_H

#include "buf.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

/* A map: a descriptor and what the kernel tells of it. */
struct map {
	int fd;
	struct bpf_map_info info;
};

/* Opens a map for reading (or for reading and writing).  0, or -errno with *out empty (-ENOENT: no
 * such map). */
int map_open(uint32_t id, bool write, struct map *out);
void map_close(struct map *m);

/* Whether the values of that type are one per CPU, each rounded up to 8 bytes. */
bool map_type_is_per_cpu(uint32_t type);
/* Whether its values are other maps (array_of_maps, hash_of_maps). */
bool map_type_is_map_of_maps(uint32_t type);
/* Whether its keys are the numbers 0 to max_entries - 1, as uint32_t. */
bool map_type_is_indexed(uint32_t type);

/* How many values a per-CPU map has for a key: the number of possible CPUs. */
unsigned int map_cpus(void);
/* From one CPU's value to the next. */
size_t map_value_stride(const struct bpf_map_info *info);
/* Size of the buffer that one look-up fills: the value size, or that of every possible CPU's. */
size_t map_value_bytes(const struct bpf_map_info *info);

/* Whether it has been frozen: 0, 1 or -errno. */
int map_is_frozen(const struct map *m);

#endif
