/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROGLOAD_H
#define BPFVIEW_PROGLOAD_H

#include "span.h"

/*
 * Loads the programs of an object file and pins them, as `bpftool prog load|loadall` do.
 *
 * A command line is the path of the file, then:
 *
 *   PATH [type T] [map idx N|name S MAP]... [dev IF|offload_dev IF|xdpmeta_dev IF] [pinmaps DIR]
 *        [autoattach] [kernel_btf FILE]
 *
 * With `all`, PATH is a folder, made here, with a pin for each program, else the pin of the first
 * one.  With `autoattach` the links of programs that libbpf can attach are pinned in their stead.
 */

struct progload {
	bool all;
	/* Files that the command line names are the caller's to open (a descriptor, or -errno with
	 * words) and to read (0, or -errno with words). */
	int (*open)(struct span path, void *ctx, struct problem *why);
	int (*read)(struct span path, void *ctx, struct buf *out, struct problem *why);
	void *ctx;
};

/* 0, or -errno with words, and what libbpf and the verifier said; nothing is left of it then. */
int progload(const struct progload *how, struct span words, struct problem *why);

#endif
