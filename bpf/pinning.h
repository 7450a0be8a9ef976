/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PINNING_H
#define BPFVIEW_PINNING_H

#include "kind.h"
#include "span.h"

/* Pins an object at a path, which must be in a bpffs; relative ones are below the root of the one
 * that bpffs_set_root() names.  0, or -errno with words (-EEXIST: there is something). */
int pin_object(enum kind kind, uint32_t id, struct span path, struct problem *why);
int pin_fd(int fd, struct span path, struct problem *why);

#endif
