/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROGLOAD_H
#define BPFVIEW_PROGLOAD_H

#include "opener.h"

/*
 * Loads the programs of an object file, whose content is `elf`, and pins them, as `bpftool prog
 * load|loadall` do.  `name` is libbpf's name for the object.  `words` are those behind the file:
 *
 *   PATH [type T] [map idx N|name S MAP]... [dev IF|offload_dev IF|xdpmeta_dev IF] [pinmaps DIR]
 *        [autoattach] [kernel_btf FILE]
 *
 * With `all`, PATH is a folder, made here, with a pin for each program, else the pin of the first
 * one.  With `autoattach` the links of programs that libbpf can attach are pinned in their stead.
 *
 * 0, or -errno with words, and what libbpf and the verifier said; nothing is left of it then.
 */
int progload(const struct buf *elf, const char *name, bool all, struct span words,
	     const struct opener *files, struct problem *why);

#endif
