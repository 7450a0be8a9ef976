// SPDX-License-Identifier: GPL-2.0-or-later
#include "elfobject.h"

#include "bpffs.h"
#include "said.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Ends a step. */
static int heard(const struct elfobject *o, struct said *said, int err, const char *what,
		 struct problem *why)
{
	if (err)
		err = said_problem(said, why, err, NULL, what);
	if (o->log) {
		buf_reset(o->log);
		buf_add(o->log, said->text.data, said->text.len);
	}
	said_free(said);
	return err;
}

int elfobject_open(struct elfobject *o, const struct buf *elf, const struct elfobject_opts *how,
		   struct problem *why)
{
	struct buf root __buf_free = {};
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = how->name, .kconfig = how->kconfig,
		    .btf_custom_path = how->btf_path);
	struct said said = {.debug = o->debug};
	int err = 0;

	bpffs_root(&root);
	opts.pin_root_path = buf_cstr(&root);
	said_begin(&said);
	o->obj = bpf_object__open_mem(elf->data, elf->len, &opts);
	if (!o->obj)
		err = -errno;
	said_end(&said);
	return heard(o, &said, err, "opening the object", why);
}

static void note_pins(struct elfobject *o)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, o->obj) {
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
	struct said said = {.debug = o->debug};
	int err;

	note_pins(o);
	if (o->pins.err)
		return o->pins.err;
	said_begin(&said);
	err = bpf_object__load(o->obj);
	said_end(&said);
	return heard(o, &said, err, "loading the object", why);
}

void elfobject_close(struct elfobject *o, bool undo)
{
	if (undo && !o->pins.err && o->pins.len)
		drop_pins(o);
	bpf_object__close(o->obj);
	o->obj = NULL;
	buf_free(&o->pins);
}
