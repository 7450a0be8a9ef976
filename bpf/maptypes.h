/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPTYPES_H
#define BPFVIEW_MAPTYPES_H

#include "typed.h"

#include <linux/bpf.h>
#include <stdbool.h>

/* Plans of a map's keys and values; NULL where they are just bytes.  For a per-CPU map `value` is
 * that of one CPU. */
struct maptypes {
	struct plan *key, *value;
};

/*
 * What the map's BTF says of keys and values, or for struct_ops the kernel's.  Without BTF are
 * known:
 *
 *   the index of a map whose values have a type
 *   the owner of task storage (thread id, int32_t) and of cgroup storage (cgroup id, uint64_t)
 *   stack traces: ids, and arrays of addresses or of build id entries
 *
 * and, unless `like_bpftool` asks for what bpftool leaves bytes:
 *
 *   every index; ids of programs and of maps; what devmap, cpumap and maps of sockets have for
 * values (struct bpf_devmap_val, struct bpf_cpumap_val, socket cookies)
 *
 * 0, also where types cannot be had; -ENOMEM.
 */
int maptypes_compile(const struct bpf_map_info *info, bool like_bpftool, struct maptypes *out);
void maptypes_free(struct maptypes *t);

#endif
