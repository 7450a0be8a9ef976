// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel fills as much of a dump as there is room for, up to 32 KiB, into each message. */
enum { ANSWER_SIZE = 32768, REQUEST_SIZE = 512 };

struct netlink {
	struct mnl_socket *socket;
	unsigned int port;
	uint32_t seq;
	char said[256];
	char request[REQUEST_SIZE] __attribute__((aligned(8)));
	char answer[ANSWER_SIZE] __attribute__((aligned(8)));
};

/* Errors with words, and without the request that they are about; old kernels have neither. */
static void ask_for_words(struct mnl_socket *socket)
{
	int on = 1;

	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
}

int netlink_open(int protocol, struct netlink **out)
{
	struct netlink *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return -ENOMEM;
	nl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int err = -errno;

		netlink_close(nl);
		return err;
	}
	nl->port = mnl_socket_get_portid(nl->socket);
	ask_for_words(nl->socket);
	*out = nl;
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (nl && nl->socket)
		mnl_socket_close(nl->socket);
	free(nl);
}

struct nlmsghdr *netlink_request(struct netlink *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(nl->request);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++nl->seq;
	*nl->said = '\0';
	return h;
}

const char *netlink_said(const struct netlink *nl)
{
	return nl->said;
}

/* What is known of an answer that is being received. */
struct answer {
	int (*fn)(const struct nlmsghdr *h, void *arg);
	void *arg;
	bool acked;   /* it ends with the kernel's word */
	bool changed; /* while it was made */
	bool ended;
};

/* What an error message, or the end of a dump, says: 0 or -errno. */
static int verdict(const struct nlmsghdr *h)
{
	const int *err = mnl_nlmsg_get_payload(h);

	return mnl_nlmsg_get_payload_len(h) >= sizeof(*err) ? *err : 0;
}

/* The words that come with an error; where the request is repeated in it, it has none of ours. */
static void note_words(struct netlink *nl, const struct nlmsghdr *h)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MSG + 1];
	const char *words;
	size_t size = h->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    (h->nlmsg_type == NLMSG_ERROR && !(h->nlmsg_flags & NLM_F_CAPPED)))
		return;
	netlink_attrs(h, size, tb, NLMSGERR_ATTR_MSG + 1);
	words = netlink_str(tb[NLMSGERR_ATTR_MSG]);
	if (words)
		snprintf(nl->said, sizeof(nl->said), "%s", words);
}

static int take(struct netlink *nl, struct answer *a, const struct nlmsghdr *h)
{
	a->changed |= h->nlmsg_flags & NLM_F_DUMP_INTR;
	a->ended = !(h->nlmsg_flags & NLM_F_MULTI) && !a->acked;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		a->ended = true;
		note_words(nl, h);
		return verdict(h);
	}
	return h->nlmsg_type < NLMSG_MIN_TYPE || !a->fn ? 0 : a->fn(h, a->arg);
}

static int receive(struct netlink *nl, struct answer *a)
{
	ssize_t n = mnl_socket_recvfrom(nl->socket, nl->answer, sizeof(nl->answer));
	const struct nlmsghdr *h = (const struct nlmsghdr *)nl->answer;
	int left = (int)n, err = 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (!n)
		return -EIO;
	for (; !err && !a->ended && mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
		/* The rest of an answer that nobody wanted to the end is another's. */
		if (mnl_nlmsg_seq_ok(h, nl->seq) && mnl_nlmsg_portid_ok(h, nl->port))
			err = take(nl, a, h);
	return err;
}

int netlink_ask(struct netlink *nl, int (*fn)(const struct nlmsghdr *h, void *arg), void *arg)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)nl->request;
	struct answer a = {.fn = fn, .arg = arg, .acked = h->nlmsg_flags & NLM_F_ACK};
	int err = mnl_socket_sendto(nl->socket, h, h->nlmsg_len) < 0 ? -errno : 0;

	while (!err && !a.ended)
		err = receive(nl, &a);
	return err || !a.changed ? err : -EINTR;
}

static void clear(const struct nlattr **tb, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tb[i] = NULL;
}

static void sort_attr(const struct nlattr *a, const struct nlattr **tb, size_t n)
{
	uint16_t type = mnl_attr_get_type(a);

	if (type < n)
		tb[type] = a;
}

void netlink_attrs(const struct nlmsghdr *h, size_t header_size, const struct nlattr **tb, size_t n)
{
	const struct nlattr *a;

	clear(tb, n);
	if (mnl_nlmsg_get_payload_len(h) < header_size)
		return;
	mnl_attr_for_each (a, h, header_size)
		sort_attr(a, tb, n);
}

void netlink_nested(const struct nlattr *nest, const struct nlattr **tb, size_t n)
{
	const struct nlattr *a;

	clear(tb, n);
	if (!nest)
		return;
	mnl_attr_for_each_nested (a, nest)
		sort_attr(a, tb, n);
}

uint64_t netlink_uint(const struct nlattr *a)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	if (!a)
		return 0;
	switch (mnl_attr_get_payload_len(a)) {
	case sizeof(uint8_t): return mnl_attr_get_u8(a);
	case sizeof(u16): memcpy(&u16, mnl_attr_get_payload(a), sizeof(u16)); return u16;
	case sizeof(u32): memcpy(&u32, mnl_attr_get_payload(a), sizeof(u32)); return u32;
	case sizeof(u64): memcpy(&u64, mnl_attr_get_payload(a), sizeof(u64)); return u64;
	default: return 0;
	}
}

const char *netlink_str(const struct nlattr *a)
{
	size_t len = a ? mnl_attr_get_payload_len(a) : 0;
	const char *s = a ? mnl_attr_get_payload(a) : NULL;

	return len && memchr(s, '\0', len) ? s : NULL;
}

static int note_family(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];

	netlink_attrs(h, sizeof(struct genlmsghdr), tb, CTRL_ATTR_FAMILY_ID + 1);
	*(uint16_t *)arg = (uint16_t)netlink_uint(tb[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

int netlink_family(struct netlink *nl, const char *name, uint16_t *out)
{
	struct nlmsghdr *h = netlink_request(nl, GENL_ID_CTRL, 0);
	struct genlmsghdr *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	uint16_t id = 0;
	int err;

	g->cmd = CTRL_CMD_GETFAMILY;
	g->version = 1;
	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, name);
	err = netlink_ask(nl, note_family, &id);
	if (!err && !id)
		err = -ENOENT;
	if (!err)
		*out = id;
	return err;
}
