// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapcreate.h"

#include "bpffs.h"
#include "mapcreate_rules.h"
#include "mapwish.h"
#include "pinning.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static int keep(int fd, const struct mapwish *w, struct buf *pinned, struct problem *why)
{
	int err;

	if (w->pin.at) {
		if (*w->pin.at != '/') {
			bpffs_root(pinned);
			buf_char(pinned, '/');
		}
		buf_add(pinned, w->pin.at, span_len(w->pin));
		return pin_fd(fd, w->pin, why);
	}
	err = pin_keep_as(fd, w->name, pinned, why);
	if (err && why)
		why->at = w->full_name.at;
	return err;
}

static int refused(const struct mapwish *w, int err, struct problem *why)
{
	const char *rule = err == -EINVAL ? mapcreate_rule(w->type) : NULL;

	if (w->type == BPF_MAP_TYPE_STRUCT_OPS)
		return problem(why, -EOPNOTSUPP, w->type_at.at,
			       "such maps are made by loading an object file that has one");
	return problem(why, err, err == -EINVAL ? w->type_at.at : NULL,
		       "the kernel refuses such a map: %s%s%s", strerrordesc_np(-err),
		       rule ? "; it wants " : "", rule ? rule : "");
}

static int create(const struct mapwish *w, uint32_t *id, struct buf *pinned, struct problem *why)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_map_create(w->type, w->name, w->key_size, w->value_size, w->entries, &w->opts);
	int err = fd < 0 ? fd : bpf_map_get_info_by_fd(fd, &info, &len);

	if (fd < 0)
		return refused(w, err, why);
	*id = info.id;
	if (!err)
		err = keep(fd, w, pinned, why);
	close(fd);
	return err;
}

int mapcreate(struct span words, uint32_t *id, struct buf *pinned, struct problem *why)
{
	struct mapwish w;
	int err = mapwish_read(words, &w, why);

	if (!err)
		err = create(&w, id, pinned, why);
	mapwish_free(&w);
	return err;
}
