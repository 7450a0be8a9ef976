/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPBATCH_H
#define BPFVIEW_MAPBATCH_H

#include "mapedit.h"

/* Many entries, written to a map together where the kernel can. */
struct mapbatch;

/* `e` must stay open until mapbatch_close(), which drops what has not been written. */
int mapbatch_open(const struct mapedit *e, struct mapbatch **out);
void mapbatch_close(struct mapbatch *b);

/* Adds an entry, all of whose value is given; writes what has come together when that is enough.
 * 0, or -errno with words. */
int mapbatch_add(struct mapbatch *b, struct span key, struct span value, struct problem *why);

/* Writes what is left: 0, or -errno with words that say which key was refused. */
int mapbatch_flush(struct mapbatch *b, struct problem *why);

/* How many entries are in the map. */
uint64_t mapbatch_written(const struct mapbatch *b);

#endif
