// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapedit.h"

#include "keyname.h"
#include "mapread.h"
#include "mapvalue.h"
#include "owner.h"
#include "typed_parse.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Changes of a part of a value are a look-up and an update: one after the other. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

int mapedit_open(uint32_t id, struct mapedit *out, struct problem *why)
{
	int err = map_open(id, true, &out->map);

	if (err == -EPERM)
		err = map_open(id, false, &out->map);
	if (err) {
		*out = (struct mapedit){.map.fd = -1};
		return problem_errno(why, err, "the map");
	}
	out->key_size = owner_key_size(out->map.info.type);
	if (!out->key_size)
		out->key_size = out->map.info.key_size;
	out->value_size = map_value_bytes(&out->map.info);
	err = maptypes_compile(&out->map.info, false, &out->types);
	if (err)
		mapedit_close(out);
	return err;
}

void mapedit_close(struct mapedit *e)
{
	maptypes_free(&e->types);
	map_close(&e->map);
}

/* --- keys --- */

/* Searches the map for the key that has such a name. */
static int search_key(const struct mapedit *e, struct span name, void *key)
{
	struct buf other __buf_free = {};
	struct map_entry entry;
	struct mapread *r;
	bool found = false;
	int err = mapread_open(&e->map, &r);

	if (err)
		return err;
	while (!found && mapread_next(r, &entry) > 0) {
		buf_reset(&other);
		keyname_encode(e->types.key, entry.key, e->key_size, &other);
		found = other.len == span_len(name) && !memcmp(other.data, name.at, other.len);
		if (found)
			memcpy(key, entry.key, e->key_size);
	}
	mapread_close(r);
	return found ? 0 : -ENOENT;
}

int mapedit_key(const struct mapedit *e, struct span text, void *key, struct problem *why)
{
	int err;

	text = span_trim(text);
	if (!e->key_size)
		return problem(why, -EOPNOTSUPP, text.at, "such maps have no keys");
	if (e->map.info.type == BPF_MAP_TYPE_CGRP_STORAGE && span_len(text) && *text.at == '/')
		return owner_of_path(text, key, why);
	err = keyname_decode(e->types.key, text, key, e->key_size, why);
	if (err > 0)
		err = search_key(e, text, key);
	if (err == -ENOENT)
		problem(why, err, text.at, "no entry has this key");
	return err;
}

/* What the kernel takes for a key: a descriptor of the owner where it is one.  0 or -errno. */
struct kernel_key {
	const void *key;
	int fd;
};

static int key_open(const struct mapedit *e, const void *key, struct kernel_key *out)
{
	*out = (struct kernel_key){.key = key, .fd = -1};
	if (!owner_key_size(e->map.info.type))
		return 0;
	out->fd = owner_open(e->map.info.type, key);
	out->key = &out->fd;
	return out->fd < 0 ? out->fd : 0;
}

static void key_close(const struct kernel_key *k)
{
	if (k->fd >= 0)
		close(k->fd);
}

/* --- the kernel's answers in words --- */

int mapedit_explain(const struct mapedit *e, int err, struct problem *why)
{
	switch (errno_known(err)) {
	case 0: return 0;
	case -ENOENT: return problem(why, err, NULL, "there is no such entry");
	case -EEXIST: return problem(why, err, NULL, "there is such an entry already");
	case -E2BIG:
	case -ENOSPC:
		return problem(why, err, NULL, "it does not fit: the map has room for %u entries",
			       e->map.info.max_entries);
	case -EPERM:
		return problem(why, err, NULL,
			       "the map is frozen or may not be changed from user space");
	case -EOPNOTSUPP: return problem(why, -EOPNOTSUPP, NULL, "such maps do not allow that");
	default: return problem_errno(why, err, "the map");
	}
}

/* --- look-up and change --- */

static int look_up(const struct mapedit *e, const void *key, void *value, uint64_t flags)
{
	struct kernel_key k;
	int err = key_open(e, key, &k);

	if (!err)
		err = bpf_map_lookup_elem_flags(e->map.fd, k.key, value, flags);
	key_close(&k);
	return err;
}

int mapedit_lookup(const struct mapedit *e, const void *key, void *value, struct problem *why)
{
	return mapedit_explain(e, look_up(e, key, value, 0), why);
}

bool mapedit_has(const struct mapedit *e, const void *key)
{
	void *value = calloc(1, e->value_size ? e->value_size : 1);
	int err = value ? look_up(e, key, value, 0) : -ENOMEM;

	free(value);
	/* maps whose values cannot be read say so, whatever the key */
	return err != -ENOENT && err != -ESRCH && err != -E2BIG;
}

static int put(const struct mapedit *e, const void *key, const void *value, uint64_t flags)
{
	struct kernel_key k;
	int err = key_open(e, key, &k);

	if (!err)
		err = bpf_map_update_elem(e->map.fd, k.key, value, flags);
	key_close(&k);
	return err;
}

/* Sets one CPU's value where the kernel can; -EINVAL where it cannot. */
static int put_cpu(const struct mapedit *e, const void *key, const struct mapvalue *v,
		   uint64_t flags)
{
	enum { F_CPU = 8 }; /* BPF_F_CPU of Linux 6.19; the CPU is in the upper half */

	return put(e, key, v->data + (size_t)v->cpu * map_value_stride(&e->map.info),
		   flags | F_CPU | (uint64_t)v->cpu << 32);
}

/* Under the value's spin lock if it has one, so that no half of what is being written is read. */
static int read_old(const struct mapedit *e, const void *key, void *value, uint64_t *flags)
{
	int err =
	    map_type_is_per_cpu(e->map.info.type) ? -EINVAL : look_up(e, key, value, BPF_F_LOCK);

	if (!err)
		*flags |= BPF_F_LOCK;
	else if (err == -EINVAL)
		err = look_up(e, key, value, 0);
	return err;
}

static int change(const struct mapedit *e, const void *key, struct span text, uint64_t flags,
		  struct mapvalue *v, struct problem *why)
{
	uint64_t lock = 0;
	bool part, exists = false;
	int err = 0;

	if (!mapvalue_is_reference(e->map.info.type) && e->value_size && !(flags & BPF_NOEXIST)) {
		err = read_old(e, key, v->data, &lock);
		exists = !err;
		if (err) /* it is new, or cannot be read: then it is given whole */
			memset(v->data, 0, e->value_size);
	}
	part = span_len(text) && plan_is_path(text);
	if (part && !exists)
		return problem(why, err ? err : -ENOENT, text.at,
			       "there is no entry yet that has this field");
	err = mapvalue_parse(e, text, v, why);
	if (err)
		return err;
	if (v->cpu >= 0 && exists) {
		err = put_cpu(e, key, v, flags);
		if (err != -EINVAL)
			return mapedit_explain(e, err, why);
	}
	return mapedit_explain(e, put(e, key, v->data, flags | (exists ? lock : 0)), why);
}

int mapedit_update(const struct mapedit *e, const void *key, struct span text, uint64_t flags,
		   struct problem *why)
{
	struct mapvalue v = {.data = calloc(1, e->value_size ? e->value_size : 1), .fd = -1};
	int err = v.data ? 0 : -ENOMEM;

	if (!err) {
		pthread_mutex_lock(&changing);
		err = change(e, key, span_trim(text), flags, &v, why);
		pthread_mutex_unlock(&changing);
	}
	if (v.fd >= 0)
		close(v.fd);
	free(v.data);
	return err;
}

int mapedit_add(const struct mapedit *e, const void *key, struct problem *why)
{
	void *value = calloc(1, e->value_size ? e->value_size : 1);
	int err = value ? put(e, key, value, BPF_NOEXIST) : -ENOMEM;

	free(value);
	return mapedit_explain(e, err, why);
}

int mapedit_delete(const struct mapedit *e, const void *key, struct problem *why)
{
	struct kernel_key k;
	int err = key_open(e, key, &k);

	if (!err)
		err = bpf_map_delete_elem(e->map.fd, k.key);
	key_close(&k);
	if (err == -EINVAL && map_type_is_indexed(e->map.info.type))
		return problem(why, err, NULL, "entries of an array cannot be deleted");
	return mapedit_explain(e, err, why);
}

int mapedit_delete_all(const struct mapedit *e, uint64_t *n, struct problem *why)
{
	struct map_entry entry;
	struct mapread *r;
	int more, err;

	*n = 0;
	err = mapread_open(&e->map, &r);
	if (err)
		return mapedit_explain(e, err, why);
	while ((more = mapread_next(r, &entry)) > 0) {
		if (entry.err == -ENOENT)
			continue;
		err = mapedit_delete(e, entry.key, why);
		if (err && err != -ENOENT)
			break;
		*n += !err;
		err = 0;
	}
	mapread_close(r);
	return err ? err : more < 0 ? mapedit_explain(e, more, why) : 0;
}

/* --- maps without keys --- */

static int keyless(const struct mapedit *e, bool bloom, struct problem *why)
{
	uint32_t type = e->map.info.type;
	bool is_bloom = type == BPF_MAP_TYPE_BLOOM_FILTER;
	bool is_queue = type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK;

	if (bloom ? is_bloom : is_queue)
		return 0;
	return problem(why, -EOPNOTSUPP, NULL, "the map is no %s",
		       bloom ? "bloom filter" : "queue or stack");
}

static int parse_new(const struct mapedit *e, struct span text, void *data, struct problem *why)
{
	struct mapvalue v = {.data = data, .fd = -1};

	return mapvalue_parse(e, text, &v, why);
}

int mapedit_push(const struct mapedit *e, struct span text, struct problem *why)
{
	void *value = calloc(1, e->value_size ? e->value_size : 1);
	int err = value ? 0 : -ENOMEM;

	if (!err && e->map.info.type != BPF_MAP_TYPE_BLOOM_FILTER)
		err = keyless(e, false, why);
	if (!err)
		err = parse_new(e, text, value, why);
	if (!err)
		err = mapedit_explain(e, bpf_map_update_elem(e->map.fd, NULL, value, BPF_ANY), why);
	free(value);
	return err;
}

int mapedit_peek(const struct mapedit *e, void *value, struct problem *why)
{
	int err = keyless(e, false, why);

	return err ? err : mapedit_explain(e, bpf_map_lookup_elem(e->map.fd, NULL, value), why);
}

int mapedit_pop(const struct mapedit *e, void *value, struct problem *why)
{
	int err = keyless(e, false, why);

	return err ? err
		   : mapedit_explain(e, bpf_map_lookup_and_delete_elem(e->map.fd, NULL, value),
				     why);
}

int mapedit_contains(const struct mapedit *e, struct span text, bool *yes, struct problem *why)
{
	void *value = calloc(1, e->value_size ? e->value_size : 1);
	int err = value ? keyless(e, true, why) : -ENOMEM;

	if (!err)
		err = parse_new(e, text, value, why);
	if (!err) {
		err = bpf_map_lookup_elem(e->map.fd, NULL, value);
		*yes = !err;
		err = err == -ENOENT ? 0 : mapedit_explain(e, err, why);
	}
	free(value);
	return err;
}

/* --- showing --- */

static void render_one(const struct mapedit *e, const void *value, struct buf *out)
{
	const uint8_t *bytes = value;

	if (e->types.value) {
		plan_render(e->types.value, value, e->map.info.value_size, out);
		return;
	}
	buf_str(out, "hex");
	for (size_t i = 0; i < e->map.info.value_size; i++) {
		buf_char(out, ' ');
		buf_hex(out, bytes + i, 1);
	}
}

void mapedit_render(const struct mapedit *e, const void *value, struct buf *out)
{
	const uint8_t *bytes = value;

	if (!map_type_is_per_cpu(e->map.info.type)) {
		render_one(e, value, out);
		return;
	}
	for (unsigned int cpu = 0; cpu < map_cpus(); cpu++) {
		buf_printf(out, "%s\"cpu%u\":%s", cpu ? "," : "{", cpu, e->types.value ? "" : "\"");
		render_one(e, bytes + cpu * map_value_stride(&e->map.info), out);
		if (!e->types.value)
			buf_char(out, '"');
	}
	buf_char(out, '}');
}
