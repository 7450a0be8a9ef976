// SPDX-License-Identifier: GPL-2.0-or-later
#include "struct_ops_edit.h"

#include "elfobject.h"
#include "linkedit.h"
#include "map.h"
#include "pinning.h"
#include "said.h"
#include "struct_ops.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- registering --- */

struct registered {
	struct bpf_map *map;
	struct bpf_link *link;
	struct buf pinned; /* where the link is; empty: the map is registered by itself */
};

struct registration {
	struct elfobject object;
	struct registered *maps;
	size_t n;
	struct buf dir; /* LINK_DIR, whole; empty: none */
	bool dir_made;
};

static bool by_link(const struct registered *r)
{
	return bpf_map__map_flags(r->map) & BPF_F_LINK;
}

static int find_maps(struct registration *r, struct problem *why)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	size_t most = 0;

	bpf_object__for_each_program (prog, r->object.obj) {
		if (bpf_program__type(prog) != BPF_PROG_TYPE_STRUCT_OPS)
			bpf_program__set_autoload(prog, false);
	}
	bpf_object__for_each_map (map, r->object.obj) {
		most++;
	}
	r->maps = calloc(most ? most : 1, sizeof(*r->maps));
	if (!r->maps)
		return -ENOMEM;
	bpf_object__for_each_map (map, r->object.obj) {
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			r->maps[r->n++].map = map;
	}
	return r->n ? 0 : problem(why, -EINVAL, NULL, "there is no struct_ops map in the object");
}

static int pin(struct registration *r, struct registered *m, struct problem *why)
{
	const char *name = bpf_map__name(m->map);
	int fd = bpf_link__fd(m->link), err;

	if (!r->dir.len)
		return pin_keep(fd, name, &m->pinned, why);
	buf_printf(&m->pinned, "%s/%s", buf_cstr(&r->dir), name);
	buf_cstr(&m->pinned);
	err =
	    m->pinned.err ? m->pinned.err : pin_fd(fd, span_of(m->pinned.data, m->pinned.len), why);
	if (err) {
		buf_reset(&m->pinned);
		if (why)
			why->at = NULL;
	}
	return err;
}

static int register_map(struct registration *r, struct registered *m, struct problem *why)
{
	struct said said = {};
	int err = 0;

	said_begin(&said);
	m->link = bpf_map__attach_struct_ops(m->map);
	if (!m->link)
		err = -errno;
	said_end(&said);
	if (err)
		err = said_problem(&said, why, err, NULL, bpf_map__name(m->map));
	said_free(&said);
	return err ? err : by_link(m) ? pin(r, m, why) : 0;
}

/* Closing libbpf's link unregisters what is registered by itself, unless it is told not to, and
 * leaves a pinned link as it is. */
static void finish(struct registration *r, bool keep)
{
	for (size_t i = 0; i < r->n; i++) {
		struct registered *m = &r->maps[i];

		if (m->pinned.len && !keep)
			unlink(buf_cstr(&m->pinned));
		if (m->link && keep && !by_link(m))
			bpf_link__disconnect(m->link);
		bpf_link__destroy(m->link);
		buf_free(&m->pinned);
	}
	free(r->maps);
	if (r->dir_made && !keep)
		rmdir(buf_cstr(&r->dir));
	buf_free(&r->dir);
	elfobject_close(&r->object, !keep);
}

static uint32_t id_of(int fd)
{
	enum kind kind;
	uint32_t id = 0;

	return kind_of_fd(fd, &kind, &id) ? 0 : id;
}

static void report(const struct registration *r, struct buf *answer)
{
	for (size_t i = 0; i < r->n; i++) {
		struct registered *m = &r->maps[i];

		buf_printf(answer, "id %u name %s", id_of(bpf_map__fd(m->map)),
			   bpf_map__name(m->map));
		if (m->pinned.len)
			buf_printf(answer, " link %u pinned %s", id_of(bpf_link__fd(m->link)),
				   buf_cstr(&m->pinned));
		buf_char(answer, '\n');
	}
}

int struct_ops_register(const struct buf *elf, const char *name, struct span link_dir,
			struct buf *answer, struct problem *why)
{
	struct registration r = {};
	int err = elfobject_open(&r.object, elf, &(struct elfobject_opts){.name = name}, why);

	if (err)
		return err;
	err = find_maps(&r, why);
	if (!err && span_len(link_dir))
		err = pin_make_folder(link_dir, &r.dir, &r.dir_made, why);
	if (!err)
		err = elfobject_load(&r.object, why);
	for (size_t i = 0; !err && i < r.n; i++)
		err = register_map(&r, &r.maps[i], why);
	if (!err)
		report(&r, answer);
	finish(&r, !err);
	return err;
}

/* --- unregistering --- */

static int detach_links(uint32_t map_id, struct problem *why)
{
	struct buf links __buf_free = {};
	int err = struct_ops_links(map_id, &links);

	if (!err && !links.len)
		return problem(why, -ENOENT, NULL, "it is not registered");
	for (size_t i = 0; !err && i < links.len / sizeof(uint32_t); i++)
		err = link_end(((const uint32_t *)links.data)[i], why);
	return err;
}

int struct_ops_unregister(uint32_t map_id, struct problem *why)
{
	const uint32_t zero = 0;
	struct map m;
	int err = map_open(map_id, true, &m);

	if (err)
		return problem_errno(why, err, "the map");
	if (m.info.type != BPF_MAP_TYPE_STRUCT_OPS) {
		err = problem(why, -EINVAL, NULL, "map %u is no struct_ops map", map_id);
	} else if (m.info.map_flags & BPF_F_LINK) {
		err = detach_links(map_id, why);
	} else {
		err = bpf_map_delete_elem(m.fd, &zero);
		if (err)
			problem_errno(why, err,
				      err == -ENOENT ? "it is not registered" : "the map");
	}
	map_close(&m);
	return err;
}
