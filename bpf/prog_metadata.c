// SPDX-License-Identifier: GPL-2.0-or-later
#include "prog_metadata.h"

#include "map.h"
#include "typed.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "bpf_metadata_";

/* The variable's name behind the prefix, or NULL. */
static const char *metadata_name(const struct btf *btf, const struct btf_var_secinfo *v)
{
	const struct btf_type *var = btf__type_by_id(btf, v->type);
	const char *name = var ? btf__name_by_offset(btf, var->name_off) : NULL;

	if (!name || strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	return name + sizeof(prefix) - 1;
}

static void describe_variable(struct doc *d, const struct btf *btf, const struct btf_var_secinfo *v,
			      const char *name, const char *section)
{
	struct buf json __buf_free = {};
	struct plan *plan;

	if (plan_compile(btf, btf__type_by_id(btf, v->type)->type, &plan))
		return;
	plan_render(plan, section + v->offset, v->size, &json);
	plan_free(plan);
	doc_raw(d, name, json.data, json.len);
}

/* Describes what a section's value has of them; returns how many. */
static unsigned int describe_section(struct doc *d, const struct btf *btf,
				     const struct btf_type *sec, const char *value, size_t size)
{
	const struct btf_var_secinfo *vars = btf_var_secinfos(sec);
	unsigned int n = 0;

	for (uint32_t i = 0; i < btf_vlen(sec); i++) {
		const char *name = metadata_name(btf, &vars[i]);

		if (!name || vars[i].offset > size || vars[i].size > size - vars[i].offset)
			continue;
		if (!n++)
			doc_object(d, "metadata");
		describe_variable(d, btf, &vars[i], name, value);
	}
	if (n)
		doc_close(d);
	return n;
}

static unsigned int describe_map_metadata(struct doc *d, const struct map *m)
{
	const struct btf_type *sec;
	struct btf_ref btf;
	char *value;
	uint32_t key = 0;
	unsigned int n = 0;

	if (btf_open(m->info.btf_id, &btf))
		return 0;
	value = malloc(m->info.value_size);
	sec = btf__type_by_id(btf.btf, m->info.btf_value_type_id);
	if (value && sec && btf_is_datasec(sec) && !bpf_map_lookup_elem(m->fd, &key, value))
		n = describe_section(d, btf.btf, sec, value, m->info.value_size);
	free(value);
	btf_close(&btf);
	return n;
}

/* libbpf's name for the map of a program's constants ends so. */
static bool is_rodata(const struct bpf_map_info *info)
{
	static const char suffix[] = ".rodata";
	size_t len = strnlen(info->name, sizeof(info->name)), n = sizeof(suffix) - 1;

	return info->type == BPF_MAP_TYPE_ARRAY && info->max_entries == 1 &&
	       info->btf_value_type_id && len >= n && !memcmp(info->name + len - n, suffix, n);
}

bool prog_metadata_describe(struct doc *d, const struct prog *p)
{
	unsigned int n = 0;

	for (uint32_t i = 0; !n && p->map_ids && i < p->info.nr_map_ids; i++) {
		struct map m;

		if (map_open(p->map_ids[i], false, &m))
			continue;
		if (is_rodata(&m.info))
			n = describe_map_metadata(d, &m);
		map_close(&m);
	}
	return n;
}
