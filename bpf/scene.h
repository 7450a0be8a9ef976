/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SCENE_H
#define BPFVIEW_SCENE_H

#include "netplace.h"

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the objects of a document are seen against: where in networking links are, the names of
 * namespaces, the functions of files.  Each is found out when it is first asked for, once for the
 * whole document however many objects it has, and is not kept for the next.
 *
 * Zero-initialise it, use it from one thread, and scene_free() it in the end.
 */
enum { SCENE_FILES = 4 };

struct scene {
	struct netplaces *places;
	bool asked_places;
	struct buf namespaces; /* of those that have a name */
	bool asked_namespaces;
	struct scene_file {
		char *path;	    /* NULL: none yet */
		struct elfsym *elf; /* NULL: it cannot be read */
	} files[SCENE_FILES];
	unsigned int next_file; /* which to forget next */
};

void scene_free(struct scene *s);

/* Where a link to a device or to netfilter is: 0, or -ENOENT when that is not to be found out. */
int scene_netplace(struct scene *s, const struct bpf_link_info *info, struct netplace *out);

/* The name in /run/netns of a network namespace; NULL when it has none.  Lives as long as the
 * scene. */
const char *scene_netns(struct scene *s, uint64_t ino);

/* Appends "function+0x12" for a place in a file; false when it is in none that can be told. */
bool scene_file_symbol(struct scene *s, const char *path, uint64_t offset, struct buf *out);

#endif
