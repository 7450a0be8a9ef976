// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- the list of all that somebody has asked for --- */

static struct {
	pthread_mutex_t lock;
	struct object *first;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct object *find(const char *name)
{
	struct object *o = all.first;

	while (o && strcmp(o->name, name) != 0)
		o = o->next;
	return o;
}

static struct object *add(const char *name)
{
	struct object *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	memcpy(o->name, name, strlen(name) + 1);
	pthread_mutex_init(&o->lock, NULL);
	o->next = all.first;
	all.first = o;
	return o;
}

static void drop(struct object *o)
{
	struct object **at = &all.first;

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	object_close(o);
	buf_free(&o->elf);
	buf_free(&o->settings);
	buf_free(&o->log);
	buf_free(&o->map_names);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

/* Nothing is remembered that is neither here nor in the kernel. */
static void leave(struct object *o)
{
	pthread_mutex_lock(&all.lock);
	if (!--o->users && !o->made && !o->kept)
		drop(o);
	pthread_mutex_unlock(&all.lock);
}

void object_put(struct object *o)
{
	pthread_mutex_unlock(&o->lock);
	leave(o);
}

/* Who waits for long holds up others that have nothing to do with it. */
static int lock(struct object *o)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	return pthread_mutex_clocklock(&o->lock, CLOCK_MONOTONIC, &until) ? -EBUSY : 0;
}

/* Finds out what has become of it in the kernel. */
static int refresh(struct object *o)
{
	uint32_t id;
	int err = kept_id(o->name, &id);

	if (err && err != -ENOENT)
		return err;
	if (err)
		id = 0;
	if (id != o->kept) {
		object_close(o);
		buf_reset(&o->settings);
		buf_free(&o->elf);
		if (id)
			o->made = false;
		o->kept = id;
		o->log_level = 0;
	}
	return o->made || o->kept ? 0 : -ENOENT;
}

int object_get(const char *name, struct object **out)
{
	struct object *o;
	int err;

	if (!*name || strlen(name) > NAME_MAX)
		return -ENOENT;
	pthread_mutex_lock(&all.lock);
	o = find(name);
	if (!o)
		o = add(name);
	if (o) {
		o->users++;
		o->used = true;
	}
	pthread_mutex_unlock(&all.lock);
	if (!o)
		return -ENOMEM;
	err = lock(o);
	if (err) {
		leave(o);
		return err;
	}
	err = refresh(o);
	if (err)
		object_put(o);
	else
		*out = o;
	return err;
}

bool object_exists(const char *name)
{
	struct object *o;
	uint32_t id;
	bool made;

	pthread_mutex_lock(&all.lock);
	o = find(name);
	made = o && o->made;
	pthread_mutex_unlock(&all.lock);
	return made || !kept_id(name, &id);
}

struct visit {
	int (*fn)(const char *name, void *arg);
	void *arg;
};

/* Those that are here and in the kernel are told of once. */
static int visit_kept(const char *name, void *arg)
{
	const struct visit *v = arg;
	struct object *o;
	bool made;

	pthread_mutex_lock(&all.lock);
	o = find(name);
	made = o && o->made;
	pthread_mutex_unlock(&all.lock);
	return made ? 0 : v->fn(name, v->arg);
}

int object_each(int (*fn)(const char *name, void *arg), void *arg)
{
	struct visit v = {fn, arg};
	int err = 0;

	pthread_mutex_lock(&all.lock);
	for (struct object *o = all.first; o && !err; o = o->next)
		if (o->made)
			err = fn(o->name, arg);
	pthread_mutex_unlock(&all.lock);
	return err ? err : kept_each(visit_kept, &v);
}

void objects_sweep(void)
{
	pthread_mutex_lock(&all.lock);
	for (struct object *o = all.first; o; o = o->next) {
		/* an open file has a descriptor for each map */
		if (!o->users && o->kept && !o->held && !o->used)
			object_close(o);
		o->used = false;
	}
	pthread_mutex_unlock(&all.lock);
}

void objects_exit(void)
{
	while (all.first)
		drop(all.first);
}

/* --- making and removing --- */

static int check_name(const char *name, struct problem *why)
{
	enum { MOST = 200 };

	if (strchr(name, '.'))
		return problem(why, -EINVAL, NULL, "a bpffs takes no names with a dot");
	if (strlen(name) > MOST)
		return problem(why, -ENAMETOOLONG, NULL, "a name of more than %d bytes", MOST);
	return 0;
}

int object_make(const char *name, struct problem *why)
{
	struct object *o;
	int err = check_name(name, why);

	if (err)
		return err;
	if (object_exists(name))
		return problem(why, -EEXIST, NULL, "there is an object of that name");
	pthread_mutex_lock(&all.lock);
	o = find(name);
	if (!o)
		o = add(name);
	if (o)
		o->made = true;
	pthread_mutex_unlock(&all.lock);
	return o ? 0 : -ENOMEM;
}

int object_remove(const char *name, struct problem *why)
{
	struct buf path __buf_free = {};
	struct object *o;
	int err = object_get(name, &o);

	if (err)
		return problem(why, err, NULL, "there is no object of that name");
	object_close(o);
	o->made = false;
	if (o->kept) {
		err = links_remove(name, NULL, why);
		kept_path(name, NULL, NULL, &path);
		if (!err && (err = kept_remove(buf_cstr(&path))))
			problem_errno(why, err, path.data);
		if (!err)
			o->kept = 0;
	}
	object_put(o);
	return err;
}

/* --- the file --- */

void object_close(struct object *o)
{
	elfobject_close(&o->file, false);
	o->held = false;
	for (size_t at = 0; at < o->targets.len; at += sizeof(int))
		close(*(int *)(void *)(o->targets.data + at));
	buf_free(&o->targets);
}

/* libbpf renames maps that are to be used instead of others. */
static int note_names(struct object *o)
{
	struct bpf_map *map;

	buf_reset(&o->map_names);
	bpf_object__for_each_map (map, o->file.obj)
		buf_add(&o->map_names, bpf_map__name(map), strlen(bpf_map__name(map)) + 1);
	return o->map_names.err;
}

static int open_file(struct object *o, const struct buf *elf, struct problem *why)
{
	struct elfobject_opts opts = {.name = o->name,
				      .kconfig = settings_get(&o->settings, OBJECT_KCONFIG, "")};
	int err;

	o->file = (struct elfobject){.log = &o->log, .debug = o->log_level > 0};
	err = elfobject_open(&o->file, elf, &opts, why);
	return err ? err : note_names(o);
}

int object_open(struct object *o, const void *elf, size_t size, struct problem *why)
{
	int err;

	if (o->kept || o->elf.len)
		return problem(why, -EBUSY, NULL, "there is a file already: rmdir, and begin anew");
	buf_add(&o->elf, elf, size);
	err = o->elf.err ? o->elf.err : open_file(o, &o->elf, why);
	if (!err)
		err = settings_apply(o, why);
	if (err) {
		object_close(o);
		buf_free(&o->elf);
	}
	return err;
}

int object_need(struct object *o, struct problem *why)
{
	struct buf elf __buf_free = {};
	int err = 0;

	if (o->file.obj)
		return 0;
	if (o->kept) {
		buf_reset(&o->settings);
		err = kept_read(o->kept, &elf, &o->settings);
		if (err)
			return problem_errno(why, err, "reading the file that was kept");
	} else if (!o->elf.len) {
		return problem(why, -EINVAL, NULL, "there is no file yet: write it to `elf`");
	}
	err = open_file(o, o->kept ? &elf : &o->elf, why);
	return err ? err : settings_apply(o, why);
}

int object_elf(struct object *o, struct buf *out, struct problem *why)
{
	struct buf settings __buf_free = {};
	int err;

	if (!o->kept) {
		buf_add(out, o->elf.data, o->elf.len);
		return out->err;
	}
	err = kept_read(o->kept, out, &settings);
	return err ? problem_errno(why, err, "reading the file that was kept") : 0;
}

int object_log(struct object *o, struct buf *out)
{
	buf_add(out, o->log.data, o->log.len);
	return out->err;
}

/* --- parts --- */

const char *object_map_name(const struct object *o, const struct bpf_map *map)
{
	const char *name = o->map_names.data;
	struct bpf_map *m;

	bpf_object__for_each_map (m, o->file.obj) {
		if (m == map)
			break;
		name += strlen(name) + 1;
	}
	return name;
}

struct bpf_map *object_find_map(const struct object *o, const char *name)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, o->file.obj)
		if (!strcmp(object_map_name(o, map), name))
			return map;
	return NULL;
}

struct bpf_program *object_find_prog(const struct object *o, const char *name)
{
	return bpf_object__find_program_by_name(o->file.obj, name);
}
