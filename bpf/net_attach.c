// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include "linkedit.h"
#include "names.h"
#include "net_impl.h"
#include "netns.h"
#include "pinning.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const struct net_hook_type *const types[NET_HOOK_COUNT] = {
    [NET_XDP] = &net_xdp,
    [NET_TCX_INGRESS] = &net_chain,
    [NET_TCX_EGRESS] = &net_chain,
    [NET_NETKIT_PRIMARY] = &net_chain,
    [NET_NETKIT_PEER] = &net_chain,
    [NET_TC_INGRESS] = &net_classic,
    [NET_TC_EGRESS] = &net_classic,
    [NET_FLOW_DISSECTOR] = &net_flow_dissector,
    [NET_NETFILTER] = &net_netfilter,
    [NET_SK_LOOKUP] = &net_sk_lookup,
};

/* --- what is said of attachments --- */

static void say(const struct net_attachment *a, struct buf *out)
{
	struct buf name __buf_free = {};

	net_prog_name(a->prog_id, &name);
	buf_printf(out, "%u%s%s (", a->prog_id, name.len ? " " : "", buf_cstr(&name));
	net_place(a, out);
	if (a->hook == NET_NETFILTER)
		buf_printf(out, " priority %d", a->netfilter.prio);
	if (a->hook == NET_TC_INGRESS || a->hook == NET_TC_EGRESS)
		buf_printf(out, " prio %u handle 0x%x%s", a->tc.prio, a->tc.handle,
			   a->tc.is_action ? ", an action" : "");
	if (a->link_id)
		buf_printf(out, ", link %u", a->link_id);
	buf_char(out, ')');
}

void net_say_all(const struct net *net, struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < net->nattached; i++) {
		if (!net->attached[i].prog_id)
			continue;
		buf_str(out, between);
		say(&net->attached[i], out);
		between = ", ";
	}
	if (!*between)
		buf_str(out, "nothing");
}

int net_refused(struct net_change *c, int err, const char *said)
{
	const struct net_hook_type *type = types[c->at->hook];
	const char *words = said && *said ? said : type->meaning ? type->meaning(err) : NULL;

	if (!words)
		words = strerrordesc_np(-errno_known(err));
	problem(c->why, err, c->wish.prog_at, "the kernel refuses it: %s",
		words ? words : "unknown error");
	if (c->why && (err == -EBUSY || err == -EEXIST)) {
		buf_str(&c->why->words, "; attached is ");
		net_say_all(&c->net, &c->why->words);
	}
	return err;
}

/* --- entering the namespace --- */

struct visit {
	struct net_change *change;
	int (*fn)(struct net_change *c);
	bool entered;
};

/* Runs in the namespace. */
static int visit(void *arg)
{
	struct visit *v = arg;
	struct net_change *c = v->change;
	const struct net_scope scope = {.ifindex = c->at->ifindex, .hooks = 1U << c->at->hook};
	int err = net_read(&scope, &c->net);

	v->entered = true;
	if (err)
		return problem(c->why, err, NULL, "%s",
			       err == -ENOENT ? "the interface is gone" : strerrordesc_np(-err));
	err = v->fn(c);
	net_free(&c->net);
	return err;
}

static int run(struct net_change *c, int (*fn)(struct net_change *c))
{
	struct visit v = {.change = c, .fn = fn};
	int err = netns_run(c->at->netns, visit, &v);

	return err && !v.entered ? problem(c->why, err, NULL, "namespace %s: %s", c->at->netns,
					   strerrordesc_np(-err))
				 : err;
}

/* --- attaching --- */

static int check_program(struct net_change *c)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info), wanted = types[c->at->hook]->prog_type;
	const char *is, *takes = prog_type_name(wanted);
	int err = bpf_prog_get_info_by_fd(c->wish.prog_fd, &info, &len);

	if (err)
		return problem_errno(c->why, err, "the program");
	if (info.type == wanted)
		return 0;
	is = prog_type_name(info.type);
	return problem(c->why, -EINVAL, c->wish.prog_at,
		       "program %u is of type %s, and %s takes those of type %s", info.id,
		       is ? is : "unknown", net_hook_word(c->at->hook), takes ? takes : "another");
}

static int attach_here(struct net_change *c)
{
	return types[c->at->hook]->attach(c);
}

int net_attach(const struct net_point *at, struct span words, struct buf *done, struct problem *why)
{
	struct net_change c = {.at = at, .wish = NET_NOTHING, .done = done, .why = why};
	int err = take_clauses(types[at->hook]->attach_words, words, &c.wish, why);

	if (!err && c.wish.prog_fd < 0)
		err = problem(why, -EINVAL, words.end, "a program is missing: prog P");
	if (!err)
		err = check_program(&c);
	if (!err) {
		net_prog_name(c.wish.prog_id, &c.name);
		err = run(&c, attach_here);
	}
	if (c.wish.prog_fd >= 0)
		close(c.wish.prog_fd);
	buf_free(&c.name);
	return err;
}

/* PROG-NETNS-IF-HOOK, short enough for a number behind it. */
static void link_name(struct net_change *c, struct buf *out)
{
	enum { LONGEST = NAME_MAX - 10 };

	if (c->name.len)
		buf_str(out, buf_cstr(&c->name));
	else
		buf_u64(out, c->wish.prog_id);
	if (c->at->netns)
		buf_printf(out, "-%s", c->at->netns);
	if (c->net.ndevices)
		buf_printf(out, "-%s", c->net.devices[0].name);
	buf_printf(out, "-%s", net_hook_word(c->at->hook));
	if (out->len > LONGEST)
		out->len = LONGEST;
}

int net_make_link(struct net_change *c, int target, enum bpf_attach_type type,
		  const struct bpf_link_create_opts *opts)
{
	struct buf name __buf_free = {};
	int fd = bpf_link_create(c->wish.prog_fd, target, type, opts);

	if (fd == -EINVAL && !attach_type_exists(type))
		return problem(c->why, -EOPNOTSUPP, c->wish.prog_at, "this kernel has no %s",
			       attach_type_name(type));
	if (fd < 0)
		return net_refused(c, fd, NULL);
	link_name(c, &name);
	return link_pin_new(fd, buf_cstr(&name), c->done, c->why);
}

int net_update_link(struct net_change *c, const struct net_attachment *a)
{
	int fd = bpf_link_get_fd_by_id(a->link_id);
	int err = fd < 0 ? fd : bpf_link_update(fd, c->wish.prog_fd, NULL);

	if (fd >= 0)
		close(fd);
	if (err)
		return net_refused(c, err, NULL);
	buf_printf(c->done, "link %u, program %u in place of %u\n", a->link_id, c->wish.prog_id,
		   a->prog_id);
	return 0;
}

/* --- detaching --- */

static bool is_said(uint64_t wanted, uint64_t value)
{
	return wanted == NET_UNSAID || wanted == value;
}

static bool is_filter_meant(const struct net_wish *w, const struct net_attachment *a)
{
	return is_said(w->tc.prio, a->tc.prio) && is_said(w->tc.handle, a->tc.handle) &&
	       is_said(w->tc.chain, a->tc.chain) && is_said(w->tc.protocol, a->tc.protocol);
}

static bool is_place_meant(const struct net_wish *w, const struct netfilter_place *p)
{
	const char *hook = netfilter_hook_name(p->pf, p->hook);

	return (!w->netfilter.pf || p->pf == w->netfilter.pf) &&
	       (!w->netfilter.hook.at || (hook && span_is(w->netfilter.hook, hook))) &&
	       (w->netfilter.prio == INT64_MAX || p->prio == w->netfilter.prio);
}

static bool is_meant(const struct net_wish *w, const struct net_attachment *a)
{
	if (!a->prog_id || (w->prog_id && a->prog_id != w->prog_id) ||
	    (w->link_id && a->link_id != w->link_id))
		return false;
	switch (a->hook) {
	case NET_XDP: return !net_xdp_wish(w) || net_xdp_flag(a) == net_xdp_wish(w);
	case NET_TC_INGRESS:
	case NET_TC_EGRESS: return is_filter_meant(w, a);
	case NET_NETFILTER: return is_place_meant(w, &a->netfilter);
	default: return true;
	}
}

/* Says what is wrong with a choice, and what there is to choose from. */
static int unclear(struct net_change *c, int err, const char *what)
{
	if (!c->net.nattached)
		return problem(c->why, -ENOENT, NULL, "nothing is attached here");
	problem(c->why, err, c->wish.prog_at, "%s; attached is ", what);
	if (c->why)
		net_say_all(&c->net, &c->why->words);
	return err;
}

static int choose(struct net_change *c, const struct net_attachment **out)
{
	size_t n = 0;

	for (size_t i = 0; i < c->net.nattached; i++)
		if (is_meant(&c->wish, &c->net.attached[i]) && !n++)
			*out = &c->net.attached[i];
	if (!n)
		return unclear(c, -ENOENT, "there is nothing like that");
	return n == 1 ? 0 : unclear(c, -EINVAL, "say which one");
}

static int check_owner(struct net_change *c, const struct net_attachment *a)
{
	bool kept = c->wish.by_id, elsewhere;
	int err = kept ? 0 : pin_look(KIND_LINK, a->link_id, &kept, &elsewhere, c->why);

	if (err || kept)
		return err;
	return problem(c->why, -EPERM, c->wish.prog_at,
		       "link %u (of program %u) was not made here; \"link %u\" detaches it all the "
		       "same",
		       a->link_id, a->prog_id, a->link_id);
}

static int detach(struct net_change *c, const struct net_attachment *a)
{
	int err = a->link_id ? link_end(a->link_id, c->why) : types[a->hook]->detach(c, a);

	if (!err) {
		buf_str(c->done, "detached ");
		say(a, c->done);
		buf_char(c->done, '\n');
	}
	return err;
}

static int detach_here(struct net_change *c)
{
	const struct net_attachment *a = NULL;
	int err = choose(c, &a);

	if (err || !a)
		return err;
	err = a->link_id ? check_owner(c, a) : 0;
	return err ? err : detach(c, a);
}

int net_detach(const struct net_point *at, struct span words, struct buf *done, struct problem *why)
{
	struct net_change c = {.at = at, .wish = NET_NOTHING, .done = done, .why = why};
	int err = take_clauses(types[at->hook]->detach_words, words, &c.wish, why);

	if (!err)
		err = run(&c, detach_here);
	if (c.wish.prog_fd >= 0)
		close(c.wish.prog_fd);
	return err;
}

static int detach_chosen(struct net_change *c)
{
	return detach(c, c->chosen);
}

int net_detach_this(const struct net_point *at, const struct net_attachment *a, struct buf *done,
		    struct problem *why)
{
	struct net_change c = {
	    .at = at, .wish = NET_NOTHING, .chosen = a, .done = done, .why = why};

	return run(&c, detach_chosen);
}
