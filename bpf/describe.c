// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe.h"

#include <errno.h>
#include <net/if.h>

static const char *const prog_columns[] = {"id",      "type",	"name", "tag",	  "bytes_xlated",
					   "map_ids", "btf_id", "pids", "pinned", NULL};
static const char *const map_columns[] = {
    "id",	   "type",	    "name",   "flags", "bytes_key", "bytes_value",
    "max_entries", "bytes_memlock", "btf_id", "pids",  "pinned",    NULL};
static const char *const link_columns[] = {"id",     "type", "prog_id", "prog_name", "attach_type",
					   "target", "pids", "pinned",	NULL};
static const char *const btf_columns[] = {"id",	      "size",	 "kernel", "name",
					  "prog_ids", "map_ids", "pids",   NULL};

static const struct {
	int (*describe)(struct doc *d, uint32_t id, const struct relations *r);
	const char *const *columns;
} kinds[KIND_COUNT] = {
    [KIND_PROG] = {describe_prog, prog_columns},
    [KIND_MAP] = {describe_map, map_columns},
    [KIND_LINK] = {describe_link, link_columns},
    [KIND_BTF] = {describe_btf, btf_columns},
};

/* What cannot be found out is left out: an object is worth showing without its holders. */
static void relations_get(struct relations *r, struct scene *scene, enum kind kind, uint32_t id)
{
	*r = (struct relations){.scene = scene};
	if (holders_get(kind, id, &r->holders))
		r->holders = NULL;
	if (pins_get(&r->pins))
		r->pins = NULL;
}

static void relations_put(struct relations *r)
{
	holders_put(r->holders);
	pins_put(r->pins);
	scene_free(r->scene);
}

int describe_object(enum kind kind, uint32_t id, enum doc_form form, struct buf *out)
{
	struct doc *d = doc_begin(form, out, NULL);
	struct relations r;
	struct scene scene = {};
	int err, end;

	if (!d)
		return -ENOMEM;
	relations_get(&r, &scene, kind, id);
	err = kinds[kind].describe(d, id, &r);
	relations_put(&r);
	end = doc_end(d);
	return err ? err : end;
}

int describe_list(enum kind kind, enum doc_form form, struct buf *out)
{
	struct doc *d = doc_begin(form, out, kinds[kind].columns);
	struct relations r;
	struct scene scene = {};
	uint32_t id = 0;
	int err, end;

	if (!d)
		return -ENOMEM;
	/* the greatest id there can be: a table made now */
	relations_get(&r, &scene, kind, UINT32_MAX);
	doc_list(d);
	while (!(err = kind_next_id(kind, id, &id))) {
		err = kinds[kind].describe(d, id, &r);
		if (err && err != -ENOENT)
			break;
	}
	doc_close(d);
	relations_put(&r);
	end = doc_end(d);
	return err && err != -ENOENT ? err : end;
}

static void describe_pids(struct doc *d, const struct holder *h, size_t n)
{
	doc_array(d, "pids");
	for (size_t i = 0; i < n; i++) {
		doc_object(d, NULL);
		doc_i64(d, "pid", h[i].pid);
		doc_str(d, "comm", h[i].comm);
		doc_close(d);
	}
	doc_close(d);
}

void describe_relations(struct doc *d, enum kind kind, uint32_t id, const struct relations *r)
{
	const struct holder *holders;
	const char *const *pins;
	size_t n = 0;

	if (r->pins)
		pins = pins_of(r->pins, kind, id, &n);
	if (n) {
		doc_array(d, "pinned");
		for (size_t i = 0; i < n; i++)
			doc_str(d, NULL, pins[i]);
		doc_close(d);
	}
	n = 0;
	if (r->holders)
		holders = holders_of(r->holders, kind, id, &n);
	if (n)
		describe_pids(d, holders, n);
}

int describe_holders(enum kind kind, uint32_t id, enum doc_form form, struct buf *out)
{
	struct holders *h;
	const struct holder *of;
	struct doc *d;
	size_t n;
	int err = kind_has_id(kind, id) ? holders_get(kind, id, &h) : -ENOENT;

	if (err)
		return err;
	d = doc_begin(form, out, NULL);
	if (!d) {
		holders_put(h);
		return -ENOMEM;
	}
	of = holders_of(h, kind, id, &n);
	doc_object(d, NULL);
	doc_u64(d, "id", id);
	describe_pids(d, of, n);
	doc_close(d);
	holders_put(h);
	return doc_end(d);
}

void describe_device(struct doc *d, uint32_t ifindex, uint64_t netns_dev, uint64_t netns_ino)
{
	char name[IF_NAMESIZE];

	if (!ifindex)
		return;
	doc_object(d, "dev");
	doc_u64(d, "ifindex", ifindex);
	doc_u64(d, "ns_dev", netns_dev);
	doc_u64(d, "ns_inode", netns_ino);
	if (if_indextoname(ifindex, name))
		doc_str(d, "ifname", name);
	doc_close(d);
}
