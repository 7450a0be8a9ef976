/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SIZES_H
#define BPFVIEW_SIZES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What st_size the kernel has been told.
 *
 * A rendered file's size is known once it has been opened; programs that ask after opening (tar, gio, cp,
 * wc) then get the exact one.  The kernel keeps attributes for ever and is told to ask again only when a
 * file's size has changed since, so that reading the same file again costs no extra round trip.
 */

/* The size of a stream that is too long to be made ahead: nobody knows it. */
#define SIZE_UNKNOWN UINT64_MAX

/* That of a node's last rendering if it is remembered, else a page, as sysfs says. */
uint64_t size_of(uint64_t node);

/* Remembers the size of a rendering.  True when the kernel may believe another one. */
bool size_set(uint64_t node, uint64_t size);

#endif
