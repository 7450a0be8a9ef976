// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include "bpffs.h"
#include "apart.h"
#include "link_keep.h"
#include "linkedit.h"
#include "pinning.h"
#include "said.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* --- detaching --- */

/* Whether a link's pin is one of an item: libbpf makes several for some programs (ITEM-2, ...). */
static bool is_of(const char *link, const char *item)
{
	struct buf safe __buf_free = {};

	if (!item)
		return true;
	pin_safe_name(item, &safe);
	return !strncmp(link, buf_cstr(&safe), safe.len) &&
	       (!link[safe.len] || link[safe.len] == '-');
}

struct removal {
	const char *name, *item;
	struct problem *why;
};

/* For who else holds a link. */
enum { MOST_WAIT_MS = 200 };

static int remove_link(const char *link, uint32_t id, void *arg)
{
	struct removal *r = arg;
	struct buf folder __buf_free = {};
	bool ends;
	int fd, err;

	if (!is_of(link, r->item))
		return 0;
	fd = kind_open(KIND_LINK, id);
	ends = fd >= 0 && link_detach(fd) != -EOPNOTSUPP;
	kept_path(r->name, kind_name(KIND_LINK), NULL, &folder);
	err = bpffs_unlink(buf_cstr(&folder), link);
	if (ends)
		close(fd);
	else if (fd >= 0) /* it ends with its last holder */
		link_close_last(id, fd, MOST_WAIT_MS);
	return err && err != -ENOENT ? problem_errno(r->why, err, "unpinning a link") : 0;
}

/* A struct_ops map without a link is registered as long as it has its element. */
static int unregister(const char *name, const struct bpffs_entry *entry, void *arg)
{
	const struct removal *r = arg;
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), zero = 0;
	int fd;

	if (entry->type != BPFFS_OBJECT || entry->kind != KIND_MAP || !is_of(name, r->item))
		return 0;
	fd = bpf_map_get_fd_by_id(entry->id);
	if (fd < 0)
		return 0;
	if (!bpf_map_get_info_by_fd(fd, &info, &len) && info.type == BPF_MAP_TYPE_STRUCT_OPS)
		bpf_map_delete_elem(fd, &zero);
	close(fd);
	return 0;
}

int links_remove(const char *name, const char *item, struct problem *why)
{
	struct removal r = {name, item, why};
	struct buf maps __buf_free = {};
	int err = object_each_link(name, remove_link, &r);

	kept_path(name, kind_name(KIND_MAP), NULL, &maps);
	if (!err)
		bpffs_list(buf_cstr(&maps), unregister, &r);
	return err;
}

/* The kernel forgets what program another one is for when it attaches it, so that it does so once.
 */
static bool is_spent(const struct object *o, const char *item)
{
	struct bpf_program *prog;
	const char *target;

	if (o->held)
		bpf_object__for_each_program (prog, o->file.obj)
			if ((!item || !strcmp(item, bpf_program__name(prog))) &&
			    (target = settings_get(&o->settings, OBJECT_PROG_ATTACH_TARGET,
						   bpf_program__name(prog))) &&
			    !strncmp(target, "prog", 4))
				return true;
	return false;
}

int object_detach(struct object *o, const char *item, struct problem *why)
{
	int err;

	if (!o->kept)
		return problem(why, -EINVAL, NULL, "it is not loaded");
	err = links_remove(o->name, item, why);
	if (is_spent(o, item))
		object_close(o); /* and is loaded again to be attached */
	return err;
}

/* --- attaching --- */

struct attach {
	struct object *o;
	const char *item; /* NULL: all */
	struct problem *why;
	uint32_t newest;  /* link, before */
	struct buf made;  /* names of what is attached now, each with its NUL */
	struct said said; /* what libbpf says meanwhile */
};

/* Pins the link of a program (prog_fd >= 0) or of a map of struct_ops, and lets go of it. */
static int keep_link(struct attach *a, const char *name, int prog_fd, struct bpf_link *link)
{
	struct buf path __buf_free = {};
	int err;

	bpffs_root(&path);
	buf_char(&path, '/');
	kept_path(a->o->name, kind_name(KIND_LINK), name, &path);
	buf_add(&a->made, name, strlen(name) + 1);
	err = link_keep(link, prog_fd, a->newest, buf_cstr(&path));
	return err ? problem(a->why, err, NULL, "pinning the link of %s: %s", name,
			     strerrordesc_np(-err))
		   : 0;
}

static bool is_attached(const struct attach *a, const char *name)
{
	uint32_t id;

	return !object_pinned(a->o->name, KIND_LINK, name, &id);
}

static int attach_prog(struct attach *a, struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);
	size_t words = a->said.text.len;
	struct bpf_link *link;

	if (bpf_program__fd(prog) < 0 || is_attached(a, name) ||
	    (!a->item && !bpf_program__autoattach(prog)))
		return 0;
	link = bpf_program__attach(prog);
	if (link)
		return keep_link(a, name, bpf_program__fd(prog), link);
	/* where the kernel refuses libbpf has words, too */
	if (errno != EOPNOTSUPP || a->said.text.len > words)
		return problem(a->why, -errno, NULL, "attaching %s: %s", name,
			       strerrordesc_np(errno));
	/* of such programs libbpf cannot know where they belong */
	return a->item ? problem(a->why, -EOPNOTSUPP, NULL,
				 "section %s does not say where to attach it: use prog/ID/attach, "
				 "net/ or cgroup/",
				 bpf_program__section_name(prog))
		       : 0;
}

static int attach_map(struct attach *a, struct bpf_map *map)
{
	const char *name = object_map_name(a->o, map);
	const char *wanted = settings_get(&a->o->settings, OBJECT_MAP_AUTOATTACH, name);
	struct bpf_link *link;

	if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS || bpf_map__fd(map) < 0 ||
	    is_attached(a, name) || (!a->item && wanted && *wanted == '0'))
		return 0;
	link = bpf_map__attach_struct_ops(map);
	return link ? keep_link(a, name, -1, link)
		    : problem(a->why, -errno, NULL, "registering %s: %s", name,
			      strerrordesc_np(errno));
}

static int attach_all(struct attach *a)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_program (prog, a->o->file.obj)
		if (!err && (!a->item || !strcmp(a->item, bpf_program__name(prog))))
			err = attach_prog(a, prog);
	bpf_object__for_each_map (map, a->o->file.obj)
		if (!err && (!a->item || !strcmp(a->item, object_map_name(a->o, map))))
			err = attach_map(a, map);
	return err;
}

static int run(void *arg)
{
	struct attach *a = arg;
	struct said *said = &a->said;
	int err = link_prepare_thread(a->why);

	said->debug = a->o->log_level > 0;
	if (err)
		return err;
	said_begin(said);
	err = attach_all(a);
	said_end(said);
	if (err && a->why && said->text.len) {
		buf_char(&a->why->words, '\n');
		buf_add(&a->why->words, said->text.data, said->text.len);
	}
	buf_reset(&a->o->log);
	buf_add(&a->o->log, said->text.data, said->text.len);
	said_free(said);
	return err;
}

int object_attach(struct object *o, const char *item, struct problem *why)
{
	struct attach a = {.o = o, .item = item, .why = why};
	int err;

	if (item && !o->kept)
		return problem(why, -EINVAL, NULL, "it is not loaded");
	err = object_hold(o, why);
	if (err)
		return err;
	a.newest = kind_greatest_id(KIND_LINK, 0);
	err = apart_run(run, &a);
	for (size_t at = 0; err && at < a.made.len; at += strlen(a.made.data + at) + 1)
		links_remove(o->name, a.made.data + at, NULL);
	buf_free(&a.made);
	if (!err && !item)
		object_close(o); /* nothing is left to be attached: what is there keeps itself */
	return err;
}
