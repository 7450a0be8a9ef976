// SPDX-License-Identifier: GPL-2.0-or-later
#include "kbtf.h"

#include "kind.h"
#include "shared.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The BTF objects used last are kept, parsed, until all of them have been idle for a while. */
enum { KEPT = 16, LARGEST_KEPT = 1 << 20 };

struct kept_btf {
	uint32_t id; /* 0: nothing here */
	unsigned int users;
	uint64_t used; /* a count of uses: the least was used longest ago */
	struct btf *btf;
	struct btf *base;
};

struct btf_cache {
	pthread_mutex_t lock;
	uint64_t uses;
	struct kept_btf kept[KEPT];
};

/* Whether a BTF object is the kernel's own, or is split off that (a module's). */
static int ask_origin(uint32_t id, bool *is_vmlinux, bool *is_split)
{
	char name[64] = "";
	struct bpf_btf_info info = {.name = (uintptr_t)name, .name_len = sizeof(name)};
	uint32_t len = sizeof(info);
	int fd = kind_open(KIND_BTF, id);
	int err;

	if (fd < 0)
		return fd;
	err = bpf_btf_get_info_by_fd(fd, &info, &len);
	close(fd);
	/* A name longer than ours is cut off, which hides nothing here. */
	if (err && err != -ENOSPC)
		return err;
	*is_vmlinux = info.kernel_btf && !strcmp(name, "vmlinux");
	*is_split = info.kernel_btf && !*is_vmlinux;
	return 0;
}

static int read_btf(uint32_t id, struct btf_ref *out)
{
	bool is_vmlinux, is_split;
	struct btf_ref ref = {};
	int err = ask_origin(id, &is_vmlinux, &is_split);

	if (!err && (is_vmlinux || is_split))
		err = kbtf_get(&ref.base);
	if (err)
		return err;
	ref.btf = is_vmlinux ? ref.base : btf__load_from_kernel_by_id_split(id, ref.base);
	if (!ref.btf) {
		err = -errno;
		kbtf_put(ref.base);
		return err;
	}
	*out = ref;
	return 0;
}

static void free_btf(struct btf *btf, struct btf *base)
{
	if (btf != base)
		btf__free(btf);
	kbtf_put(base);
}

static int load_cache(void **out)
{
	struct btf_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	pthread_mutex_init(&c->lock, NULL);
	*out = c;
	return 0;
}

static void unload_cache(void *value)
{
	struct btf_cache *c = value;

	for (int i = 0; i < KEPT; i++)
		free_btf(c->kept[i].btf, c->kept[i].base);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct shared cache = {
    .load = load_cache,
    .unload = unload_cache,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

/* One more user of what is kept under an id, or NULL. */
static struct kept_btf *find_kept(struct btf_cache *c, uint32_t id)
{
	struct kept_btf *found = NULL;

	pthread_mutex_lock(&c->lock);
	for (int i = 0; i < KEPT && !found; i++)
		if (c->kept[i].id == id)
			found = &c->kept[i];
	if (found) {
		found->users++;
		found->used = ++c->uses;
	}
	pthread_mutex_unlock(&c->lock);
	return found;
}

/* Keeps what was read in place of what was used longest ago; NULL when all are in use. */
static struct kept_btf *keep(struct btf_cache *c, uint32_t id, const struct btf_ref *ref)
{
	struct kept_btf *to = NULL, old = {};

	pthread_mutex_lock(&c->lock);
	for (int i = 0; i < KEPT; i++)
		if (!c->kept[i].users && (!to || c->kept[i].used < to->used))
			to = &c->kept[i];
	if (to) {
		old = *to;
		*to = (struct kept_btf){id, 1, ++c->uses, ref->btf, ref->base};
	}
	pthread_mutex_unlock(&c->lock);
	free_btf(old.btf, old.base);
	return to;
}

/* vmlinux BTF is shared already, and what is large is not for keeping. */
static bool is_for_keeping(const struct btf_ref *ref)
{
	uint32_t size;

	return !ref->base && btf__raw_data(ref->btf, &size) && size <= LARGEST_KEPT;
}

int btf_open(uint32_t id, struct btf_ref *out)
{
	struct btf_ref ref = {};
	void *value;
	int err = kind_has_id(KIND_BTF, id) ? shared_get(&cache, &value) : -ENOENT;

	if (err)
		return err;
	ref.kept = find_kept(value, id);
	if (ref.kept) {
		ref.btf = ref.kept->btf;
		ref.base = ref.kept->base;
	} else {
		err = read_btf(id, &ref);
		if (!err && is_for_keeping(&ref))
			ref.kept = keep(value, id, &ref);
	}
	if (ref.kept)
		ref.cache = value;
	else
		shared_put(&cache, value);
	if (!err)
		*out = ref;
	return err;
}

int btf_open_kernels(uint32_t id, struct btf_ref *out)
{
	struct btf *btf;
	int err = id ? btf_open(id, out) : kbtf_get(&btf);

	if (!id && !err)
		*out = (struct btf_ref){.btf = btf, .base = btf};
	return err;
}

void btf_close(struct btf_ref *ref)
{
	if (ref->kept) {
		pthread_mutex_lock(&ref->cache->lock);
		ref->kept->users--;
		pthread_mutex_unlock(&ref->cache->lock);
		shared_put(&cache, ref->cache);
	} else {
		free_btf(ref->btf, ref->base);
	}
	*ref = (struct btf_ref){};
}
