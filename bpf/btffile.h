/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BTFFILE_H
#define BPFVIEW_BTFFILE_H

#include "problem.h"

#include <bpf/btf.h>

/* BTF from a file: raw, as in /sys/kernel/btf, or the .BTF section of an ELF file. */
struct btf_file {
	struct btf *btf;
	struct btf *base; /* what it is split off, or NULL */
};

/* `base_path` is the file with what the BTF is split off.  NULL: it is not split; but a module's
 * from /sys/kernel/btf is split off vmlinux there.  0 or -errno, with words that name the file. */
int btf_file_open(const char *path, const char *base_path, struct btf_file *out,
		  struct problem *why);
void btf_file_close(struct btf_file *f);

/* Appends it as a C header (BTFDUMP_C of btfdump.h): 0 or -errno. */
int btf_file_header(const struct btf_file *f, struct buf *out);

#endif
