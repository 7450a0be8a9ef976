/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NETFILTER_RECORD_H
#define BPFVIEW_NETFILTER_RECORD_H

/* What netfilter.bpf.c writes for each netfilter link. */
struct netfilter_record {
	unsigned int link_id;
	unsigned int ns_ino; /* of the network namespace that it filters in */
};

#endif
