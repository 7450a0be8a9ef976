/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PINNING_H
#define BPFVIEW_PINNING_H

#include "kind.h"
#include "span.h"

/* Pins an object at a path, which must be in a bpffs; relative ones are below the root of the one
 * that bpffs_set_root() names.  0, or -errno with words (-EEXIST: there is something). */
int pin_object(enum kind kind, uint32_t id, struct span path, struct problem *why);
int pin_fd(int fd, struct span path, struct problem *why);

/* What the kernel means by an error when it pins. */
const char *pin_words(int err);

/* Appends the absolute path that one means: 0, or -EINVAL with words (none; one with ..). */
int pin_path(struct span path, struct buf *out, struct problem *why);

/* Appends the name of the folder below that bpffs's root for what nothing else would keep. */
void pin_kept_folder(struct buf *out);

/* Sees to it that the folder is there: 0, or -errno with words. */
int pin_make_kept_folder(struct problem *why);

/* Appends a name with the bytes that a bpffs does not take replaced by _. */
void pin_safe_name(const char *name, struct buf *out);

/* Makes a folder for pins unless it is there (*made says which); the same paths.  Appends the whole
 * path.  0, or -errno with words. */
int pin_make_folder(struct span path, struct buf *full, bool *made, struct problem *why);

/* Pins what nothing else would keep, as bpfview/NAME in that bpffs, and appends the path to
 * `pinned`.  NAME becomes safe.  pin_keep_as() fails with -EEXIST
 * when there is something of that name, pin_keep() goes on to NAME-2, NAME-3 and so on.  0, or
 * -errno with words and nothing appended. */
int pin_keep_as(int fd, const char *name, struct buf *pinned, struct problem *why);
int pin_keep(int fd, const char *name, struct buf *pinned, struct problem *why);

/* Whether an object has pins below bpfview/, at any depth, and pins elsewhere: 0, or -errno with
 * words. */
int pin_look(enum kind kind, uint32_t id, bool *kept, bool *elsewhere, struct problem *why);

/* Removes the pins of an object below bpfview/, at any depth; those elsewhere are not ours.  0
 * (also when there are none) or -errno with words. */
int pin_drop(enum kind kind, uint32_t id, struct problem *why);

#endif
