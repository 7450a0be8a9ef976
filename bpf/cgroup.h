/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_CGROUP_H
#define BPFVIEW_CGROUP_H

#include "doc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The cgroup2 tree and the programs attached to it.
 *
 * A cgroup is named by its path below the root, without slashes at the ends; "" is the root itself.
 * The root is the folder that cgroup_set_root() names, else the first mount of type cgroup2 in this
 * mount namespace, looked for again whenever something has been mounted or unmounted.
 */

/* 0, or -errno with nothing changed (-EINVAL: that is no folder of a cgroup2 file system). */
int cgroup_set_root(const char *folder);

/* Appends the root's absolute path: 0, or -errno (-ENODEV: there is no cgroup2 mount). */
int cgroup_root(struct buf *out);

/* Appends the path below the root of the cgroup with an id, with a slash before it: "/user.slice".
 * 0, or -errno with nothing appended (-ENOENT: it is gone, or not below the root); needs the right
 * to open files by handle (CAP_DAC_READ_SEARCH). */
int cgroup_path(uint64_t cgroup_id, struct buf *out);

/* A descriptor of a cgroup for the queries below and openat(2), or -errno. */
int cgroup_open(const char *path);

/* The cgroups right below one: malloc'ed names in a malloc'ed array, ascending, to be freed with
 * cgroup_free_names().  0 or -errno. */
int cgroup_names(int fd, char ***names, size_t *n);
void cgroup_free_names(char **names, size_t n);

/* All attach types that cgroups have, ascending, as the running kernel names them; they live for
 * ever. */
const uint32_t *cgroup_types(size_t *n);

/* The attach type of that name; false when cgroups have none such. */
bool cgroup_type_by_name(const char *name, uint32_t *type);

/* A program in the order in which it is run. */
struct cgroup_prog {
	uint32_t id;
	uint32_t attach_flags; /* BPF_F_ALLOW_*; 0 when what is in effect was asked for */
};

/* The programs that are attached to a cgroup or, with `effective`, run for it, those of its
 * ancestors included; freed by the caller, NULL when there are none.  0, or -errno (-EINVAL: this
 * kernel does not know the type). */
int cgroup_query(int fd, uint32_t type, bool effective, struct cgroup_prog **out, size_t *n);

/* --- documents: keys, nesting and types of `bpftool -j cgroup show|tree` --- */

/* The programs of a cgroup.  0 or -errno. */
int describe_cgroup(const char *path, bool effective, enum doc_form form, struct buf *out);

/* All cgroups with programs attached, parents before their children, whose names ascend.  One that
 * goes away meanwhile is left out; one that cannot be looked into has `error` and no programs. */
int describe_cgroup_tree(enum doc_form form, struct buf *out);

#endif
