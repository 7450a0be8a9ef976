/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FS_NAMES_H
#define BPFVIEW_FS_NAMES_H

#include "tree.h"

/*
 * A listing made at once, of names and the values behind them: the state of a generator whose
 * open() collects what the folder holds.
 */
struct names;

struct names *names_new(void);

/* Adds a child.  Names that no file can have (empty, with a slash, too long) are left out.  0 or
 * -ENOMEM. */
int names_add(struct names *n, const char *name, uint64_t value);

/* The same for callbacks that tell names alone. */
int names_add_name(const char *name, void *names);

/* Forgets all children. */
void names_clear(struct names *n);

/* Ends a generator's open(): hands the listing over in *state, or frees it when err is set. Returns
 * err. */
int names_done(struct names *n, int err, void **state);

/* The parts of a generator: next, close, and a find for folders of a few children. */
int names_next(const struct place *dir, void *state, uint64_t *cursor, struct child *out);
void names_close(void *state);
int names_find(const struct place *dir, const char *name, struct child *out);

/* A find for names that begin with the number of their place, "03-NAME".  One with a number that is
 * no longer right finds its child by the rest, if only one has that: `rm *` works on. */
int names_find_numbered(const struct place *dir, const char *name, struct child *out);

#endif
