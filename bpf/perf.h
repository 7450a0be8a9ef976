/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PERF_H
#define BPFVIEW_PERF_H

#include "doc.h"

/*
 * Programs that trace: one object for each descriptor that a process has of a perf event with a
 * program or of a tracing link, and one for each tracing link that no process has open (pinned).
 *
 * Keys are those of `bpftool -j perf list`, which knows perf events and raw tracepoints; `comm`,
 * `link_id`, `func_cnt` and other types of links are ours.  What is attached through a link that
 * holds a perf event shows twice if its process has both open.  This process's own descriptors are
 * left out.  0 or -errno.
 */
int describe_perf(enum doc_form form, struct buf *out);

#endif
