// SPDX-License-Identifier: GPL-2.0-or-later
#include "object.h"
#include "describe.h"

#include "btf_info.h"
#include "fdinfo.h"
#include "index.h"
#include "map.h"
#include "prog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Memory of all objects of one kind, by their position in the index. */
struct usage {
	const struct index *index;
	uint64_t *bytes;
	uint64_t total;
};

static uint64_t object_bytes(enum kind kind, uint32_t id)
{
	struct buf text __buf_free = {};
	struct bpf_btf_info info;
	uint64_t bytes = 0;
	int fd;

	if (kind == KIND_BTF)
		return btf_info_read(id, &info, &text) ? 0 : info.btf_size;
	fd = kind_open(kind, id);
	if (fd < 0)
		return 0;
	if (!fdinfo_read(fd, &text))
		fdinfo_u64(&text, "memlock", &bytes);
	close(fd);
	return bytes;
}

static int usage_get(enum kind kind, struct usage *u)
{
	int err = index_get(kind, &u->index);

	if (err)
		return err;
	u->total = 0;
	u->bytes = calloc(u->index->n + 1, sizeof(*u->bytes));
	for (size_t i = 0; u->bytes && i < u->index->n; i++)
		u->total += u->bytes[i] = object_bytes(kind, u->index->entries[i].id);
	if (u->bytes)
		return 0;
	index_put(kind, u->index);
	return -ENOMEM;
}

static void usage_put(enum kind kind, struct usage *u)
{
	index_put(kind, u->index);
	free(u->bytes);
}

static void describe_usage(struct doc *d, enum kind kind, const struct usage *u)
{
	doc_object(d, kind_name(kind));
	doc_u64(d, "count", u->index->n);
	doc_u64(d, "bytes_memory", u->total);
	doc_close(d);
}

/* Memory under one name. */
struct named {
	const char *name;
	uint64_t count;
	uint64_t bytes;
};

static int by_bytes(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : -(x->bytes > y->bytes);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static size_t sum_by_name(const struct usage *maps, struct named *out)
{
	const struct index *x = maps->index;
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		out[i] = (struct named){x->entries[i].name, 1, maps->bytes[i]};
	qsort(out, x->n, sizeof(*out), by_name);
	for (size_t i = 0; i < x->n; i++) {
		if (n && !strcmp(out[n - 1].name, out[i].name)) {
			out[n - 1].count++;
			out[n - 1].bytes += out[i].bytes;
		} else {
			out[n++] = out[i];
		}
	}
	qsort(out, n, sizeof(*out), by_bytes);
	return n;
}

static int describe_names(struct doc *d, const struct usage *maps)
{
	struct named *names = calloc(maps->index->n + 1, sizeof(*names));
	size_t n = names ? sum_by_name(maps, names) : 0;

	if (!names)
		return -ENOMEM;
	doc_array(d, "maps_by_name");
	for (size_t i = 0; i < n; i++) {
		doc_object(d, NULL);
		doc_str(d, "name", names[i].name);
		doc_u64(d, "count", names[i].count);
		doc_u64(d, "bytes_memory", names[i].bytes);
		doc_close(d);
	}
	doc_close(d);
	free(names);
	return 0;
}

static bool is_used(const struct index *progs, uint32_t map_id)
{
	for (size_t i = 0; i < progs->n; i++)
		for (uint32_t m = 0; m < progs->entries[i].nmap_ids; m++)
			if (progs->entries[i].map_ids[m] == map_id)
				return true;
	return false;
}

/* Maps that nothing but their pins keep: no program uses them, no process holds them. */
static void describe_unused(struct doc *d, const struct index *maps, const struct index *progs)
{
	struct holders *holders = NULL;
	struct pins *pins = NULL;

	if (holders_get(KIND_MAP, UINT32_MAX, &holders))
		holders = NULL;
	if (pins_get(&pins))
		pins = NULL;
	doc_array(d, "pinned_unused_maps");
	for (size_t i = 0; holders && pins && i < maps->n; i++) {
		uint32_t id = maps->entries[i].id;
		size_t npins, nholders;
		const char *const *paths = pins_of(pins, KIND_MAP, id, &npins);

		holders_of(holders, KIND_MAP, id, &nholders);
		/* that of an object's file is of use to us */
		if (!npins || nholders || !strcmp(maps->entries[i].name, OBJECT_FILE_MAP) ||
		    is_used(progs, id))
			continue;
		doc_object(d, NULL);
		doc_u64(d, "id", id);
		doc_str(d, "pinned", paths[0]);
		doc_close(d);
	}
	doc_close(d);
	holders_put(holders);
	pins_put(pins);
}

static int describe(struct doc *d)
{
	static const enum kind kinds[] = {KIND_PROG, KIND_MAP, KIND_LINK, KIND_BTF};
	struct usage use[KIND_COUNT];
	size_t n = 0;
	int err = 0;

	while (!err && n < sizeof(kinds) / sizeof(kinds[0])) {
		err = usage_get(kinds[n], &use[kinds[n]]);
		n += !err;
	}
	if (!err) {
		doc_object(d, NULL);
		for (size_t i = 0; i < n; i++)
			describe_usage(d, kinds[i], &use[kinds[i]]);
		err = describe_names(d, &use[KIND_MAP]);
		describe_unused(d, use[KIND_MAP].index, use[KIND_PROG].index);
		doc_close(d);
	}
	while (n--)
		usage_put(kinds[n], &use[kinds[n]]);
	return err;
}

int describe_summary(enum doc_form form, struct buf *out)
{
	struct doc *d = doc_begin(form, out, NULL);
	int err, end;

	if (!d)
		return -ENOMEM;
	err = describe(d);
	end = doc_end(d);
	return err ? err : end;
}
