/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NETFILTER_H
#define BPFVIEW_NETFILTER_H

#include "doc.h"

#include <stdint.h>

/* The words of bpftool and nft for a family (NFPROTO_*) and a hook of it: "ip", "prerouting"; NULL
 * where there is none. */
const char *netfilter_family_name(uint32_t pf);
const char *netfilter_hook_name(uint32_t pf, uint32_t hook);

/* Where in netfilter a program is. */
struct netfilter_place {
	uint32_t pf, hook; /* NFPROTO_*; NF_INET_* and the like */
	int32_t prio;
	uint32_t flags; /* BPF_F_NETFILTER_* */
};

/* bpftool's keys for it, and words. */
void netfilter_describe(struct doc *d, const struct netfilter_place *p);

#endif
