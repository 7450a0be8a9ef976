/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_CGROUP_ATTACH_H
#define BPFVIEW_CGROUP_ATTACH_H

#include "span.h"
#include "verb.h"

#include <stdint.h>

/*
 * Attaching programs to cgroups, as bpftool does it without a link: what is attached stays as long
 * as the cgroup.  Cgroups are named as in cgroup.h, attach types by the kernel's names
 * ("cgroup_inet4_bind") or the short ones ("bind4").
 */

/* For their usage texts. */
extern const struct verb cgroup_attach_verbs[], cgroup_detach_verbs[];

/* TYPE prog P and clauses.  With `link` it makes a link, kept by a pin, and appends "link N" and
 * "pinned PATH".  0, or -errno with words and nothing attached. */
int cgroup_attach(const char *cgroup, struct span words, struct buf *answer, struct problem *why);

/* TYPE prog P: 0, or -errno with words.  What a link attached is left to that link (-ENOENT). */
int cgroup_detach(const char *cgroup, struct span words, struct problem *why);

/* The same for one program that is known; attaching is in mode multi, behind the others, and
 * detaching takes links too. */
int cgroup_attach_prog(const char *cgroup, uint32_t type, uint32_t prog_id, struct problem *why);
int cgroup_detach_prog(const char *cgroup, uint32_t type, uint32_t prog_id, struct problem *why);

/* Appends the short name of an attach type of cgroups. */
void cgroup_type_short(uint32_t type, struct buf *out);

#endif
