/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ITERATORS_H
#define BPFVIEW_ITERATORS_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The BPF iterators of bpfview itself (iterators.bpf.c).  They are one object, loaded at the first
 * use, which takes as long as reading all of vmlinux BTF does, and resident from then on: a run is
 * then quick.
 */
enum iterator {
	ITERATOR_FILES, /* struct holders_record for each descriptor of an object */
	ITERATOR_LINKS, /* struct netplace_record; needs Linux 5.19 */
	ITERATOR_COUNT
};

/* Runs one and appends its records, of `size` bytes each: 0, or -errno (-EOPNOTSUPP: this kernel
 * does not let us). */
int iterator_read(enum iterator which, size_t size, struct buf *records);

bool iterator_works(enum iterator which);

/* Whether an object, as kind_key() has it, is a program, link or BTF of the iterators'. */
bool iterators_own(uint64_t key);

/* Unloads them, for a clean exit.  A later use loads them again. */
void iterators_exit(void);

#endif
