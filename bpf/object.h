/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OBJECT_H
#define BPFVIEW_OBJECT_H

#include "doc.h"
#include "kind.h"
#include "object_fields.h"
#include "span.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Objects as compilers make them (ELF files with programs and maps) on their way into the kernel:
 * begun, opened, configured, loaded, attached; libbpf's steps, one at a time.
 *
 * What is loaded is pinned in the bpffs under bpfview/NAME/: `map/`, `prog/` and `link/`, and in
 * `elf` a map with the file and how it was configured.  So nothing is lost with this process: who
 * comes next finds the same objects there.  Names in a bpffs have no dots, which become `_`.
 *
 * Functions return 0, or -errno with words in `why`; what libbpf and the verifier said of the last
 * step is in the object's log, too.
 */
struct object;

/* What the map is called that keeps an object's file. */
#define OBJECT_FILE_MAP "bpfview_elf"

/* Begins an object: -EEXIST, or -EINVAL for a name that cannot be pinned. */
int object_make(const char *name, struct problem *why);

/* Detaches, unpins and unloads all that is an object's.  -ENOENT: there is none of that name. */
int object_remove(const char *name, struct problem *why);

/* Calls fn with each name, those that other processes loaded included, until it returns non-zero,
 * and returns that; else 0 or -errno. */
int object_each(int (*fn)(const char *name, void *arg), void *arg);

/* Whether there is one of that name; does not wait for who works with it. */
bool object_exists(const char *name);

/* The object of that name, the caller's alone until object_put().  -ENOENT: there is none; -EBUSY:
 * somebody has been at work with it for some time, loading it for example. */
int object_get(const char *name, struct object **out);
void object_put(struct object *o);

/* Lets go of what nobody has used lately and can be read again; to be called now and then. */
void objects_sweep(void);

/* Forgets all objects, which stay in the kernel. */
void objects_exit(void);

/* --- the steps --- */

/* Opens the file whose content is `elf`.  -EBUSY when one is open already. */
int object_open(struct object *o, const void *elf, size_t size, struct problem *why);

/* Appends the file's content; nothing when there is none yet. */
int object_elf(struct object *o, struct buf *out, struct problem *why);

/* Creates the maps, has the programs verified and pins all.  After a failure nothing is left, and
 * it can be configured and tried again.  -EBUSY when it is loaded, -EINVAL when nothing is open. */
int object_load(struct object *o, struct problem *why);

/* Attaches a program (or a map of struct_ops), or with NULL all that libbpf can attach by
 * themselves; the links are pinned.  All are attached or none. */
int object_attach(struct object *o, const char *item, struct problem *why);

/* Undoes it: of one, or with NULL of all. */
int object_detach(struct object *o, const char *item, struct problem *why);

/* What libbpf and the verifier said of the last step. */
int object_log(struct object *o, struct buf *out);

/* --- what is in it --- */

enum object_part { OBJECT_ITSELF, OBJECT_MAP, OBJECT_PROG, OBJECT_VAR };

/* Calls fn with the names of all maps, programs or variables, until it returns non-zero. */
int object_each_part(struct object *o, enum object_part part,
		     int (*fn)(const char *name, void *arg), void *arg);
bool object_has_part(struct object *o, enum object_part part, const char *name);

/* Fields, by the numbers of object_fields.h; `item` names the map or program. */
int object_show(struct object *o, enum object_field field, const char *item, struct buf *out,
		struct problem *why);
int object_set(struct object *o, enum object_field field, const char *item, struct span text,
	       struct problem *why);

/* Global variables, by their types: before loading what they begin with, then the memory that
 * programs use.  Setting one changes no byte of another. */
int object_show_var(struct object *o, const char *name, struct buf *out, struct problem *why);
int object_set_var(struct object *o, const char *name, struct span text, struct problem *why);

/* --- what it has become, found by the pins alone --- */

/* The id of a map, program or link of object `name`.  -ENOENT: there is none. */
int object_pinned(const char *name, enum kind kind, const char *item, uint32_t *id);

/* Calls fn with the names of its links as they are pinned. */
int object_each_link(const char *name, int (*fn)(const char *link, uint32_t id, void *arg),
		     void *arg);

/* --- documents --- */

int object_describe(struct object *o, enum doc_form form, struct buf *out);
/* All of them, a line each. */
int object_list(enum doc_form form, struct buf *out);

#endif
