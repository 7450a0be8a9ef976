// SPDX-License-Identifier: GPL-2.0-or-later
#include "holders.h"

#include "buf.h"
#include "holders_proc.h"
#include "holders_record.h"
#include "iterators.h"
#include "shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct holders {
	uint32_t greatest[KIND_COUNT]; /* ids, before the table was made */
	size_t n;
	/* Ascending by key, then pid. */
	uint64_t *keys;
	struct holder *holders;
	pid_t *pids; /* each once, ascending */
	size_t n_pids;
};

/* For tests. */
static _Atomic bool procfs_forced;

/* Leaves out what this process has open for a moment only. */
static void drop_passing(struct buf *records)
{
	struct holders_record *r = (void *)records->data;
	size_t n = records->len / sizeof(*r), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (r[i].pid != getpid() || iterators_own(kind_key(r[i].kind, r[i].id)))
			r[kept++] = r[i];
	records->len = kept * sizeof(*r);
}

static int collect(struct buf *records)
{
	int err = -ENOENT;

	if (!procfs_forced)
		err = iterator_read(ITERATOR_FILES, sizeof(struct holders_record), records);
	if (err) {
		buf_reset(records);
		err = holders_walk_proc(records);
	}
	if (!err)
		drop_passing(records);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct holders_record *x = a, *y = b;
	uint64_t p = kind_key(x->kind, x->id), q = kind_key(y->kind, y->id);

	if (p != q)
		return p < q ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

static int fill_pids(struct holders *h)
{
	h->pids = calloc(h->n + 1, sizeof(*h->pids));
	if (!h->pids)
		return -ENOMEM;
	for (size_t i = 0; i < h->n; i++)
		h->pids[i] = h->holders[i].pid;
	qsort(h->pids, h->n, sizeof(*h->pids), compare_pids);
	for (size_t i = 0; i < h->n; i++)
		if (!i || h->pids[i] != h->pids[h->n_pids - 1])
			h->pids[h->n_pids++] = h->pids[i];
	return 0;
}

/* Sorts the records and copies them, one for a process's several descriptors of an object. */
static int fill(struct holders *h, struct holders_record *records, size_t n)
{
	h->keys = calloc(n + 1, sizeof(*h->keys));
	h->holders = calloc(n + 1, sizeof(*h->holders));
	if (!h->keys || !h->holders)
		return -ENOMEM;
	if (n)
		qsort(records, n, sizeof(*records), compare);
	for (size_t i = 0; i < n; i++) {
		const struct holders_record *r = &records[i];

		if (i && !compare(r - 1, r))
			continue;
		h->keys[h->n] = kind_key(r->kind, r->id);
		h->holders[h->n].pid = r->pid;
		memcpy(h->holders[h->n].comm, r->comm, sizeof(r->comm));
		h->n++;
	}
	return fill_pids(h);
}

static void unload(void *value)
{
	struct holders *h = value;

	free(h->keys);
	free(h->holders);
	free(h->pids);
	free(h);
}

static int load(void **out)
{
	static uint32_t greatest[KIND_COUNT];
	struct buf records __buf_free = {};
	struct holders *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		h->greatest[kind] = greatest[kind] = kind_greatest_id(kind, greatest[kind]);
	err = collect(&records);
	if (!err)
		err = fill(h, (void *)records.data, records.len / sizeof(struct holders_record));
	if (err) {
		unload(h);
		return err;
	}
	*out = h;
	return 0;
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	(void)value;
	return age_ns <= 5000000 || age_ns <= 20 * cost_ns;
}

static struct shared shared = {
    .load = load,
    .unload = unload,
    .fresh = fresh,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

/* A table, made anew when `too_old` says so of the one that there is. */
static int get(bool (*too_old)(const struct holders *h, uint64_t arg), uint64_t arg,
	       struct holders **out)
{
	void *value;
	int err = shared_get(&shared, &value);

	if (!err && too_old(value, arg)) {
		shared_drop(&shared, value);
		shared_put(&shared, value);
		err = shared_get(&shared, &value);
	}
	if (!err)
		*out = value;
	return err;
}

static bool is_older_than(const struct holders *h, uint64_t key)
{
	return (uint32_t)key > h->greatest[key >> 32];
}

static bool is_older_than_any(const struct holders *h, uint64_t arg)
{
	uint32_t newer;

	(void)arg;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (!kind_next_id(kind, h->greatest[kind], &newer))
			return true;
	return false;
}

int holders_get(enum kind kind, uint32_t id, struct holders **out)
{
	return get(is_older_than, kind_key(kind, id), out);
}

int holders_get_all(struct holders **out)
{
	return get(is_older_than_any, 0, out);
}

static bool is_of_the_past(const struct holders *h, uint64_t arg)
{
	(void)h, (void)arg;
	return true;
}

int holders_get_now(struct holders **out)
{
	return get(is_of_the_past, 0, out);
}

void holders_put(struct holders *h)
{
	shared_put(&shared, h);
}

const struct holder *holders_of(const struct holders *h, enum kind kind, uint32_t id, size_t *n)
{
	uint64_t key = kind_key(kind, id);
	size_t low = 0, high = h->n, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < h->n && h->keys[end] == key; end++)
		;
	*n = end - low;
	return h->holders + low;
}

const pid_t *holders_pids(const struct holders *h, size_t *n)
{
	*n = h->n_pids;
	return h->pids;
}

int holders_of_pid(const struct holders *h, pid_t pid,
		   int (*fn)(enum kind kind, uint32_t id, void *arg), void *arg)
{
	int ret = 0;

	for (size_t i = 0; i < h->n && !ret; i++)
		if (h->holders[i].pid == pid)
			ret = fn(h->keys[i] >> 32, (uint32_t)h->keys[i], arg);
	return ret;
}

const char *holders_source(void)
{
	return !procfs_forced && iterator_works(ITERATOR_FILES) ? "bpf iterator" : "procfs";
}

void holders_force_procfs(bool on)
{
	procfs_forced = on;
}
