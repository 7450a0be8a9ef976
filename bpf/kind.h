/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_KIND_H
#define BPFVIEW_KIND_H

#include "kind_enum.h"

#include <stdbool.h>
#include <stdint.h>

/* One number for an object, ascending by kind, then id. */
static inline uint64_t kind_key(enum kind kind, uint32_t id)
{
	return (uint64_t)kind << 32 | id;
}

/* "prog", "map", "link", "btf". */
const char *kind_name(enum kind kind);

/* The first id above `after`; 0 and *next, -ENOENT when there is none, other -errno. */
int kind_next_id(enum kind kind, uint32_t after, uint32_t *next);

/* The greatest id of that kind at the moment, or `known` when there is none above it (or the kernel
 * will not say); that takes one call if there is none, some 50 at most.  Ids are handed out in
 * ascending order (until they wrap after 2^31), so an object above it is younger. */
uint32_t kind_greatest_id(enum kind kind, uint32_t known);

/* Whether an object with that id exists, found out without opening it. */
bool kind_has_id(enum kind kind, uint32_t id);

/* A descriptor of an object (read-only for maps, where the kernel allows it), or -errno. */
int kind_open(enum kind kind, uint32_t id);

/* What /proc/PID/fd/N links to says the kind ("anon_inode:bpf-map"); KIND_COUNT when it is none. */
enum kind kind_of_file(const char *target);

/* Kind and id of the object behind a descriptor.  0, -EINVAL when it is no object with an id, or
 * another -errno. */
int kind_of_fd(int fd, enum kind *kind, uint32_t *id);

#endif
