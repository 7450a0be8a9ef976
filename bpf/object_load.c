// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include "bpffs.h"
#include "pinning.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Loading: all that is pinned is first in a folder NAME~, so that a folder NAME is complete. */

/* --- pins --- */

static int make_folders(const char *partial, struct problem *why)
{
	struct buf kept __buf_free = {}, path __buf_free = {};
	int err = pin_make_kept_folder(why);

	if (err)
		return err;
	pin_kept_folder(&kept);
	kept_path(partial, NULL, NULL, &path);
	kept_remove(buf_cstr(&path)); /* of somebody who was killed */
	err = bpffs_mkdir(buf_cstr(&kept), partial);
	for (enum kind kind = 0; !err && kind < KIND_BTF; kind++)
		err = bpffs_mkdir(path.data, kind_name(kind));
	return err ? problem_errno(why, err, path.data) : 0;
}

static int pin(const char *partial, enum kind kind, const char *name, int fd, struct problem *why)
{
	struct buf folder __buf_free = {}, safe __buf_free = {};
	int err;

	if (fd < 0) /* not to be loaded */
		return 0;
	kept_path(partial, kind_name(kind), NULL, &folder);
	pin_safe_name(name, &safe);
	err = bpffs_pin(buf_cstr(&folder), buf_cstr(&safe), fd);
	return err ? problem(why, err, NULL, "pinning %s: %s", name, strerrordesc_np(-err)) : 0;
}

static int pin_all(const struct object *o, const char *partial, struct problem *why)
{
	struct buf folder __buf_free = {};
	struct bpf_program *prog;
	struct bpf_map *map;
	int err = make_folders(partial, why);

	bpf_object__for_each_map (map, o->file.obj)
		if (!err)
			err =
			    pin(partial, KIND_MAP, object_map_name(o, map), bpf_map__fd(map), why);
	bpf_object__for_each_program (prog, o->file.obj)
		if (!err)
			err = pin(partial, KIND_PROG, bpf_program__name(prog),
				  bpf_program__fd(prog), why);
	if (err)
		return err;
	kept_path(partial, NULL, NULL, &folder);
	err = kept_write(buf_cstr(&folder), &o->elf, &o->settings);
	return err ? problem_errno(why, err, "keeping the file") : 0;
}

/* Pins all as NAME/, or nothing. */
static int keep(struct object *o, struct problem *why)
{
	struct buf kept __buf_free = {}, path __buf_free = {};
	char partial[NAME_MAX + 1];
	int err;

	snprintf(partial, sizeof(partial), "%.*s~", NAME_MAX - 1, o->name);
	err = pin_all(o, partial, why);
	pin_kept_folder(&kept);
	if (!err) {
		err = bpffs_rename(buf_cstr(&kept), partial, buf_cstr(&kept), o->name,
				   RENAME_NOREPLACE);
		if (err)
			problem(why, err, NULL, "%s/%s in the bpffs: %s", buf_cstr(&kept), o->name,
				strerrordesc_np(-err));
	}
	if (!err)
		return kept_id(o->name, &o->kept);
	kept_path(partial, NULL, NULL, &path);
	kept_remove(buf_cstr(&path));
	return err;
}

/* --- loading --- */

static int load(struct object *o, struct problem *why)
{
	int err;

	o->file.debug = o->log_level > 0;
	err = elfobject_load(&o->file, why);
	if (!err)
		err = keep(o, why);
	if (err) /* libbpf loads what it has opened only once */
		elfobject_close(&o->file, true);
	return err;
}

int object_load(struct object *o, struct problem *why)
{
	int err;

	if (o->kept)
		return problem(why, -EBUSY, NULL, "it is loaded");
	err = object_need(o, why);
	if (!err)
		err = load(o, why);
	if (err)
		return err;
	o->held = true;
	o->made = false;
	buf_free(&o->elf);
	return 0;
}

/* --- loading again, to attach what another process loaded --- */

static int reuse_map(const struct object *o, struct bpf_map *map)
{
	uint32_t id;
	int fd, err = object_pinned(o->name, KIND_MAP, object_map_name(o, map), &id);

	if (err || bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
		return err == -ENOENT ? bpf_map__set_autocreate(map, false) : err;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return fd;
	err = bpf_map__reuse_fd(map, fd);
	close(fd);
	return err;
}

/* The new one takes the place of the old one. */
static int replace_pin(const struct object *o, enum kind kind, const char *name, int fd,
		       struct problem *why)
{
	struct buf folder __buf_free = {}, safe __buf_free = {}, partial __buf_free = {};
	int err;

	if (fd < 0)
		return 0;
	kept_path(o->name, kind_name(kind), NULL, &folder);
	pin_safe_name(name, &safe);
	buf_printf(&partial, "%s~", buf_cstr(&safe));
	bpffs_unlink(buf_cstr(&folder), buf_cstr(&partial));
	err = bpffs_pin(folder.data, partial.data, fd);
	if (!err)
		err = bpffs_rename(folder.data, partial.data, folder.data, safe.data, 0);
	return err ? problem(why, err, NULL, "pinning %s: %s", name, strerrordesc_np(-err)) : 0;
}

static int replace_pins(const struct object *o, struct problem *why)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map (map, o->file.obj)
		if (!err && bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			err = replace_pin(o, KIND_MAP, object_map_name(o, map), bpf_map__fd(map),
					  why);
	bpf_object__for_each_program (prog, o->file.obj)
		if (!err)
			err = replace_pin(o, KIND_PROG, bpf_program__name(prog),
					  bpf_program__fd(prog), why);
	return err;
}

/* Programs that are attached stay as they are. */
static int prepare_again(const struct object *o)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	uint32_t id;
	int err = 0;

	bpf_object__for_each_map (map, o->file.obj)
		if (!err)
			err = reuse_map(o, map);
	bpf_object__for_each_program (prog, o->file.obj)
		if (!err && !object_pinned(o->name, KIND_LINK, bpf_program__name(prog), &id))
			err = bpf_program__set_autoload(prog, false);
	return err;
}

int object_hold(struct object *o, struct problem *why)
{
	int err;

	if (!o->kept)
		return problem(why, -EINVAL, NULL, "it is not loaded");
	if (o->held)
		return 0;
	object_close(o);
	err = object_need(o, why);
	if (err)
		return err;
	err = prepare_again(o);
	if (err)
		problem_errno(why, err, "its maps");
	else
		err = elfobject_load(&o->file, why);
	if (!err)
		err = replace_pins(o, why);
	if (err)
		object_close(o);
	else
		o->held = true;
	return err;
}
