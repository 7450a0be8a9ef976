/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NETPLACE_H
#define BPFVIEW_NETPLACE_H

#include <linux/bpf.h>
#include <net/if.h>
#include <stdint.h>

/*
 * Where in networking links are.  The kernel's info on a link to a device has the device's number,
 * which says nothing without the namespace that it is a number of, and the info on a netfilter
 * link has nothing; a BPF iterator over the links tells.
 *
 * Devices are renamed and move to other namespaces, so that a table of places is of the moment: it
 * is read for a document and thrown away.
 */
struct netplace {
	uint64_t netns_ino;	   /* inode number of the namespace's file */
	uint32_t ifindex;	   /* 0: it is the namespace's, not a device's */
	char devname[IF_NAMESIZE]; /* "": likewise */
};

struct netplaces;

/* Reads the places of all links to devices and to netfilter: 0, or -errno where the kernel does not
 * let us. */
int netplaces_read(struct netplaces **out);
void netplaces_free(struct netplaces *p);

/* Where a link is whose info that is: 0, or -ENOENT when it is at no such place, or at none any
 * more.  Without a table (NULL) a device is looked for in this process's own namespace only. */
int netplaces_find(const struct netplaces *p, const struct bpf_link_info *info,
		   struct netplace *out);

/* The XDP link that has attached a program to a device; 0 when none has. */
uint32_t netplaces_link_at(const struct netplaces *p, uint64_t netns_ino, uint32_t ifindex,
			   uint32_t prog_id);

#endif
