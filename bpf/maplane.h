/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPLANE_H
#define BPFVIEW_MAPLANE_H

#include "mapedit.h"

/*
 * A lane on which entries go into a map, in the order in which they come, a batch at a time.  What
 * the kernel does with a batch takes as long as reading its text, so from the second batch on a
 * thread hands them over.
 */
struct maplane;

/* `e` must stay open until maplane_close(), which drops what has not been written. */
int maplane_open(const struct mapedit *e, struct maplane **out);
void maplane_close(struct maplane *l);

/* Room for one more entry, to be filled in and then added; valid until the next call. */
void maplane_room(struct maplane *l, uint8_t **key, uint8_t **value);
/* 0, or -errno with words of an entry before this one that was refused. */
int maplane_add(struct maplane *l, struct problem *why);

/* Begins to write what is left, and waits until all is written: 0, or -errno with words that say
 * which key was refused. */
int maplane_begin(struct maplane *l, struct problem *why);
int maplane_finish(struct maplane *l, struct problem *why);

/* How many entries are in the map. */
uint64_t maplane_written(struct maplane *l);

#endif
