// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include "bpffs.h"
#include "pinning.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * bpfview/NAME/ in the bpffs: map/, prog/ and link/ with pins, and `elf`, an array of one element:
 * the length of the file (uint64_t), the file, what was set.
 */
static const char ELF[] = "elf";

void kept_path(const char *name, const char *folder, const char *item, struct buf *out)
{
	pin_kept_folder(out);
	buf_printf(out, "/%s", name);
	if (folder)
		buf_printf(out, "/%s", folder);
	if (item) {
		buf_char(out, '/');
		pin_safe_name(item, out);
	}
}

int kept_id(const char *name, uint32_t *id)
{
	struct buf path __buf_free = {};
	struct bpffs_entry entry;
	int err;

	kept_path(name, NULL, ELF, &path);
	err = bpffs_look(buf_cstr(&path), &entry);
	/* a bpffs does not even look for names with a dot */
	if (err == -EPERM || (!err && (entry.type != BPFFS_OBJECT || entry.kind != KIND_MAP)))
		err = -ENOENT;
	if (!err)
		*id = entry.id;
	return err;
}

int kept_write(const char *folder, const struct buf *elf, const struct buf *settings)
{
	struct buf value __buf_free = {};
	uint64_t len = elf->len;
	uint32_t zero = 0;
	int fd, err;

	buf_add(&value, &len, sizeof(len));
	buf_add(&value, elf->data, elf->len);
	buf_add(&value, settings->data, settings->len);
	if (value.err)
		return value.err;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, OBJECT_FILE_MAP, sizeof(zero), (uint32_t)value.len,
			    1, NULL);
	if (fd < 0)
		return fd;
	err = bpf_map_update_elem(fd, &zero, value.data, BPF_ANY);
	if (!err)
		err = bpf_map_freeze(fd);
	if (!err)
		err = bpffs_pin(folder, ELF, fd);
	close(fd);
	return err;
}

static int read_value(int fd, struct buf *elf, struct buf *settings)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info), zero = 0;
	struct buf value __buf_free = {};
	uint64_t len = 0;
	int err = bpf_map_get_info_by_fd(fd, &info, &size);

	if (!err && info.value_size < sizeof(len))
		err = -EINVAL;
	if (!err && !buf_room(&value, (size_t)info.value_size + 8))
		err = -ENOMEM;
	if (!err)
		err = bpf_map_lookup_elem(fd, &zero, value.data);
	if (err)
		return err;
	memcpy(&len, value.data, sizeof(len));
	if (len > info.value_size - sizeof(len))
		return -EINVAL;
	buf_add(elf, value.data + sizeof(len), len);
	buf_add(settings, value.data + sizeof(len) + len, info.value_size - sizeof(len) - len);
	return elf->err ? elf->err : settings->err;
}

int kept_read(uint32_t id, struct buf *elf, struct buf *settings)
{
	int err, fd = kind_open(KIND_MAP, id);

	if (fd < 0)
		return fd;
	err = read_value(fd, elf, settings);
	close(fd);
	return err;
}

/* --- folders --- */

static int remove_entry(const char *name, const struct bpffs_entry *entry, void *folder)
{
	struct buf path __buf_free = {};

	buf_printf(&path, "%s/%s", (const char *)folder, name);
	if (entry->type == BPFFS_FOLDER)
		return kept_remove(buf_cstr(&path));
	return bpffs_unlink(folder, name);
}

int kept_remove(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	struct buf parent __buf_free = {};
	int err = bpffs_list(folder, remove_entry, (void *)folder);

	if (err || !slash)
		return err == -ENOENT ? 0 : err;
	buf_add(&parent, folder, (size_t)(slash - folder));
	return bpffs_rmdir(buf_cstr(&parent), slash + 1);
}

struct visit {
	int (*fn)(const char *name, void *arg);
	void *arg;
};

static int visit_folder(const char *name, const struct bpffs_entry *entry, void *arg)
{
	const struct visit *v = arg;
	uint32_t id;

	return entry->type == BPFFS_FOLDER && !kept_id(name, &id) ? v->fn(name, v->arg) : 0;
}

int kept_each(int (*fn)(const char *name, void *arg), void *arg)
{
	struct buf path __buf_free = {};
	struct visit v = {fn, arg};
	int err;

	pin_kept_folder(&path);
	err = bpffs_list(buf_cstr(&path), visit_folder, &v);
	return err == -ENOENT ? 0 : err;
}

/* --- pins --- */

int object_pinned(const char *name, enum kind kind, const char *item, uint32_t *id)
{
	struct buf path __buf_free = {};
	struct bpffs_entry entry;
	int err;

	kept_path(name, kind_name(kind), item, &path);
	err = bpffs_look(buf_cstr(&path), &entry);
	if (!err && (entry.type != BPFFS_OBJECT || entry.kind != kind))
		err = -ENOENT;
	if (!err)
		*id = entry.id;
	return err;
}

struct link_visit {
	int (*fn)(const char *link, uint32_t id, void *arg);
	void *arg;
};

static int visit_link(const char *name, const struct bpffs_entry *entry, void *arg)
{
	const struct link_visit *v = arg;

	return entry->type == BPFFS_OBJECT ? v->fn(name, entry->id, v->arg) : 0;
}

int object_each_link(const char *name, int (*fn)(const char *link, uint32_t id, void *arg),
		     void *arg)
{
	struct buf path __buf_free = {};
	struct link_visit v = {fn, arg};
	int err;

	kept_path(name, kind_name(KIND_LINK), NULL, &path);
	err = bpffs_list(buf_cstr(&path), visit_link, &v);
	return err == -ENOENT ? 0 : err;
}
