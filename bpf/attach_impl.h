/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ATTACH_IMPL_H
#define BPFVIEW_ATTACH_IMPL_H

#include "attach.h"
#include "prog.h"

/* What the parts of attach.h share: the context of the verbs. */
struct attaching {
	struct prog prog;
	const struct opener *files;
	struct buf *answer;
};

/* Whether the program is of a type (enum bpf_prog_type) or of the other, which may be the same: 0,
 * or -EINVAL in words. */
int attach_type_check(const struct attaching *a, uint32_t type, uint32_t other,
		      struct problem *why);

/* Says why the kernel refused to attach, and what a program must have been loaded for. */
int attach_refused(int err, const char *at, const char *loaded_for, struct problem *why);

/* Keeps a new link, or a negative number in its place is the error; `how` is the verb. */
int attach_keep(const struct attaching *a, int link_fd, const char *how, struct problem *why);

/* The word that a verb is called by. */
struct span attach_word(const struct verb *v);

/* For clauses: a process, to a uint32_t. */
int attach_take_pid(struct span *words, void *to, struct problem *why);

/* --- verbs: form is said where it matters --- */

int attach_tracepoint(const struct verb *v, struct span words, void *ctx, struct problem *why);
/* form: PROBE_* */
enum { PROBE_ENTRY, PROBE_RETURN };
int attach_kprobe(const struct verb *v, struct span words, void *ctx, struct problem *why);
int attach_uprobe(const struct verb *v, struct span words, void *ctx, struct problem *why);
int attach_kprobe_multi(const struct verb *v, struct span words, void *ctx, struct problem *why);
int attach_uprobe_multi(const struct verb *v, struct span words, void *ctx, struct problem *why);
int attach_event(const struct verb *v, struct span words, void *ctx, struct problem *why);
/* form: the attach type */
int attach_to_map(const struct verb *v, struct span words, void *ctx, struct problem *why);
int detach_from_map(const struct verb *v, struct span words, void *ctx, struct problem *why);
int attach_to_netns(const struct verb *v, struct span words, void *ctx, struct problem *why);
int detach_from_netns(const struct verb *v, struct span words, void *ctx, struct problem *why);

extern const struct clause attach_tracepoint_clauses[], attach_kprobe_clauses[],
    attach_uprobe_clauses[], attach_event_clauses[], attach_uprobe_multi_clauses[],
    attach_netns_clauses[];

#endif
