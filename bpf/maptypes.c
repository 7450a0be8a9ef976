// SPDX-License-Identifier: GPL-2.0-or-later
#include "maptypes.h"

#include "kbtf.h"
#include "map.h"
#include "owner.h"

#include <errno.h>

/* Types that are known without the map's BTF, put into a BTF object of our own. */

static int add_number(struct btf *btf, uint32_t size)
{
	return btf__add_int(btf, "number", size, 0);
}

static int add_key(struct btf *btf, const struct bpf_map_info *info)
{
	if (info->type == BPF_MAP_TYPE_TASK_STORAGE)
		return btf__add_int(btf, "tid", 4, BTF_INT_SIGNED);
	return add_number(btf, info->type == BPF_MAP_TYPE_CGRP_STORAGE ? 8 : 4);
}

/* struct bpf_stack_build_id of linux/bpf.h. */
static int add_build_id(struct btf *btf)
{
	int status = btf__add_int(btf, "status", 4, BTF_INT_SIGNED);
	int id = btf__add_array(btf, status, add_number(btf, 1), BPF_BUILD_ID_SIZE);
	int number = add_number(btf, 8);
	int entry = btf__add_struct(btf, "entry", sizeof(struct bpf_stack_build_id));

	btf__add_field(btf, "status", status, 0, 0);
	btf__add_field(btf, "build_id", id, 32, 0);
	btf__add_field(btf, "offset", number, 192, 0); /* or the address, by status */
	return entry;
}

static int add_stack(struct btf *btf, const struct bpf_map_info *info)
{
	bool build_ids = info->map_flags & BPF_F_STACK_BUILD_ID;
	uint32_t size = build_ids ? sizeof(struct bpf_stack_build_id) : sizeof(uint64_t);
	int frame = build_ids ? add_build_id(btf) : add_number(btf, size);

	return btf__add_array(btf, add_number(btf, 4), frame, info->value_size / size);
}

/* struct bpf_devmap_val or struct bpf_cpumap_val, which may be cut off behind the first number. */
static int add_target(struct btf *btf, const struct bpf_map_info *info)
{
	int number = add_number(btf, 4), target;

	if (info->value_size < 8)
		return number;
	target = btf__add_struct(btf, "target", 8);
	btf__add_field(btf, info->type == BPF_MAP_TYPE_CPUMAP ? "qsize" : "ifindex", number, 0, 0);
	btf__add_field(btf, "prog_id", number, 32, 0);
	return target;
}

/* 0 when the values are anything. */
static int add_value(struct btf *btf, const struct bpf_map_info *info, bool like_bpftool)
{
	if (info->type == BPF_MAP_TYPE_STACK_TRACE)
		return add_stack(btf, info);
	if (like_bpftool)
		return 0;
	switch (info->type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS: return add_number(btf, 4);
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
	case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
		return info->value_size == 8 ? add_number(btf, 8) : 0;
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP: return add_target(btf, info);
	default: return 0;
	}
}

static int compile_known(const struct bpf_map_info *info, bool like_bpftool, struct maptypes *t)
{
	bool indexed = map_type_is_indexed(info->type) && info->key_size == 4;
	struct btf *btf = btf__new_empty();
	int id, err = 0;

	if (!btf)
		return -ENOMEM;
	id = t->value ? 0 : add_value(btf, info, like_bpftool);
	if (id > 0)
		err = plan_compile(btf, (uint32_t)id, &t->value);
	if (!err && !t->key &&
	    (owner_key_size(info->type) || info->type == BPF_MAP_TYPE_STACK_TRACE ||
	     (indexed && (t->value || !like_bpftool)))) {
		id = add_key(btf, info);
		err = id > 0 ? plan_compile(btf, (uint32_t)id, &t->key) : id;
	}
	btf__free(btf);
	return err;
}

/* A type that does not fit what the kernel gives is not used. */
static int compile(const struct btf *btf, uint32_t type_id, size_t size, struct plan **out)
{
	struct plan *p;
	int err;

	if (!type_id)
		return 0;
	err = plan_compile(btf, type_id, &p);
	if (err)
		return err == -ENOMEM ? err : 0;
	if (plan_size(p) > size)
		plan_free(p);
	else
		*out = p;
	return 0;
}

/* Struct_ops maps have a type of the kernel's, or of a module's. */
static int compile_struct_ops(const struct bpf_map_info *info, struct maptypes *t)
{
	struct btf_ref ref;
	int err = btf_open_kernels(info->btf_vmlinux_id, &ref);

	if (err)
		return 0;
	err = compile(ref.btf, info->btf_vmlinux_value_type_id, info->value_size, &t->value);
	btf_close(&ref);
	return err;
}

static int compile_btf(const struct bpf_map_info *info, struct maptypes *t)
{
	struct btf_ref ref;
	int err = 0;

	if (info->btf_vmlinux_value_type_id)
		return compile_struct_ops(info, t);
	if (!info->btf_id || btf_open(info->btf_id, &ref))
		return 0;
	if (!owner_key_size(info->type))
		err = compile(ref.btf, info->btf_key_type_id, info->key_size, &t->key);
	if (!err)
		err = compile(ref.btf, info->btf_value_type_id, info->value_size, &t->value);
	btf_close(&ref);
	return err;
}

int maptypes_compile(const struct bpf_map_info *info, bool like_bpftool, struct maptypes *out)
{
	struct maptypes t = {};
	int err = compile_btf(info, &t);

	if (!err)
		err = compile_known(info, like_bpftool, &t);
	if (err)
		maptypes_free(&t);
	*out = t;
	return err;
}

void maptypes_free(struct maptypes *t)
{
	plan_free(t->key);
	plan_free(t->value);
	*t = (struct maptypes){};
}
