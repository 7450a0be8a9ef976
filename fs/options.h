/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OPTIONS_H
#define BPFVIEW_OPTIONS_H

#include "../bpf/buf.h"
#include "tree.h"

#include <stdbool.h>
#include <sys/types.h>

/* What the command line and the -o options say. */
struct options {
	const char *mountpoint;
	bool foreground;
	bool debug; /* print FUSE's requests; implies foreground */
	bool one_thread;
	bool help, version, tree_page; /* only print that */
	bool stats;		       /* hold BPF_ENABLE_STATS from the start */
	const char *load;	       /* a folder of objects to load and attach; may be NULL */
	const char *netns;	       /* the network namespace to look at; NULL: ours */
	gid_t gid;
	mode_t umask;
	struct tree_options tree;
	struct buf fuse; /* options for FUSE and the kernel, joined by commas */
};

/* Reads the arguments, in bpfview's own order and in mount(8)'s (`SOURCE DIR -o ...`).  0, or
 * -EINVAL after having said on stderr what is wrong. */
int options_parse(int argc, char **argv, struct options *out);
void options_free(struct options *o);

/* The options and what they do, for --help. */
void options_help(struct buf *out);

#endif
