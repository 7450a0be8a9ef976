// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe.h"

#include "fdinfo.h"
#include "map.h"
#include "names.h"

#include <string.h>

/* What only fdinfo tells. */
static void describe_fdinfo(struct doc *d, const struct map *m)
{
	struct buf text __buf_free = {};
	uint64_t v;

	if (fdinfo_read(m->fd, &text))
		return;
	if (fdinfo_u64(&text, "memlock", &v))
		doc_u64(d, "bytes_memlock", v);
	if (m->info.type == BPF_MAP_TYPE_PROG_ARRAY) {
		if (fdinfo_u64(&text, "owner_prog_type", &v))
			doc_named(d, "owner_prog_type", v, prog_type_name((uint32_t)v));
		if (fdinfo_u64(&text, "owner_jited", &v))
			doc_bool(d, "owner_jited", v != 0);
	}
	if (fdinfo_u64(&text, "frozen", &v))
		doc_u64(d, "frozen", v);
}

static void describe_types(struct doc *d, const struct bpf_map_info *info)
{
	if (info->btf_id)
		doc_u64(d, "btf_id", info->btf_id);
	if (info->btf_key_type_id)
		doc_u64(d, "btf_key_type_id", info->btf_key_type_id);
	if (info->btf_value_type_id)
		doc_u64(d, "btf_value_type_id", info->btf_value_type_id);
	if (info->btf_vmlinux_id)
		doc_u64(d, "btf_vmlinux_id", info->btf_vmlinux_id);
	if (info->btf_vmlinux_value_type_id)
		doc_u64(d, "btf_vmlinux_value_type_id", info->btf_vmlinux_value_type_id);
}

int describe_map(struct doc *d, uint32_t id, const struct relations *r)
{
	struct map m;
	const struct bpf_map_info *info = &m.info;
	size_t name_len;
	int err = map_open(id, false, &m);

	if (err)
		return err;
	name_len = strnlen(info->name, sizeof(info->name));
	doc_object(d, NULL);
	doc_u64(d, "id", info->id);
	doc_named(d, "type", info->type, map_type_name(info->type));
	if (name_len)
		doc_strn(d, "name", info->name, name_len);
	doc_flags(d, "flags", "flag_names", info->map_flags, map_flag_words);
	describe_device(d, info->ifindex, info->netns_dev, info->netns_ino);
	doc_u64(d, "bytes_key", info->key_size);
	doc_u64(d, "bytes_value", info->value_size);
	doc_u64(d, "max_entries", info->max_entries);
	if (info->map_extra)
		doc_u64(d, "map_extra", info->map_extra);
	describe_fdinfo(d, &m);
	describe_types(d, info);
	describe_relations(d, KIND_MAP, id, r);
	doc_close(d);
	map_close(&m);
	return 0;
}
