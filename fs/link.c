// SPDX-License-Identifier: GPL-2.0-or-later
#include "objects.h"
#include "places.h"

#include "../bpf/doc.h"
#include "../bpf/link.h"
#include "../bpf/link_target.h"
#include "../bpf/linkedit.h"
#include "attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

/* The link's info; empty when it is gone. */
static struct bpf_link_info link_info(const struct place *p)
{
	struct bpf_link_info info = {};
	struct link l;

	if (!link_open((uint32_t)p->id, &l)) {
		info = l.info.known;
		link_close(&l);
	}
	return info;
}

/* --- symlinks --- */

static bool has_prog(const struct place *p)
{
	return link_info(p).prog_id;
}

/* A link's program can be replaced, but not taken away. */
static int link_prog(const struct place *p, struct buf *out)
{
	uint32_t id = link_info(p).prog_id;

	if (!id)
		return -ENOENT;
	tree_link(p, KIND_PROG, id, out);
	return 0;
}

/* The map that the link is about, 0 when it is about none. */
static uint32_t map_of(const struct place *p)
{
	uint32_t id = 0;
	struct link l;

	if (link_open((uint32_t)p->id, &l))
		return 0;
	switch (l.info.known.type) {
	case BPF_LINK_TYPE_STRUCT_OPS: id = l.info.known.struct_ops.map_id; break;
	case BPF_LINK_TYPE_SOCKMAP: id = l.info.known.sockmap.map_id; break;
	case BPF_LINK_TYPE_ITER: id = link_iter_map(&l); break;
	default: break;
	}
	link_close(&l);
	return id;
}

static bool has_map(const struct place *p)
{
	return map_of(p);
}

static int link_map(const struct place *p, struct buf *out)
{
	uint32_t id = map_of(p);

	if (!id)
		return -ENOENT;
	tree_link(p, KIND_MAP, id, out);
	return 0;
}

/* The path of what it is attached to, below the mount point. */
static int target_path(const struct place *p, struct buf *out)
{
	struct link_target t;
	int err = link_target_find((uint32_t)p->id, &t);

	if (err)
		return err;
	switch (t.on) {
	case LINK_ON_CGROUP: err = places_cgroup(t.cgroup, out); break;
	case LINK_ON_NET:
		err = places_net(t.net.ours ? NULL : t.net.netns, t.net.device, out);
		break;
	case LINK_ON_FUNCTION:
		buf_printf(out, "%s/%u", kind_name(t.function.kind), t.function.id);
		break;
	}
	return err;
}

static bool has_target(const struct place *p)
{
	struct buf path __buf_free = {};

	return !target_path(p, &path);
}

static int link_target(const struct place *p, struct buf *out)
{
	struct buf path __buf_free = {};
	int err = target_path(p, &path);

	if (!err)
		tree_link_path(p, buf_cstr(&path), out);
	return err;
}

/* --- iter: each open runs the iterator anew --- */

static bool is_iter(const struct place *p)
{
	return link_info(p).type == BPF_LINK_TYPE_ITER;
}

static int open_iter(const struct place *p, void **state)
{
	int fd, link = kind_open(KIND_LINK, (uint32_t)p->id);

	if (link < 0)
		return link;
	fd = bpf_iter_create(link);
	close(link);
	if (fd < 0)
		return fd;
	*state = (void *)(intptr_t)fd;
	return 0;
}

static int more_iter(void *state, struct buf *out, size_t want)
{
	char *to = buf_room(out, want);
	ssize_t n = to ? read((int)(intptr_t)state, to, want) : 0;

	/* EAGAIN: a million objects of which the program wrote nothing */
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	out->len += (size_t)n;
	return n > 0;
}

static void close_iter(void *state)
{
	close((int)(intptr_t)state);
}

static const struct stream_type iter = {open_iter, more_iter, close_iter};

/* --- link/ID/ --- */

static const struct row link_id_rows[] = {
    {"info", ROW_FILE, "what the kernel knows of the link", .form = DOC_TEXT, .show = objects_info},
    {"info.json", ROW_FILE, "the same, as bpftool -j link show", .form = DOC_JSON,
     .show = objects_info},
    {"prog", ROW_LINK, "the program that it attaches", .exists = has_prog, .target = link_prog},
    {"target", ROW_LINK, "what it is on: a cgroup, a device, or what has the function",
     .passing = true, .exists = has_target, .target = link_target},
    {"map", ROW_LINK, "the map that it is about", .exists = has_map, .target = link_map},
    {"iter", ROW_STREAM, "what the iterator writes, anew for each reader", .exists = is_iter,
     .stream = &iter},
    {"update", ROW_FILE, "has it attach another program, or implementation", .command = update_link,
     .verbs = link_update_verbs},
    {"detach", ROW_FILE, "ends what it does; write 1", .command = detach_link, .usage = "1"},
    OBJECTS_PIN,
    {"pids", ROW_FILE, "processes that hold it", .form = DOC_TEXT, .show = objects_pids},
    {"pids.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = objects_pids},
    {"pins", ROW_FILE, "its paths in bpffs", .show = objects_pins},
};

const struct folder link_id_folder = {.parent = FOLDER_LINK, FOLDER_ROWS(link_id_rows)};

/* --- link/ --- */

static const struct row link_rows[] = {
    {"list", ROW_FILE, "all links, a line each", .form = DOC_TABLE, .show = objects_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j link show", .form = DOC_JSON,
     .show = objects_list},
    {"by-type", ROW_FOLDER, "links by type", .folder = FOLDER_LINK_BY_TYPE},
};

static const struct generator link_ids = {
    .row = {"ID", ROW_FOLDER, "a link", .folder = FOLDER_LINK_ID},
    .by_id = true,
    .open = objects_open_ids,
    .close = objects_close_ids,
    .next = objects_next_id,
    .find = objects_find_id,
};

const struct folder link_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(link_rows), .gen = &link_ids};

const struct folder link_by_type_folder = {
    .parent = FOLDER_LINK,
    .gen = &(const struct generator)OBJECTS_GROUPS("TYPE", GROUP_TYPE, FOLDER_LINK_TYPE)};

const struct folder link_type_folder = {.parent = FOLDER_LINK_BY_TYPE,
					.gen = &(const struct generator)OBJECTS_MEMBERS(KIND_LINK)};
