/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_LINKEDIT_H
#define BPFVIEW_LINKEDIT_H

#include "span.h"
#include "verb.h"

#include <stdint.h>

/* Making links last, changing and ending them.  All return 0, or -errno with words. */

/* Has nothing else keep a new link than a pin, bpfview/NAME in bpffs, and takes over its
 * descriptor, also on a failure.  Appends "link N" and "pinned PATH", a line each. */
int link_pin_new(int fd, const char *name, struct buf *answer, struct problem *why);

/* BPF_LINK_UPDATE, as words say; link_update_verbs has the usage.  `old` makes sure that what is
 * replaced is what is meant (-EPERM if not). */
extern const struct verb link_update_verbs[];
int link_update(uint32_t id, struct span words, struct problem *why);

/*
 * Ends what a link does, and removes its pins below bpfview/.  For types that the kernel does not
 * detach a link ends when nobody holds it any more, so that this is refused unless our pins are all
 * that does (-EBUSY, -EOPNOTSUPP).  When it returns 0 the program runs no more.
 */
int link_end(uint32_t id, struct problem *why);

/* Gives up a descriptor, right after the pins: true when the link has ended, so that its program
 * runs no more; false when somebody else still holds it after `most_ms` milliseconds. */
bool link_close_last(uint32_t id, int fd, unsigned int most_ms);

/* The part of it that the kernel does: 0 (also when what it was attached to is gone), -EOPNOTSUPP
 * for types that it does not detach, or -errno; no words. */
int link_detach(int fd);

/* The one link that attaches a program and is pinned below bpfview/: -EINVAL when there are
 * several, -ENOENT when there is none. */
int link_of_prog(uint32_t prog_id, uint32_t *id, struct problem *why);

/* Calls fn for each link that attaches a program and is pinned below bpfview/; stops when that
 * fails. */
int link_each_kept(uint32_t prog_id, int (*fn)(uint32_t id, void *arg, struct problem *why),
		   void *arg, struct problem *why);

#endif
