/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FEATURE_H
#define BPFVIEW_FEATURE_H

#include "doc.h"
#include "feature_probe.h"

/*
 * What the running kernel can do with BPF.  It is found out at the first question, in some 0.2 s,
 * and kept for as long as the sysctls stay as they are.
 */
enum feature_scope {
	FEATURE_KERNEL,	      /* for this process */
	FEATURE_UNPRIVILEGED, /* for one without the capabilities for BPF */
};

/* What is known, found out if need be; 0 or -errno. */
int feature_get(enum feature_scope scope, struct features *out);

/* The keys of `bpftool -j feature probe kernel full` or `... unprivileged full`, and more; 0 or
 * -errno. */
int feature_describe(enum feature_scope scope, enum doc_form form, struct buf *out);

/* Those of `bpftool -j feature probe dev`, asked anew each time. */
int feature_describe_device(uint32_t ifindex, enum doc_form form, struct buf *out);

/* The C macros of `bpftool feature probe kernel full macros prefix PREFIX`. */
int feature_macros(const char *prefix, struct buf *out);

/* --- what there is by name --- */

enum feature_list {
	/* As `bpftool feature list_builtins`: plain names, an array of strings in JSON. */
	FEATURE_PROG_TYPES,
	FEATURE_MAP_TYPES,
	FEATURE_ATTACH_TYPES,
	FEATURE_LINK_TYPES,
	FEATURE_HELPER_NAMES,
	/* From the BTF of the kernel and its modules, with details. */
	FEATURE_KFUNCS,
	FEATURE_ITERS,
	FEATURE_STRUCT_OPS,
};

/* A list; 0 or -errno (-ENOENT: it needs BTF and the kernel has none). */
int feature_list(enum feature_list which, bool json, struct buf *out);

#endif
