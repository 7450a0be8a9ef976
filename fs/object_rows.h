/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FS_OBJECT_ROWS_H
#define BPFVIEW_FS_OBJECT_ROWS_H

#include "../bpf/object.h"
#include "tree.h"

/* What the folders of an object, its maps and its programs have in common. */

/* The object that a place is in, the caller's until object_put(): 0 or -errno; the second one says
 * why. */
int object_at(const struct place *p, struct object **out);
int object_at_or_say(const struct place *p, struct object **out, struct problem *why);

/* Does a step when 1 is written: with the map or program that the place is in, with NULL in the
 * object's own folder.  0, or -errno with words. */
int object_do_step(const struct place *p, struct command *c,
		   int (*step)(struct object *o, const char *item, struct problem *why));
int object_do_attach(const struct place *p, struct command *c);
int object_do_detach(const struct place *p, struct command *c);

/* Rows for the lists of ../bpf/object_fields.h. */
int object_show_field(const struct place *p, struct buf *out);
int object_set_field(const struct place *p, struct command *c);

#define OBJECT_FIELD_ROW(NAME, name_, usage_, help_)                                               \
	{#name_,                                                                                   \
	 ROW_FILE,                                                                                 \
	 help_,                                                                                    \
	 .form = OBJECT_##NAME,                                                                    \
	 .show = object_show_field,                                                                \
	 .command = (usage_) ? object_set_field : NULL,                                            \
	 .usage = (usage_),                                                                        \
	 .whole = OBJECT_##NAME == OBJECT_KCONFIG},

#endif
