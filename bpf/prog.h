/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROG_H
#define BPFVIEW_PROG_H

#include "buf.h"
#include "kbtf.h"

#include <linux/bpf.h>
#include <stdint.h>

/* What prog_open() fetches beyond the plain numbers. */
enum {
	PROG_MAPS = 1 << 0,   /* map_ids */
	PROG_XLATED = 1 << 1, /* insns */
	PROG_JITED = 1 << 2,  /* jited, ksyms, func_lens */
	PROG_LINES = 1 << 3,  /* lines, jited_lines */
	PROG_FUNCS = 1 << 4,  /* funcs, tags, ksyms */
	PROG_ADDRS = 1 << 5,  /* ksyms, func_lens */
};

/*
 * A loaded program, as far as the kernel tells of it.  The counts are those of `info` (nr_map_ids,
 * xlated_prog_len / 8, jited_prog_len, nr_jited_ksyms, nr_jited_func_lens, nr_line_info,
 * nr_jited_line_info, nr_func_info, nr_prog_tags); an array that was not asked for, or that the
 * kernel hides (info's count is then 0), is NULL.
 */
struct prog {
	int fd;
	bool orphaned;		   /* its device is gone, and nothing but its id is known */
	struct bpf_prog_info info; /* pointers in it are not for use */
	uint32_t *map_ids;
	struct bpf_insn *insns;
	uint8_t *jited;
	uint64_t *ksyms; /* addresses of the sub-programs */
	uint32_t *func_lens;
	struct bpf_func_info *funcs;
	struct bpf_line_info *lines;
	uint64_t *jited_lines;
	uint8_t (*tags)[BPF_TAG_SIZE];
};

/* Opens a program and fetches what `want` (PROG_*) asks for.  0, or -errno with *out empty
 * (-ENOENT: no such program). */
int prog_open(uint32_t id, unsigned int want, struct prog *out);
void prog_close(struct prog *p);

/* Fetches more of an open program: 0 or -errno. */
int prog_fetch(struct prog *p, unsigned int want);

/* The full name: that of the BTF function it was made of, since the kernel keeps 15 characters
 * only. `out` is replaced; empty for a program without a name. */
int prog_full_name(const struct prog *p, struct buf *out);

/* Name of sub-program i as the kernel's symbol table has it: bpf_prog_TAG_NAME.  Needs PROG_FUNCS.
 * `btf` may be NULL.  Appends to out; nothing when unknown. */
void prog_symbol(const struct prog *p, const struct btf *btf, uint32_t i, struct buf *out);

#endif
