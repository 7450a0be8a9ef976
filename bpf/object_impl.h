/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OBJECT_IMPL_H
#define BPFVIEW_OBJECT_IMPL_H

#include "elfobject.h"
#include "object.h"

#include <bpf/libbpf.h>
#include <limits.h>
#include <pthread.h>

/* For object*.c. */
struct object {
	struct object *next; /* in the list of all */
	unsigned int users;  /* who have it, or wait for it */
	bool used;	     /* since objects_sweep() */
	char name[NAME_MAX + 1];
	pthread_mutex_t lock;  /* of all below */
	bool made;	       /* here, and not loaded yet: nobody else knows of it */
	struct buf elf;	       /* the file's content, while it is not loaded */
	struct buf settings;   /* what was set, in order: records of object_settings.c */
	struct elfobject file; /* open, or not opened yet or again */
	bool held;	       /* file has descriptors: it was loaded with it */
	uint32_t kept; /* the id of the map in the kernel that has the file; 0: not loaded */
	uint32_t log_level;
	struct buf targets;   /* int: descriptors of programs that programs in it are for */
	struct buf map_names; /* each with its NUL, in libbpf's order */
	struct buf log;
};

/* --- object.c --- */

/* Sees to it that the file is open: 0, or -EINVAL when there is no file yet, or what opening it
 * gave. */
int object_need(struct object *o, struct problem *why);

/* Closes the file, and the descriptors that it has. */
void object_close(struct object *o);

/* The name that the file gives a map. */
const char *object_map_name(const struct object *o, const struct bpf_map *map);
struct bpf_map *object_find_map(const struct object *o, const char *name);
struct bpf_program *object_find_prog(const struct object *o, const char *name);

/* --- object_settings.c: what was set is set again whenever the file is opened again --- */

enum { OBJECT_VARIABLE = -1 };

int settings_add(struct buf *settings, int field, const char *item, struct span text,
		 struct problem *why);
/* The text that a field was set to last; NULL: it was not. */
const char *settings_get(const struct buf *settings, enum object_field field, const char *item);
/* Applies all to a newly opened object. */
int settings_apply(struct object *o, struct problem *why);

/* Sets a field, or a variable's first value, in the open file. */
int object_apply(struct object *o, enum object_field field, const char *item, struct span text,
		 struct problem *why);
int object_apply_var(struct object *o, const char *name, struct span text, struct problem *why);

static inline bool field_is_of_map(enum object_field field)
{
	return field >= OBJECT_MAP_TYPE && field <= OBJECT_MAP_AUTOATTACH;
}

static inline bool field_is_of_prog(enum object_field field)
{
	return field >= OBJECT_PROG_SECTION;
}

/* --- object_kept.c: what the kernel keeps --- */

/* The path below the bpffs's root of an object's folder, or of something in it (parts may be NULL).
 */
void kept_path(const char *name, const char *folder, const char *item, struct buf *out);

/* The id of the map that has an object's file: 0 or -ENOENT. */
int kept_id(const char *name, uint32_t *id);

/* Pins a map with the file and settings as `elf` in a folder. */
int kept_write(const char *folder, const struct buf *elf, const struct buf *settings);
int kept_read(uint32_t id, struct buf *elf, struct buf *settings);

/* Removes all pins below a folder of the bpffs, and the folder. */
int kept_remove(const char *folder);

int kept_each(int (*fn)(const char *name, void *arg), void *arg);

/* --- object_var.c --- */

int object_each_var(const struct object *o, int (*fn)(const char *name, void *arg), void *arg);
bool object_has_var(const struct object *o, const char *name);

/* --- object_load.c --- */

/* Sees to it that the file has descriptors of what is loaded: where another process did that, the
 * programs that are not attached are loaded once more, with the same maps. */
int object_hold(struct object *o, struct problem *why);

/* --- object_attach.c --- */

/* Detaches the links of an item (NULL: all), and unpins them. */
int links_remove(const char *name, const char *item, struct problem *why);

#endif
