/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NET_H
#define BPFVIEW_NET_H

#include "doc.h"
#include "netfilter.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * BPF programs that are attached to networking, of one network namespace.
 */
enum net_hook {
	NET_XDP,
	NET_TCX_INGRESS,
	NET_TCX_EGRESS,
	NET_NETKIT_PRIMARY,
	NET_NETKIT_PEER,
	NET_TC_INGRESS,	    /* classic filters of an ingress or clsact qdisc */
	NET_TC_EGRESS,	    /* classic filters of clsact and of every other qdisc and class */
	NET_FLOW_DISSECTOR, /* of the namespace, not of an interface */
	NET_NETFILTER,	    /* likewise */
	NET_SK_LOOKUP,	    /* likewise */
	NET_HOOK_COUNT
};

enum { NET_ALL_HOOKS = (1 << NET_HOOK_COUNT) - 1 };

/* Whether it is of the namespace. */
static inline bool net_hook_is_global(enum net_hook hook)
{
	return hook >= NET_FLOW_DISSECTOR;
}

/* One program at one hook. */
struct net_attachment {
	enum net_hook hook;
	uint32_t ifindex; /* 0: it is the namespace's */
	uint32_t prog_id; /* 0: a classic filter that runs programs by its actions only */
	uint32_t link_id; /* 0: none, or the kernel does not tell */
	union {
		uint8_t xdp_mode; /* XDP_ATTACHED_DRV, _SKB or _HW */
		struct {
			uint32_t prog_flags; /* BPF_F_* that it was attached with */
			uint32_t link_flags;
		} mprog; /* tcx and netkit */
		struct {
			char where[IFNAMSIZ];  /* kind of the qdisc; "clsact/ingress", ... */
			char filter[IFNAMSIZ]; /* kind of the filter: "bpf", "flower" */
			char *name;	       /* what the filter or the action calls it, or NULL */
			bool is_action;	       /* of the filter before it in the array */
			bool has_actions;
			bool direct;	 /* the program's verdict is final */
			uint32_t parent; /* qdisc or class, major:minor */
			uint32_t handle, chain;
			uint16_t prio, protocol;
		} tc;
		struct netfilter_place netfilter;
	};
};

struct net_device {
	uint32_t ifindex;
	char name[IF_NAMESIZE];
	char kind[IFNAMSIZ]; /* "veth", "netkit"; "" when it is of no special kind */
	uint32_t flags;	     /* IFF_* */
	uint32_t mtu;	     /* bytes */
	/* Of tcx and netkit chains, by hook; it changes whenever the chain does.  0: no chain. */
	uint64_t revisions[NET_HOOK_COUNT];
};

/* What was attached at one moment; in the order of bpftool's `net show`, where programs of a chain
 * follow each other in the order that they run in. */
struct net {
	uint64_t ino; /* of the namespace */
	struct net_device *devices;
	size_t ndevices;
	struct net_attachment *attached;
	size_t nattached;
};

/* What to look at. */
struct net_scope {
	const char *netns;  /* NULL: the namespace we are in */
	uint32_t ifindex;   /* 0: all interfaces */
	unsigned int hooks; /* bits 1 << NET_* */
};

/* 0, or -errno (-ENOENT: no such namespace or interface).  What cannot be found out about one
 * interface or hook is left out. */
int net_read(const struct net_scope *scope, struct net *out);
void net_free(struct net *n);

/* Appends the place in bpftool's words: "xdp/driver", "tcx/ingress", "clsact/ingress", "htb",
 * "ip/input". */
void net_place(const struct net_attachment *a, struct buf *out);

/* "driver", "generic" or "offload". */
const char *net_xdp_mode(const struct net_attachment *a);

/* The full name of a program; `out` is replaced, empty when it has none or is gone. */
void net_prog_name(uint32_t prog_id, struct buf *out);

/* --- documents --- */

/* Everything in the namespace (NULL: ours), in JSON as `bpftool -j net show`. */
int net_list(const char *netns, enum doc_form form, struct buf *out);

/* An interface and what is attached to it, with the keys of net_list(). */
int net_describe_device(const char *netns, uint32_t ifindex, enum doc_form form, struct buf *out);

/* One hook of an interface, or of the namespace (ifindex 0). */
int net_describe_hook(const char *netns, uint32_t ifindex, enum net_hook hook, enum doc_form form,
		      struct buf *out);

/* Whether the driver of an interface says that it can run programs in the device. */
bool net_can_offload(const char *netns, uint32_t ifindex);

/* What a device can do for XDP, and the programs and maps that are bound to it.  0, or -errno
 * (-ENOENT: no such interface, or a kernel before 6.3). */
int net_describe_offload(const char *netns, uint32_t ifindex, enum doc_form form, struct buf *out);

#endif
