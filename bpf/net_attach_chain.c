// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include "ref.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

/* tcx and netkit: chains of programs, each with a link or without, in an order. */

static enum bpf_attach_type attach_type(enum net_hook hook)
{
	switch (hook) {
	case NET_TCX_INGRESS: return BPF_TCX_INGRESS;
	case NET_TCX_EGRESS: return BPF_TCX_EGRESS;
	case NET_NETKIT_PRIMARY: return BPF_NETKIT_PRIMARY;
	default: return BPF_NETKIT_PEER;
	}
}

/* One of the chain; NULL with words when it is not there. */
static const struct net_attachment *find(struct net_change *c, const struct net_other *o)
{
	for (size_t i = 0; i < c->net.nattached; i++) {
		const struct net_attachment *a = &c->net.attached[i];

		if (o->link_id ? a->link_id == o->link_id : a->prog_id == o->prog_id)
			return a;
	}
	problem(c->why, -ENOENT, o->at, "that is not in this chain; attached is ");
	if (c->why)
		net_say_all(&c->net, &c->why->words);
	return NULL;
}

static int replace_program(struct net_change *c, const struct net_attachment *old)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = BPF_F_REPLACE);
	int err;

	opts.replace_fd = bpf_prog_get_fd_by_id(old->prog_id);
	err = opts.replace_fd < 0 ? opts.replace_fd
				  : bpf_prog_attach_opts(c->wish.prog_fd, (int)c->at->ifindex,
							 attach_type(c->at->hook), &opts);
	if (opts.replace_fd >= 0)
		close(opts.replace_fd);
	if (err)
		return net_refused(c, err, NULL);
	buf_printf(c->done, "without a link, program %u in place of %u\n", c->wish.prog_id,
		   old->prog_id);
	return 0;
}

/* One is spoken of by its link, if it has one. */
static int attach_by(struct net_change *c, uint32_t flags, const struct net_attachment *to)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	if (to && to->link_id)
		opts.flags |= BPF_F_LINK;
	/* netkit's options are laid out as tcx's */
	if (to)
		opts.tcx.relative_id = to->link_id ? to->link_id : to->prog_id;
	return net_make_link(c, (int)c->at->ifindex, attach_type(c->at->hook), &opts);
}

/* Positions begin with 1. */
static int attach_at(struct net_change *c, uint64_t position)
{
	if (position > c->net.nattached)
		return attach_by(c, BPF_F_AFTER, NULL);
	return attach_by(c, BPF_F_BEFORE, &c->net.attached[position ? position - 1 : 0]);
}

static int attach_ordered(struct net_change *c)
{
	const struct net_wish *w = &c->wish;
	const struct net_other *other = w->before.at  ? &w->before
					: w->after.at ? &w->after
						      : &w->replace;
	const struct net_attachment *to;

	if (w->first)
		return attach_by(c, BPF_F_BEFORE, NULL);
	if (!other->at)
		return attach_at(c, w->position);
	to = find(c, other);
	if (!to)
		return -ENOENT;
	if (other == &w->replace)
		return to->link_id ? net_update_link(c, to) : replace_program(c, to);
	return attach_by(c, other == &w->before ? BPF_F_BEFORE : BPF_F_AFTER, to);
}

static int attach(struct net_change *c)
{
	bool tcx = c->at->hook == NET_TCX_INGRESS || c->at->hook == NET_TCX_EGRESS;

	if (!tcx && c->net.ndevices && strcmp(c->net.devices[0].kind, "netkit"))
		return problem(c->why, -EINVAL, c->wish.prog_at, "%s is no netkit device",
			       c->net.devices[0].name);
	return attach_ordered(c);
}

static int detach(struct net_change *c, const struct net_attachment *a)
{
	int fd = bpf_prog_get_fd_by_id(a->prog_id);
	int err =
	    fd < 0 ? fd
		   : bpf_prog_detach_opts(fd, (int)c->at->ifindex, attach_type(c->at->hook), NULL);

	if (fd >= 0)
		close(fd);
	return err ? net_refused(c, err, NULL) : 0;
}

static const char *meaning(int err)
{
	switch (err) {
	case -EEXIST: return "the program is in this chain already";
	case -ERANGE: return "the chain is full";
	case -EACCES: return "programs of a netkit pair are attached at its primary end";
	default: return NULL;
	}
}

/* --- words --- */

/* Q: a program, or a link behind that word. */
static int take_other(struct span *words, void *to, struct problem *why)
{
	struct net_other *other = to;
	enum kind kind;
	uint32_t id;
	int fd, err;

	span_blanks(words);
	other->at = words->at;
	fd = ref_open_attached(words, &kind, why);
	if (fd < 0)
		return fd;
	err = kind_of_fd(fd, &kind, &id);
	close(fd);
	if (err)
		return problem_errno(why, err, kind_name(kind));
	*(kind == KIND_LINK ? &other->link_id : &other->prog_id) = id;
	return 0;
}

static int take_position(struct span *words, void *to, struct problem *why)
{
	return take_number(words, UINT32_MAX, to, why);
}

static const struct clause attach_words[] = {
    {"first", NULL, NET_AT(first), CLAUSE_ONCE},
    {"prepend", NULL, NET_AT(first), CLAUSE_INSTEAD},
    {"last", NULL, NET_AT(last), CLAUSE_INSTEAD},
    {"before Q", take_other, NET_AT(before), CLAUSE_INSTEAD},
    {"after Q", take_other, NET_AT(after), CLAUSE_INSTEAD},
    {"replace Q", take_other, NET_AT(replace), CLAUSE_INSTEAD},
    {"at N", take_position, NET_AT(position), CLAUSE_INSTEAD},
    NET_PROGRAM,
    {},
};

const struct net_hook_type net_chain = {
    .prog_type = BPF_PROG_TYPE_SCHED_CLS,
    .attach_words = attach_words,
    .detach_words = net_attached_only,
    .attach = attach,
    .detach = detach,
    .meaning = meaning,
};
