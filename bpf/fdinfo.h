/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FDINFO_H
#define BPFVIEW_FDINFO_H

#include "buf.h"

/* What /proc/self/fdinfo tells of one of our descriptors (Documentation/filesystems/proc.rst,
 * section 3.8): lines `key:\tvalue`.  0 or -errno; `out` is replaced. */
int fdinfo_read(int fd, struct buf *out);

/* The number after `key` (given without its colon); false when there is none. */
bool fdinfo_u64(struct buf *text, const char *key, uint64_t *out);

#endif
