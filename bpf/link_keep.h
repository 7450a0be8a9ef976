/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_LINK_KEEP_H
#define BPFVIEW_LINK_KEEP_H

#include "problem.h"

#include <bpf/libbpf.h>
#include <stdint.h>

/*
 * Links that libbpf makes, to be pinned and left to themselves.
 *
 * libbpf keeps descriptors for itself in some links (of perf events) and, when such a link is
 * closed, disables what is pinned.  So links are made in a thread (apart.h) with a table of
 * descriptors that ends with it.
 */

/* Prepares a thread for making links: 0, or -errno with words. */
int link_prepare_thread(struct problem *why);

/*
 * Pins a link at an absolute path, and frees it; one that consists of several is pinned at PATH,
 * PATH-2 and so on.  prog_fd is that of the program that is attached, -1: it is a
 * map of struct_ops, which may be registered without a link.  `newest` is the id of the youngest
 * link from before.  0, or -errno (-EOPNOTSUPP: this kernel has made no link).
 */
int link_keep(struct bpf_link *link, int prog_fd, uint32_t newest, const char *path);

#endif
