// SPDX-License-Identifier: GPL-2.0-or-later
#include "index.h"

#include "btf_info.h"
#include "buf.h"
#include "link.h"
#include "map.h"
#include "prog.h"
#include "shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long an index may be used: never so short that making it is most of the work. */
enum { MOMENT_NS = 20000000, COSTS = 20 };

struct built {
	struct index index; /* first: users hold a pointer to it */
	enum kind kind;
	uint32_t newest;
	struct buf entries; /* struct index_entry each */
	struct buf text;    /* bare names, NUL-terminated */
	struct buf files;   /* names for files */
	struct buf maps;    /* ids of all programs' maps, one after the other */
	uint32_t *order;
};

/* While the buffers grow, entries hold offsets in place of pointers. */
static const void *offset_as_pointer(size_t offset)
{
	return (const void *)(uintptr_t)offset;
}

static int describe_prog(struct built *b, struct index_entry *e, struct buf *name)
{
	struct prog p;
	int err = prog_open(e->id, PROG_MAPS, &p);

	if (err)
		return err;
	e->type = p.info.type;
	e->btf_id = p.info.btf_id;
	e->target_id = p.info.attach_btf_obj_id;
	e->target_btf_id = p.info.attach_btf_id;
	for (size_t i = 0; i < BPF_TAG_SIZE; i++)
		e->tag = e->tag << 8 | p.info.tag[i];
	e->map_ids = offset_as_pointer(b->maps.len);
	e->nmap_ids = p.map_ids ? p.info.nr_map_ids : 0;
	buf_add(&b->maps, p.map_ids, e->nmap_ids * sizeof(*p.map_ids));
	err = prog_full_name(&p, name);
	prog_close(&p);
	return err;
}

static int describe_map(struct index_entry *e, struct buf *name)
{
	struct map m;
	int err = map_open(e->id, false, &m);

	if (err)
		return err;
	e->type = m.info.type;
	e->btf_id = m.info.btf_id;
	buf_add(name, m.info.name, strnlen(m.info.name, sizeof(m.info.name)));
	map_close(&m);
	return 0;
}

static int describe_link(struct index_entry *e)
{
	struct link l;
	int err = link_open(e->id, &l);

	if (err)
		return err;
	e->type = l.info.known.type;
	e->prog_id = l.info.known.prog_id;
	if (e->type == BPF_LINK_TYPE_TRACING) {
		e->target_id = l.info.known.tracing.target_obj_id;
		e->target_btf_id = l.info.known.tracing.target_btf_id;
	}
	link_close(&l);
	return 0;
}

static int describe_btf(struct index_entry *e, struct buf *name)
{
	struct bpf_btf_info info;
	int err = btf_info_read(e->id, &info, name);

	e->type = err ? 0 : info.kernel_btf;
	return err;
}

static int describe(struct built *b, struct index_entry *e, struct buf *name)
{
	switch (b->kind) {
	case KIND_PROG: return describe_prog(b, e, name);
	case KIND_MAP: return describe_map(e, name);
	case KIND_LINK: return describe_link(e);
	case KIND_BTF: return describe_btf(e, name);
	default: return -EINVAL;
	}
}

static int collect(struct built *b)
{
	struct buf name __buf_free = {};
	uint32_t id = 0;
	int err;

	while (!(err = kind_next_id(b->kind, id, &id))) {
		struct index_entry e = {.id = id, .name = offset_as_pointer(b->text.len)};

		buf_reset(&name);
		b->newest = id;
		err = describe(b, &e, &name);
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		buf_str(&b->text, buf_cstr(&name));
		buf_char(&b->text, '\0');
		buf_add(&b->entries, &e, sizeof(e));
	}
	if (err != -ENOENT)
		return err;
	return b->text.err ? b->text.err : b->maps.err ? b->maps.err : b->entries.err;
}

static int compare_names(const void *a, const void *b, void *entries)
{
	const struct index_entry *e = entries;

	return strcmp(e[*(const uint32_t *)a].name, e[*(const uint32_t *)b].name);
}

static int compare_file_names(const void *a, const void *b, void *entries)
{
	const struct index_entry *e = entries;

	return strcmp(e[*(const uint32_t *)a].file_name, e[*(const uint32_t *)b].file_name);
}

/* Whether a name cannot stand alone as that of a file. */
static bool needs_id(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return true;
	return dot && dot[1] && dot[1 + strspn(dot + 1, "0123456789")] == '\0';
}

void index_file_name(const char *name, uint32_t id, bool shared, struct buf *out)
{
	buf_str(out, name);
	if (*name && (shared || needs_id(name)))
		buf_printf(out, ".%u", id);
}

/* Gives every entry its file's name; `order` is that of the bare names. */
static int name_files(struct built *b, struct index_entry *entries, const uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct index_entry *e = &entries[order[i]];
		bool shared = (i && !strcmp(e->name, entries[order[i - 1]].name)) ||
			      (i + 1 < n && !strcmp(e->name, entries[order[i + 1]].name));

		e->file_name = offset_as_pointer(b->files.len);
		index_file_name(e->name, e->id, shared, &b->files);
		buf_char(&b->files, '\0');
	}
	for (size_t i = 0; !b->files.err && i < n; i++)
		entries[i].file_name = b->files.data + (size_t)entries[i].file_name;
	return b->files.err;
}

static int sort_by_name(struct built *b, struct index_entry *entries, size_t n)
{
	uint32_t *order = calloc(n + 1, sizeof(*order));
	int err;

	b->index.by_name = b->order = order;
	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), compare_names, entries);
	err = name_files(b, entries, order, n);
	if (!err)
		qsort_r(order, n, sizeof(*order), compare_file_names, entries);
	return err;
}

static void unload(void *value)
{
	struct built *b = value;

	buf_free(&b->entries);
	buf_free(&b->text);
	buf_free(&b->files);
	buf_free(&b->maps);
	free(b->order);
	free(b);
}

static int load(enum kind kind, void **out)
{
	struct built *b = calloc(1, sizeof(*b));
	struct index_entry *entries;
	size_t n;
	int err;

	if (!b)
		return -ENOMEM;
	b->kind = kind;
	err = collect(b);
	entries = (struct index_entry *)b->entries.data;
	n = b->entries.len / sizeof(*entries);
	for (size_t i = 0; !err && i < n; i++) {
		entries[i].name = b->text.data + (size_t)entries[i].name;
		entries[i].map_ids =
		    entries[i].nmap_ids
			? (const uint32_t *)(b->maps.data + (size_t)entries[i].map_ids)
			: NULL; /* there may be no maps at all */
	}
	if (!err)
		err = sort_by_name(b, entries, n);
	if (err) {
		unload(b);
		return err;
	}
	b->index.n = n;
	b->index.entries = entries;
	*out = b;
	return 0;
}

static int load_progs(void **out)
{
	return load(KIND_PROG, out);
}

static int load_maps(void **out)
{
	return load(KIND_MAP, out);
}

static int load_links(void **out)
{
	return load(KIND_LINK, out);
}

static int load_btfs(void **out)
{
	return load(KIND_BTF, out);
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	const struct built *b = value;
	uint32_t newer;

	return (age_ns < MOMENT_NS || age_ns < COSTS * cost_ns) &&
	       kind_next_id(b->kind, b->newest, &newer) == -ENOENT;
}

#define INDEX(load_)                                                                               \
	{                                                                                          \
		.load = load_, .unload = unload, .fresh = fresh, .lock = PTHREAD_MUTEX_INITIALIZER \
	}

static struct shared indexes[] = {
    [KIND_PROG] = INDEX(load_progs),
    [KIND_MAP] = INDEX(load_maps),
    [KIND_LINK] = INDEX(load_links),
    [KIND_BTF] = INDEX(load_btfs),
};

int index_get(enum kind kind, const struct index **out)
{
	void *value;
	int err = shared_get(&indexes[kind], &value);

	if (!err)
		*out = &((struct built *)value)->index;
	return err;
}

void index_put(enum kind kind, const struct index *x)
{
	shared_put(&indexes[kind], (void *)(uintptr_t)x);
}

int index_renew(enum kind kind, const struct index **x)
{
	const struct index *old = *x;

	shared_drop(&indexes[kind], old);
	index_put(kind, old);
	return index_get(kind, x);
}

const struct index_entry *index_by_id(const struct index *x, uint32_t id)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (x->entries[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < x->n && x->entries[low].id == id ? &x->entries[low] : NULL;
}

const struct index_entry *index_by_name(const struct index *x, const char *file_name)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(x->entries[x->by_name[mid]].file_name, file_name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == x->n || strcmp(x->entries[x->by_name[low]].file_name, file_name) != 0)
		return NULL;
	return &x->entries[x->by_name[low]];
}
