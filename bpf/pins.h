/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PINS_H
#define BPFVIEW_PINS_H

#include "kind.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Where objects are pinned: all bpffs mounts of this mount namespace, walked once and kept until a
 * folder in them has changed (its mtime says so) or something was mounted or unmounted.
 *
 * A file system that is mounted in several places has each pin in each of them, as bpftool shows
 * it.  Symlinks are not followed.  What cannot be opened is left out.
 */
struct pins;

/* 0 and a reference, or -errno; no bpffs at all is an empty table. */
int pins_get(struct pins **out);
void pins_put(struct pins *p);

/* The absolute paths of an object's pins, ascending; *n is 0 when it is not pinned.  They live as
 * long as the reference. */
const char *const *pins_of(const struct pins *p, enum kind kind, uint32_t id, size_t *n);

#endif
