/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ITER_H
#define BPFVIEW_ITER_H

#include "doc.h"

/*
 * What iterator programs can walk, ascending by name: the functions bpf_iter_NAME of the kernel's
 * BTF that have a context, struct bpf_iter__NAME.  Of each
 *
 *   name, btf, type_id, prototype  the function's parameters are the members of the context
 *   takes                          `map`, `cgroup` or `task`: what a link can be made for
 *   links                          [{id, prog_id}]: the iterators there are at the moment
 *
 * 0 or -errno (-ENOENT: this kernel has no BTF).
 */
int iter_list(enum doc_form form, struct buf *out);

/* What the iterator of that name can be limited to, as in the list: a string that lives for ever,
 * NULL for nothing (or when nobody knows). */
const char *iter_takes(const char *name);

#endif
