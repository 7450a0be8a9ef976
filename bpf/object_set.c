// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include "bpffs.h"
#include "map.h"
#include "names.h"
#include "ref.h"
#include "verb.h"
#include "words.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What has been written with a NUL behind it. */
static const char *text_of(struct span text, struct buf *out)
{
	text = span_trim(text);
	buf_add(out, text.at, span_len(text));
	return buf_cstr(out);
}

static int set_pin_path(struct bpf_map *map, struct span text)
{
	struct buf path __buf_free = {};

	text = span_trim(text);
	if (!span_len(text))
		return bpf_map__set_pin_path(map, NULL);
	if (*text.at != '/') {
		bpffs_root(&path);
		buf_char(&path, '/');
	}
	buf_add(&path, text.at, span_len(text));
	return bpf_map__set_pin_path(map, buf_cstr(&path));
}

/* libbpf takes any map; the verifier would only later, and less clearly, say that it is another. */
static int reuse(struct bpf_map *map, struct span text, struct problem *why)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	const char *at = text.at;
	int err, fd = ref_open(KIND_MAP, &text, why);

	if (fd < 0)
		return fd;
	err = bpf_map_get_info_by_fd(fd, &info, &len);
	if (!err && (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
		     info.value_size != bpf_map__value_size(map)))
		err = problem(why, -EINVAL, at,
			      "that is a %s with keys of %u and values of %u bytes, wanted is a %s "
			      "with %u and %u",
			      map_type_name(info.type), info.key_size, info.value_size,
			      map_type_name(bpf_map__type(map)), bpf_map__key_size(map),
			      bpf_map__value_size(map));
	else if (!err)
		err = bpf_map__reuse_fd(map, fd);
	close(fd);
	return err;
}

static int set_map(enum object_field field, struct bpf_map *map, struct span text,
		   struct problem *why)
{
	uint64_t number = 0;
	uint32_t value = 0;
	bool yes;
	int err = 0;

	switch (field) {
	case OBJECT_MAP_TYPE:
		err = words_value(WORDS_MAP_TYPE, text, "type of map", &value, why);
		return err ? err : bpf_map__set_type(map, value);
	case OBJECT_MAP_FLAGS:
		err = words_flags(map_flag_words, text, &value, why);
		return err ? err : bpf_map__set_map_flags(map, value);
	case OBJECT_MAP_IFINDEX:
		err = take_device(&text, &value, why);
		return err ? err : bpf_map__set_ifindex(map, value);
	case OBJECT_MAP_PIN_PATH: return set_pin_path(map, text);
	case OBJECT_MAP_REUSE: return reuse(map, text, why);
	case OBJECT_MAP_AUTOCREATE:
		err = words_bool(text, &yes, why);
		return err ? err : bpf_map__set_autocreate(map, yes);
	case OBJECT_MAP_AUTOATTACH: /* libbpf has it since 1.5: looked up in the settings instead */
		return bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS
			   ? words_bool(text, &yes, why)
			   : problem(why, -EINVAL, NULL, "only maps of struct_ops are attached");
	default: break;
	}
	err = words_number(text, field == OBJECT_MAP_EXTRA ? UINT64_MAX : UINT32_MAX, &number, why);
	if (err)
		return err;
	switch (field) {
	case OBJECT_MAP_KEY_SIZE: return bpf_map__set_key_size(map, (uint32_t)number);
	case OBJECT_MAP_VALUE_SIZE: return bpf_map__set_value_size(map, (uint32_t)number);
	case OBJECT_MAP_MAX_ENTRIES: return bpf_map__set_max_entries(map, (uint32_t)number);
	case OBJECT_MAP_NUMA_NODE: return bpf_map__set_numa_node(map, (uint32_t)number);
	default: return bpf_map__set_map_extra(map, number);
	}
}

/* "FUNCTION", or "prog PROG FUNCTION" for a function of a program. */
static int set_target(struct object *o, struct bpf_program *prog, struct span text,
		      struct problem *why)
{
	struct buf name __buf_free = {};
	struct span rest = text, word;
	int target = 0, err = span_word(&rest, &word, why);

	if (!err && span_is(word, "prog")) {
		target = ref_open(KIND_PROG, &rest, why);
		if (target < 0)
			return target;
		buf_add(&o->targets, &target, sizeof(target)); /* libbpf uses it when it loads */
		if (o->targets.err) {
			close(target);
			return o->targets.err;
		}
		text = rest;
	}
	if (!err && !span_len(span_trim(text)))
		err = problem(why, -EINVAL, text.at, "the name of a function is missing");
	if (err)
		return err;
	err = bpf_program__set_attach_target(prog, target, text_of(text, &name));
	return err == -ENOENT || err == -ESRCH
		   ? problem(why, -ENOENT, span_trim(text).at, "the %s has no such function",
			     target ? "program" : "kernel")
		   : err;
}

static int set_prog(struct object *o, enum object_field field, struct bpf_program *prog,
		    struct span text, struct problem *why)
{
	uint32_t value = 0;
	bool yes = false;
	int err;

	switch (field) {
	case OBJECT_PROG_TYPE:
		err = words_value(WORDS_PROG_TYPE, text, "type of program", &value, why);
		return err ? err : bpf_program__set_type(prog, value);
	case OBJECT_PROG_ATTACH_TYPE:
		err = words_value(WORDS_ATTACH_TYPE, text, "type of attachment", &value, why);
		return err ? err : bpf_program__set_expected_attach_type(prog, value);
	case OBJECT_PROG_ATTACH_TARGET: return set_target(o, prog, text, why);
	case OBJECT_PROG_FLAGS:
		err = words_flags(load_flag_words, text, &value, why);
		return err ? err : bpf_program__set_flags(prog, value);
	case OBJECT_PROG_IFINDEX:
		err = take_device(&text, &value, why);
		if (!err)
			bpf_program__set_ifindex(prog, value);
		return err;
	case OBJECT_PROG_AUTOLOAD:
		err = words_bool(text, &yes, why);
		return err ? err : bpf_program__set_autoload(prog, yes);
	case OBJECT_PROG_AUTOATTACH:
		err = words_bool(text, &yes, why);
		if (!err)
			bpf_program__set_autoattach(prog, yes);
		return err;
	default: return problem(why, -EPERM, NULL, "it cannot be changed");
	}
}

static int set_itself(struct object *o, enum object_field field, struct span text,
		      struct problem *why)
{
	struct bpf_program *prog;
	uint64_t level;
	int err;

	if (field == OBJECT_KCONFIG) /* done by opening */
		return 0;
	err = words_number(text, 7, &level, why);
	if (err)
		return err;
	o->log_level = (uint32_t)level;
	if (o->file.obj)
		bpf_object__for_each_program (prog, o->file.obj)
			bpf_program__set_log_level(prog, o->log_level);
	return 0;
}

int object_apply(struct object *o, enum object_field field, const char *item, struct span text,
		 struct problem *why)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	int err;

	if (field_is_of_map(field)) {
		map = object_find_map(o, item);
		err = map ? set_map(field, map, text, why) : -ENOENT;
	} else if (field_is_of_prog(field)) {
		prog = object_find_prog(o, item);
		err = prog ? set_prog(o, field, prog, text, why) : -ENOENT;
	} else {
		err = set_itself(o, field, text, why);
	}
	if (err && why && !why->words.len)
		problem(why, err, text.at, "libbpf: %s", strerrordesc_np(-err));
	return err;
}

int object_set(struct object *o, enum object_field field, const char *item, struct span text,
	       struct problem *why)
{
	int err = 0;

	if (field != OBJECT_LOG_LEVEL && o->kept)
		return problem(why, -EBUSY, NULL, "it is loaded: rmdir, and begin anew");
	if (field == OBJECT_KCONFIG && o->elf.len)
		return problem(why, -EBUSY, NULL, "this counts when `elf` is written");
	if (field_is_of_map(field) || field_is_of_prog(field))
		err = object_need(o, why);
	if (err)
		return err;
	err = object_apply(o, field, item, text, why);
	if (!err && !o->kept)
		err = settings_add(&o->settings, (int)field, item, text, why);
	return err;
}
