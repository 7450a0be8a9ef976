/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPRESTORE_H
#define BPFVIEW_MAPRESTORE_H

#include "buf.h"
#include "problem.h"

#include <stdint.h>

/*
 * Puts back what a dump in JSON says, while it comes in: an array of {"key":K,"value":V} (or
 * "values", one per CPU), as mapdump.h and `bpftool -j map dump` give, or the same objects one
 * after the other.  "key_bytes" and "value_bytes", where they stand, are what is written, and
 * fields left out are zero.  Slots that had nothing in them are passed over.
 *
 * Entries are written in the kernel's batches where it has them.  What has been written stays when
 * something further on is wrong.  Memory: a batch (1 MiB, or one entry if that is larger), and the
 * text of one entry.
 */
struct maprestore;

/* 0 or -errno. */
int maprestore_open(uint32_t map_id, struct maprestore **out);
void maprestore_close(struct maprestore *r);

/* Takes the next piece: 0, or -errno with words that say which entry; nothing more is taken then.
 */
int maprestore_write(struct maprestore *r, const char *text, size_t len, struct problem *why);

/* Writes what has come: 0, -EINVAL when the text ends in the middle, or another -errno.  More may
 * come. */
int maprestore_flush(struct maprestore *r, struct problem *why);

/* How many entries have been written. */
uint64_t maprestore_written(const struct maprestore *r);

#endif
