// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include "map.h"
#include "names.h"

#include <errno.h>
#include <net/if.h>

static void show_device(uint32_t ifindex, struct buf *out)
{
	char name[IF_NAMESIZE];

	if (ifindex && if_indextoname(ifindex, name))
		buf_printf(out, "%s\n", name);
	else
		buf_printf(out, "%u\n", ifindex);
}

static void show_flags(const struct flag_word *known, uint32_t flags, struct buf *out)
{
	flag_words(flags, known, out);
	buf_char(out, '\n');
}

static void show_word(const char *word, uint32_t value, struct buf *out)
{
	if (word)
		buf_printf(out, "%s\n", word);
	else
		buf_printf(out, "%u\n", value);
}

/* What the kernel made of it, where it tells. */
static struct bpf_map_info map_info(const struct object *o, const struct bpf_map *map)
{
	struct bpf_map_info info = {
	    .type = bpf_map__type(map),
	    .key_size = bpf_map__key_size(map),
	    .value_size = bpf_map__value_size(map),
	    .max_entries = bpf_map__max_entries(map),
	    .map_flags = bpf_map__map_flags(map),
	    .map_extra = bpf_map__map_extra(map),
	    .ifindex = bpf_map__ifindex(map),
	};
	struct map m;
	uint32_t id;

	if (o->kept && !object_pinned(o->name, KIND_MAP, object_map_name(o, map), &id) &&
	    !map_open(id, false, &m)) {
		info = m.info;
		map_close(&m);
	}
	return info;
}

static void show_map(const struct object *o, enum object_field field, const char *item,
		     struct bpf_map *map, struct buf *out)
{
	struct bpf_map_info info = map_info(o, map);
	const char *text = settings_get(&o->settings, field, item);

	switch (field) {
	case OBJECT_MAP_TYPE: show_word(map_type_name(info.type), info.type, out); break;
	case OBJECT_MAP_KEY_SIZE: buf_printf(out, "%u\n", info.key_size); break;
	case OBJECT_MAP_VALUE_SIZE: buf_printf(out, "%u\n", info.value_size); break;
	case OBJECT_MAP_MAX_ENTRIES: buf_printf(out, "%u\n", info.max_entries); break;
	case OBJECT_MAP_FLAGS: show_flags(map_flag_words, info.map_flags, out); break;
	case OBJECT_MAP_NUMA_NODE: buf_printf(out, "%u\n", bpf_map__numa_node(map)); break;
	case OBJECT_MAP_EXTRA: buf_printf(out, "%llu\n", (unsigned long long)info.map_extra); break;
	case OBJECT_MAP_IFINDEX: show_device(info.ifindex, out); break;
	case OBJECT_MAP_PIN_PATH:
		text = bpf_map__pin_path(map);
		buf_printf(out, "%s\n", text ? text : "");
		break;
	case OBJECT_MAP_AUTOCREATE: buf_printf(out, "%d\n", bpf_map__autocreate(map)); break;
	case OBJECT_MAP_AUTOATTACH:
		buf_printf(out, "%d\n",
			   info.type == BPF_MAP_TYPE_STRUCT_OPS && (!text || *text == '1'));
		break;
	default: buf_printf(out, "%s\n", text ? text : ""); break;
	}
}

static void show_prog(const struct object *o, enum object_field field, const char *item,
		      struct bpf_program *prog, struct buf *out)
{
	const char *text = settings_get(&o->settings, field, item);
	uint32_t type;

	switch (field) {
	case OBJECT_PROG_SECTION: buf_printf(out, "%s\n", bpf_program__section_name(prog)); break;
	case OBJECT_PROG_TYPE:
		type = (uint32_t)bpf_program__type(prog);
		show_word(prog_type_name(type), type, out);
		break;
	case OBJECT_PROG_ATTACH_TYPE:
		type = (uint32_t)bpf_program__expected_attach_type(prog);
		show_word(attach_type_name(type), type, out);
		break;
	case OBJECT_PROG_FLAGS: show_flags(load_flag_words, bpf_program__flags(prog), out); break;
	case OBJECT_PROG_AUTOLOAD: buf_printf(out, "%d\n", bpf_program__autoload(prog)); break;
	case OBJECT_PROG_AUTOATTACH: buf_printf(out, "%d\n", bpf_program__autoattach(prog)); break;
	case OBJECT_PROG_INSNS: buf_printf(out, "%zu\n", bpf_program__insn_cnt(prog)); break;
	default: buf_printf(out, "%s\n", text ? text : ""); break;
	}
}

int object_show(struct object *o, enum object_field field, const char *item, struct buf *out,
		struct problem *why)
{
	struct bpf_program *prog = NULL;
	struct bpf_map *map = NULL;
	const char *text;
	int err = 0;

	if (field == OBJECT_LOG_LEVEL) {
		buf_printf(out, "%u\n", o->log_level);
		return 0;
	}
	if (field == OBJECT_KCONFIG) {
		if (o->kept)
			err = object_need(o, why);
		text = settings_get(&o->settings, field, item);
		buf_printf(out, "%s%s", text ? text : "", text ? "\n" : "");
		return err;
	}
	err = object_need(o, why);
	if (!err && field_is_of_map(field))
		map = object_find_map(o, item);
	else if (!err)
		prog = object_find_prog(o, item);
	if (map)
		show_map(o, field, item, map, out);
	else if (prog)
		show_prog(o, field, item, prog, out);
	else
		err = err ? err : -ENOENT;
	return err ? err : out->err;
}
