// SPDX-License-Identifier: GPL-2.0-or-later
#include "progaddr.h"

#include "kind.h"
#include "prog.h"
#include "shared.h"

#include <errno.h>
#include <stdlib.h>

/* The code of one sub-program. */
struct range {
	uint64_t addr;
	uint32_t len;
	uint32_t prog;
	uint32_t sub;
};

struct progaddr {
	struct buf ranges; /* struct range each, ascending */
	uint32_t newest;   /* program */
};

static const struct range *ranges_of(const struct progaddr *a, size_t *n)
{
	*n = a->ranges.len / sizeof(struct range);
	return (const struct range *)a->ranges.data;
}

static int add_prog(struct progaddr *a, uint32_t id)
{
	struct prog p;
	int err = prog_open(id, PROG_ADDRS, &p);

	if (err)
		return err == -ENOMEM ? err : 0;
	for (uint32_t i = 0;
	     p.ksyms && p.func_lens && i < p.info.nr_jited_ksyms && i < p.info.nr_jited_func_lens;
	     i++) {
		struct range r = {p.ksyms[i], p.func_lens[i], id, i};

		buf_add(&a->ranges, &r, sizeof(r));
	}
	prog_close(&p);
	return a->ranges.err;
}

static int compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void unload(void *value)
{
	struct progaddr *a = value;

	buf_free(&a->ranges);
	free(a);
}

static int load(void **out)
{
	struct progaddr *a = calloc(1, sizeof(*a));
	uint32_t id = 0;
	int err;

	if (!a)
		return -ENOMEM;
	while (!(err = kind_next_id(KIND_PROG, id, &id))) {
		a->newest = id;
		err = add_prog(a, id);
		if (err)
			break;
	}
	if (err != -ENOENT) {
		unload(a);
		return err;
	}
	if (a->ranges.len)
		qsort(a->ranges.data, a->ranges.len / sizeof(struct range), sizeof(struct range),
		      compare);
	*out = a;
	return 0;
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	const struct progaddr *a = value;
	uint32_t newer;

	(void)age_ns, (void)cost_ns;
	return kind_next_id(KIND_PROG, a->newest, &newer) == -ENOENT;
}

static struct shared shared = {
    .load = load,
    .unload = unload,
    .fresh = fresh,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

int progaddr_get(struct progaddr **out)
{
	void *value;
	int err = shared_get(&shared, &value);

	if (!err)
		*out = value;
	return err;
}

void progaddr_put(struct progaddr *a)
{
	shared_put(&shared, a);
}

static const struct range *find(const struct progaddr *a, uint64_t addr)
{
	size_t low = 0, high;
	const struct range *ranges = ranges_of(a, &high);

	while (low < high) { /* the first one above addr */
		size_t middle = low + (high - low) / 2;

		if (ranges[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low && addr - ranges[low - 1].addr < ranges[low - 1].len ? &ranges[low - 1] : NULL;
}

bool progaddr_symbol(const struct progaddr *a, uint64_t addr, struct buf *out, uint64_t *offset)
{
	const struct range *r = find(a, addr);
	size_t before = out->len;
	struct btf_ref btf = {};
	struct prog p;

	if (!r || prog_open(r->prog, PROG_FUNCS, &p))
		return false;
	if (p.info.btf_id && btf_open(p.info.btf_id, &btf))
		btf = (struct btf_ref){};
	prog_symbol(&p, btf.btf, r->sub, out);
	if (btf.btf)
		btf_close(&btf);
	prog_close(&p);
	*offset = addr - r->addr;
	return out->len > before;
}
