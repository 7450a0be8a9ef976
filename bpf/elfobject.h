/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ELFOBJECT_H
#define BPFVIEW_ELFOBJECT_H

#include "problem.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/* An object file, opened and loaded by libbpf for a moment: what is to stay is pinned or registered
 * by then. */
struct elfobject {
	struct bpf_object *obj;
	struct buf pins; /* of maps that loading pins by name: paths that were not there before */
};

/* Opens what is in `elf`.  0, or -errno with what libbpf says (-EINVAL: it is no BPF object). */
int elfobject_open(const struct buf *elf, const char *name, struct elfobject *out,
		   struct problem *why);

/* Loads what has not been told not to be: 0, or -errno with what libbpf and the verifier say. */
int elfobject_load(struct elfobject *o, struct problem *why);

/* Frees it.  With `undo` maps that have been pinned by loading are unpinned. */
void elfobject_close(struct elfobject *o, bool undo);

#endif
