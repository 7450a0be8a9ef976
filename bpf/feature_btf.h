/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FEATURE_BTF_H
#define BPFVIEW_FEATURE_BTF_H

#include "doc.h"

/*
 * What programs can call and implement, as the BTF of the kernel and its modules tells.  Each
 * list is ascending by name; 0 or -errno (-ENOENT: this kernel has no BTF).
 *
 *   kfuncs      functions with the declaration tag `bpf_kfunc`, which kernels have since Linux 6.10
 *               (and pahole 1.26), with their further tags.  Which programs may call one is in no
 *               BTF.
 *   struct_ops  structs that programs can implement: NAME has a struct bpf_struct_ops_NAME around
 * it.
 */
int feature_list_kfuncs(enum doc_form form, struct buf *out);
int feature_list_struct_ops(enum doc_form form, struct buf *out);

#endif
