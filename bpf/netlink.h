/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NETLINK_H
#define BPFVIEW_NETLINK_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Questions to the kernel over netlink (RFC 3549, netlink(7)).  A socket belongs to the network
 * namespace that the thread was in when it was opened, for good.
 */
struct netlink;

/* NETLINK_ROUTE or NETLINK_GENERIC: 0 or -errno. */
int netlink_open(int protocol, struct netlink **out);
void netlink_close(struct netlink *nl);

/* Begins a request in the socket's own buffer; the caller adds the payload (a few hundred bytes at
 * most) with mnl_nlmsg_put_extra_header() and mnl_attr_put*(). */
struct nlmsghdr *netlink_request(struct netlink *nl, uint16_t type, uint16_t flags);

/* Sends it and calls fn (may be NULL) for each message of the answer until fn returns non-zero;
 * what it returns is returned, and the socket is only good for closing then.  A request with
 * NLM_F_ACK is done when the kernel says so.  0, -errno, or -EINTR when a dump is complete but
 * things changed while it was made, so that some may be there twice or not at all. */
int netlink_ask(struct netlink *nl, int (*fn)(const struct nlmsghdr *h, void *arg), void *arg);

/* The kernel's words for the last failure, until the next request; "" when it said none. */
const char *netlink_said(const struct netlink *nl);

/* Sorts the attributes behind `header_size` bytes of a message, or those nested in one, into tb by
 * type; types of `n` and above are left out.  tb is cleared first. */
void netlink_attrs(const struct nlmsghdr *h, size_t header_size, const struct nlattr **tb,
		   size_t n);
void netlink_nested(const struct nlattr *nest, const struct nlattr **tb, size_t n);

/* Values of attributes that may be missing or of another size than was expected. */
uint64_t netlink_uint(const struct nlattr *a);
/* NULL unless it is a NUL-terminated string. */
const char *netlink_str(const struct nlattr *a);

/* The number of a generic netlink family: 0 or -errno (-ENOENT: this kernel has it not). */
int netlink_family(struct netlink *nl, const char *name, uint16_t *out);

#endif
