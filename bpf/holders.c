// SPDX-License-Identifier: GPL-2.0-or-later
#include "holders.h"

#include "buf.h"
#include "holders_proc.h"
#include "holders_record.h"
#include "shared.h"

#include "bpf/holders.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <malloc.h>
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

/* The resident iterator. */
static struct {
	pthread_mutex_t lock;
	bool tried; /* to load it */
	bool procfs_forced;
	struct holders_bpf *bpf; /* NULL: it is not loaded */
	uint64_t own[3];	 /* keys of program, BTF and link */
} iterator = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void unload_iterator(void)
{
	holders_bpf__destroy(iterator.bpf);
	iterator.bpf = NULL;
	memset(iterator.own, 0, sizeof(iterator.own));
}

static int iterator_link(void)
{
	return bpf_link__fd(iterator.bpf->links.bpfview_holders);
}

static int note_own_objects(void)
{
	struct bpf_prog_info prog_info = {};
	struct bpf_link_info link_info = {};
	uint32_t prog_len = sizeof(prog_info), link_len = sizeof(link_info);
	int fd = bpf_program__fd(iterator.bpf->progs.bpfview_holders);
	int err = bpf_prog_get_info_by_fd(fd, &prog_info, &prog_len);

	if (!err)
		err = bpf_link_get_info_by_fd(iterator_link(), &link_info, &link_len);
	iterator.own[0] = kind_key(KIND_PROG, prog_info.id);
	iterator.own[1] = kind_key(KIND_BTF, prog_info.btf_id);
	iterator.own[2] = kind_key(KIND_LINK, link_info.id);
	return err;
}

static int try_load(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bpfview");
	int err;

	iterator.bpf = holders_bpf__open_opts(&opts);
	if (!iterator.bpf)
		return -errno;
	err = holders_bpf__load(iterator.bpf);
	if (!err)
		err = holders_bpf__attach(iterator.bpf);
	return err ? err : note_own_objects();
}

/* With the iterator locked: whether it can be used.  Loading is tried once only. */
static bool iterator_loaded(void)
{
	if (!iterator.tried) {
		iterator.tried = true;
		if (try_load())
			unload_iterator();
		/* libbpf has read all of vmlinux BTF for that. */
		malloc_trim(0);
	}
	return iterator.bpf;
}

static int read_iterator(struct buf *records)
{
	int fd = bpf_iter_create(iterator_link());
	ssize_t n = -1;
	char *room;

	if (fd < 0)
		return fd;
	while ((room = buf_room(records, 32768))) {
		n = read(fd, room, 32768);
		if (n > 0)
			records->len += n;
		/* EAGAIN: a million files without a record. */
		else if (!n || (errno != EAGAIN && errno != EINTR))
			break;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	if (records->err)
		return records->err;
	return n ? n : records->len % sizeof(struct holders_record) ? -EIO : 0;
}

/* With the iterator locked: leaves out what this process has open for a moment only. */
static void drop_passing(struct buf *records)
{
	struct holders_record *r = (void *)records->data;
	size_t n = records->len / sizeof(*r), kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t key = kind_key(r[i].kind, r[i].id);

		if (r[i].pid != getpid() || key == iterator.own[0] || key == iterator.own[1] ||
		    key == iterator.own[2])
			r[kept++] = r[i];
	}
	records->len = kept * sizeof(*r);
}

static int collect(struct buf *records)
{
	int err = -ENOENT;

	pthread_mutex_lock(&iterator.lock);
	if (!iterator.procfs_forced && iterator_loaded())
		err = read_iterator(records);
	if (err) {
		buf_reset(records);
		err = holders_walk_proc(records);
	}
	if (!err)
		drop_passing(records);
	pthread_mutex_unlock(&iterator.lock);
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
	bool loaded;

	pthread_mutex_lock(&iterator.lock);
	loaded = !iterator.procfs_forced && iterator_loaded();
	pthread_mutex_unlock(&iterator.lock);
	return loaded ? "bpf iterator" : "procfs";
}

void holders_force_procfs(bool on)
{
	pthread_mutex_lock(&iterator.lock);
	iterator.procfs_forced = on;
	pthread_mutex_unlock(&iterator.lock);
}

void holders_exit(void)
{
	pthread_mutex_lock(&iterator.lock);
	unload_iterator();
	iterator.tried = false;
	pthread_mutex_unlock(&iterator.lock);
}
