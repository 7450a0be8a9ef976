// SPDX-License-Identifier: GPL-2.0-or-later
#include "iterators.h"

#include "kind.h"

#include "bpf/iterators.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	bool tried; /* to load them */
	struct iterators_bpf *bpf;
	struct bpf_link *links[ITERATOR_COUNT]; /* of bpf; NULL: this kernel refuses it */
	uint64_t own[1 + 2 * ITERATOR_COUNT];	/* keys of BTF, programs and links */
} loaded = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void unload(void)
{
	iterators_bpf__destroy(loaded.bpf);
	loaded.bpf = NULL;
	memset(loaded.links, 0, sizeof(loaded.links));
	memset(loaded.own, 0, sizeof(loaded.own));
}

static int note_own_objects(int i, const struct bpf_program *prog)
{
	struct bpf_prog_info prog_info = {};
	struct bpf_link_info link_info = {};
	uint32_t prog_len = sizeof(prog_info), link_len = sizeof(link_info);
	int err = bpf_prog_get_info_by_fd(bpf_program__fd(prog), &prog_info, &prog_len);

	if (!err)
		err = bpf_link_get_info_by_fd(bpf_link__fd(loaded.links[i]), &link_info, &link_len);
	loaded.own[0] = kind_key(KIND_BTF, prog_info.btf_id);
	loaded.own[1 + 2 * i] = kind_key(KIND_PROG, prog_info.id);
	loaded.own[2 + 2 * i] = kind_key(KIND_LINK, link_info.id);
	return err;
}

/* Loads and attaches the first `n`. */
static int load(int n)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bpfview");
	struct iterators_bpf *bpf = loaded.bpf = iterators_bpf__open_opts(&opts);
	struct bpf_program *const progs[ITERATOR_COUNT] = {
	    [ITERATOR_FILES] = bpf ? bpf->progs.bpfview_holders : NULL,
	    [ITERATOR_LINKS] = bpf ? bpf->progs.bpfview_links : NULL};
	int err = bpf ? 0 : -errno;

	for (int i = 0; !err && i < ITERATOR_COUNT; i++)
		err = bpf_program__set_autoload(progs[i], i < n);
	if (!err)
		err = iterators_bpf__load(bpf);
	if (!err)
		err = iterators_bpf__attach(bpf);
	if (err)
		return err;
	loaded.links[ITERATOR_FILES] = bpf->links.bpfview_holders;
	loaded.links[ITERATOR_LINKS] = bpf->links.bpfview_links;
	for (int i = 0; !err && i < n; i++)
		err = note_own_objects(i, progs[i]);
	return err;
}

/* With the lock held.  Loading is tried once only: a kernel that has not all may have the first. */
static void load_once(void)
{
	if (loaded.tried)
		return;
	loaded.tried = true;
	for (int n = ITERATOR_COUNT; n > 0; n--) {
		if (!load(n))
			break;
		unload();
	}
	/* libbpf has read all of vmlinux BTF for that. */
	malloc_trim(0);
}

/* Its descriptor, which stays until iterators_exit(); -EOPNOTSUPP. */
static int link_of(enum iterator which)
{
	int fd;

	pthread_mutex_lock(&loaded.lock);
	load_once();
	fd = loaded.links[which] ? bpf_link__fd(loaded.links[which]) : -EOPNOTSUPP;
	pthread_mutex_unlock(&loaded.lock);
	return fd;
}

int iterator_read(enum iterator which, size_t size, struct buf *records)
{
	int link = link_of(which), fd = link < 0 ? link : bpf_iter_create(link);
	size_t before = records->len;
	ssize_t n = -1;
	char *room;

	if (fd < 0)
		return fd;
	while ((room = buf_room(records, 32768))) {
		n = read(fd, room, 32768);
		if (n > 0)
			records->len += (size_t)n;
		/* EAGAIN: a million objects without a record. */
		else if (!n || (errno != EAGAIN && errno != EINTR))
			break;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	if (records->err)
		return records->err;
	return n ? (int)n : (records->len - before) % size ? -EIO : 0;
}

bool iterator_works(enum iterator which)
{
	return link_of(which) >= 0;
}

bool iterators_own(uint64_t key)
{
	bool found = false;

	pthread_mutex_lock(&loaded.lock);
	for (size_t i = 0; i < sizeof(loaded.own) / sizeof(loaded.own[0]); i++)
		found |= key == loaded.own[i];
	pthread_mutex_unlock(&loaded.lock);
	return found;
}

void iterators_exit(void)
{
	pthread_mutex_lock(&loaded.lock);
	unload();
	loaded.tried = false;
	pthread_mutex_unlock(&loaded.lock);
}
