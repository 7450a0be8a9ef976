// SPDX-License-Identifier: GPL-2.0-or-later
#include "elfobject.h"

#include "bpffs.h"
#include "said.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int elfobject_open(const struct buf *elf, const char *name, struct elfobject *out,
		   struct problem *why)
{
	struct buf root __buf_free = {};
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct said said = {};
	int err = 0;

	*out = (struct elfobject){};
	bpffs_root(&root);
	opts.pin_root_path = buf_cstr(&root);
	said_begin(&said);
	out->obj = bpf_object__open_mem(elf->data, elf->len, &opts);
	if (!out->obj)
		err = -errno;
	said_end(&said);
	if (err)
		err = said_problem(&said, why, err, NULL, "opening the object");
	said_free(&said);
	return err;
}

static void note_pins(struct elfobject *o)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, o->obj)
	{
		const char *path = bpf_map__pin_path(map);

		if (path && access(path, F_OK))
			buf_add(&o->pins, path, strlen(path) + 1);
	}
}

static void drop_pins(const struct elfobject *o)
{
	const char *path = o->pins.data, *end = path + o->pins.len;

	for (; path < end; path += strlen(path) + 1)
		unlink(path);
}

int elfobject_load(struct elfobject *o, struct problem *why)
{
	struct said said = {};
	int err;

	note_pins(o);
	if (o->pins.err)
		return o->pins.err;
	said_begin(&said);
	err = bpf_object__load(o->obj);
	said_end(&said);
	if (err)
		err = said_problem(&said, why, err, NULL, "loading the object");
	said_free(&said);
	return err;
}

void elfobject_close(struct elfobject *o, bool undo)
{
	if (undo && !o->pins.err && o->pins.len)
		drop_pins(o);
	bpf_object__close(o->obj);
	buf_free(&o->pins);
}
