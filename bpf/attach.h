/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ATTACH_H
#define BPFVIEW_ATTACH_H

#include "opener.h"
#include "verb.h"

#include <stdint.h>

/*
 * Attaches programs that are loaded already, other than to networking and cgroups, and detaches
 * them.
 *
 * What traces is attached by links, each kept by a pin bpfview/NAME-HOW in bpffs since nothing else
 * would.  What bpftool attaches without a link (sk_msg, sk_skb, flow_dissector) stays with the map
 * or the network namespace, as bpftool does it.
 */

extern const struct verb attach_verbs[], detach_verbs[];

/* Does what words say with a program.  Appends "link N" and "pinned PATH", a line each, for each
 * link made.  0, or -errno with words and nothing attached. */
int prog_attach(uint32_t id, struct span words, const struct opener *files, struct buf *answer,
		struct problem *why);

/* No words at all detach the one link that was made here.  0, or -errno with words. */
int prog_detach(uint32_t id, struct span words, struct problem *why);

#endif
