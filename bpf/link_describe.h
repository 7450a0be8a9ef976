/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_LINK_DESCRIBE_H
#define BPFVIEW_LINK_DESCRIBE_H

#include "doc.h"
#include "link.h"
#include "scene.h"

/*
 * For the describers of the types of links: each writes its fields, with the keys of `bpftool -j
 * link show` and more, and says in `target` in a word (no blanks of its own) what the link is
 * attached to.
 */
struct link_view {
	struct doc *d;
	const struct link *l;
	struct scene *scene;
	struct buf target;
};

void describe_perf_event(struct link_view *v);
void describe_kprobe_multi(struct link_view *v);
void describe_uprobe_multi(struct link_view *v);

/* Appends what a link to a perf event that is no probe and no tracepoint counts:
 * "software:page-faults". */
void perf_event_word(const struct bpf_link_info *info, struct buf *out);

#endif
