/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NETPLACE_RECORD_H
#define BPFVIEW_NETPLACE_RECORD_H

/* What iterators.bpf.c writes for each link to a device or to netfilter. */
struct netplace_record {
	unsigned int link_id;
	unsigned int prog_id;
	unsigned int ns_ino;  /* of the network namespace */
	unsigned int ifindex; /* 0: it is not about a device */
	char devname[16];
};

#endif
