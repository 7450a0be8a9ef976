/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ELFOBJECT_H
#define BPFVIEW_ELFOBJECT_H

#include "problem.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/*
 * An object file, opened and loaded by libbpf.  All functions return 0, or -errno with what libbpf
 * and the verifier say in `why`; in `log`, unless it is NULL, stands what they said of the last
 * step in any case.
 */
struct elfobject {
	struct bpf_object *obj; /* NULL: not open */
	struct buf pins; /* of maps that loading pins by name: paths that were not there before */
	struct buf *log;
	bool debug; /* libbpf is to say what only somebody who looks for a fault wants to know */
};

struct elfobject_opts {
	const char *name;     /* libbpf's name for the object, which maps of variables have, too */
	const char *kconfig;  /* lines for __kconfig variables, or NULL */
	const char *btf_path; /* BTF to relocate by instead of the kernel's, or NULL */
};

/* Opens what is in `elf`; o->log and o->debug may have been set.  -EINVAL: it is no BPF object. */
int elfobject_open(struct elfobject *o, const struct buf *elf, const struct elfobject_opts *opts,
		   struct problem *why);

/* Loads what has not been told not to be. */
int elfobject_load(struct elfobject *o, struct problem *why);

/* Frees it.  With `undo` maps that have been pinned by loading are unpinned. */
void elfobject_close(struct elfobject *o, bool undo);

#endif
