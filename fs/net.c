// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"
#include "places.h"

#include "../bpf/net.h"
#include "../bpf/netns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * net/ and netns/NAME/net/: one set of functions for both.  In the folder of an interface, and
 * those in it, the place's id is the interface's index.
 */

/* The namespace that a place is about, NULL for ours; `room` is for its name. */
static const char *netns_of(const struct place *p, struct place *room)
{
	return tree_above(p, FOLDER_NAMESPACE, room) ? room->name : NULL;
}

/* The hook that a folder of programs is for: the form of what it generates. */
static enum net_hook hook_of(const struct place *p)
{
	return (enum net_hook)folder_at(p->folder)->gen->row.form;
}

static uint32_t ifindex_of(const struct place *p)
{
	enum net_hook hook = hook_of(p);

	return hook == NET_FLOW_DISSECTOR || hook == NET_NETFILTER ? 0 : (uint32_t)p->id;
}

/* --- rows --- */

static int show_list(const struct place *p, struct buf *out)
{
	struct place ns;

	return net_list(netns_of(p, &ns), (enum doc_form)p->row->form, out);
}

static int show_device(const struct place *p, struct buf *out)
{
	struct place ns;

	return net_describe_device(netns_of(p, &ns), (uint32_t)p->id, (enum doc_form)p->row->form,
				   out);
}

static int show_hook(const struct place *p, struct buf *out)
{
	struct place ns;

	return net_describe_hook(netns_of(p, &ns), ifindex_of(p), hook_of(p),
				 (enum doc_form)p->row->form, out);
}

static bool can_offload(const struct place *p)
{
	struct place ns;

	return net_can_offload(netns_of(p, &ns), (uint32_t)p->id);
}

static int show_offload(const struct place *p, struct buf *out)
{
	struct place ns;

	return net_describe_offload(netns_of(p, &ns), (uint32_t)p->id, (enum doc_form)p->row->form,
				    out);
}

/* --- net/IF/HOOK/ and the like: programs in the order that they run in --- */

/* clsact comes before the queues, a qdisc before its classes. */
static unsigned int rank(const struct net_attachment *a)
{
	if (a->hook != NET_TC_EGRESS)
		return 0;
	return !strncmp(a->tc.where, "clsact", 6) ? 0 : a->tc.parent & 0xffff ? 2 : 1;
}

enum { RANKS = 3 };

/* The chain that an attachment is in, where a folder holds several. */
static void chain_name(const struct net_attachment *a, struct buf *out)
{
	if (a->hook != NET_NETFILTER)
		return;
	net_place(a, out);
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] == '/')
			out->data[i] = '-';
	buf_char(out, '-');
}

/* "driver-NAME"; "01-NAME"; "ip-input-01-NAME". */
static int add_program(struct names *n, const struct net_attachment *a, unsigned int position,
		       int digits)
{
	struct buf name __buf_free = {}, prog __buf_free = {};

	if (a->hook == NET_XDP) {
		buf_printf(&name, "%s-", net_xdp_mode(a));
	} else {
		chain_name(a, &name);
		buf_printf(&name, "%0*u-", digits, position);
	}
	net_prog_name(a->prog_id, &prog);
	if (prog.len)
		buf_str(&name, buf_cstr(&prog));
	else
		buf_u64(&name, a->prog_id);
	return names_add(n, buf_cstr(&name), a->prog_id);
}

static bool same_chain(const struct net_attachment *a, const struct net_attachment *b)
{
	return a->hook != NET_NETFILTER ||
	       (a->netfilter.pf == b->netfilter.pf && a->netfilter.hook == b->netfilter.hook);
}

static int add_programs(struct names *n, const struct net *net)
{
	int digits = net->nattached < 100 ? 2 : snprintf(NULL, 0, "%zu", net->nattached);
	const struct net_attachment *last = NULL;
	unsigned int position = 0;
	int err = 0;

	for (unsigned int r = 0; r < RANKS; r++)
		for (size_t i = 0; !err && i < net->nattached; i++) {
			const struct net_attachment *a = &net->attached[i];

			if (!a->prog_id || rank(a) != r)
				continue;
			position = last && same_chain(last, a) ? position + 1 : 1;
			last = a;
			err = add_program(n, a, position, digits);
		}
	return err;
}

static int open_hook(const struct place *dir, void **state)
{
	struct place ns;
	struct net_scope scope = {
	    .netns = netns_of(dir, &ns), .ifindex = ifindex_of(dir), .hooks = 1U << hook_of(dir)};
	struct names *n = names_new();
	struct net net;
	int err = n ? net_read(&scope, &net) : -ENOMEM;

	if (!err) {
		err = add_programs(n, &net);
		net_free(&net);
	}
	return names_done(n, err, state);
}

static int link_program(const struct place *p, struct buf *out)
{
	tree_link(p, KIND_PROG, p->child, out);
	return 0;
}

static const struct row hook_rows[] = {
    {"info", ROW_FILE, "what is attached, in order, and the chain's revision", .form = DOC_TEXT,
     .show = show_hook},
    {"info.json", ROW_FILE, "the same, entries as in bpftool -j net show", .form = DOC_JSON,
     .show = show_hook},
};

#define HOOK_PROGRAMS(name, hook, help)                                                            \
	{                                                                                          \
		.row = {name, ROW_LINK, help, .form = (hook), .target = link_program},             \
		.open = open_hook, .next = names_next, .close = names_close, .find = names_find,   \
	}

#define HOOK_FOLDER(parent_, name, hook, help)                                                     \
	{                                                                                          \
		.parent = (parent_), FOLDER_ROWS(hook_rows),                                       \
		.gen = &(const struct generator)HOOK_PROGRAMS(name, hook, help),                   \
	}

/* --- net/ --- */

struct interfaces {
	struct names *names; /* to add all to, or NULL: to look one up */
	const char *name;
	uint32_t ifindex;
};

/* Runs in the namespace. */
static int read_interfaces(void *arg)
{
	struct interfaces *f = arg;
	struct if_nameindex *all;
	int err = 0;

	if (!f->names) {
		f->ifindex = if_nametoindex(f->name);
		return f->ifindex ? 0 : -ENOENT;
	}
	all = if_nameindex();
	if (!all)
		return -errno;
	for (const struct if_nameindex *i = all; !err && i->if_index; i++)
		err = names_add(f->names, i->if_name, i->if_index);
	if_freenameindex(all);
	return err;
}

static int open_interfaces(const struct place *dir, void **state)
{
	struct interfaces f = {.names = names_new()};
	struct place ns;
	int err = f.names ? netns_run(netns_of(dir, &ns), read_interfaces, &f) : -ENOMEM;

	return names_done(f.names, err, state);
}

static int find_interface(const struct place *dir, const char *name, struct child *out)
{
	struct interfaces f = {.name = name};
	struct place ns;
	int err = netns_run(netns_of(dir, &ns), read_interfaces, &f);

	out->value = f.ifindex;
	return err;
}

/* --- the folders of a namespace: of ours, and of one that has a name --- */

#define NET_(name)     net_##name
#define NET_KIND(name) FOLDER_NET##name
#define NET_ABOVE      FOLDER_ROOT
#include "net_folders.h"

#define NET_(name)     netns_##name
#define NET_KIND(name) FOLDER_NETNS##name
#define NET_ABOVE      FOLDER_NAMESPACE
#include "net_folders.h"

/* --- netns/ --- */

static int add_namespace(const char *name, uint64_t ino, void *arg)
{
	(void)ino;
	return names_add(arg, name, 0);
}

static int open_namespaces(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err = n ? netns_each(add_namespace, n) : -ENOMEM;

	(void)dir;
	return names_done(n, err, state);
}

static int find_namespace(const struct place *dir, const char *name, struct child *out)
{
	(void)dir;
	out->value = 0;
	return netns_find(name);
}

static const struct generator namespaces = {
    .row = {"NAME", ROW_FOLDER, "a network namespace", .folder = FOLDER_NAMESPACE},
    .open = open_namespaces,
    .next = names_next,
    .close = names_close,
    .find = find_namespace,
};

const struct folder namespaces_folder = {.parent = FOLDER_ROOT, .gen = &namespaces};

static const struct row namespace_rows[] = {
    {"net", ROW_FOLDER, "what is attached to its networking", .folder = FOLDER_NETNS},
};

const struct folder namespace_folder = {.parent = FOLDER_NAMESPACES, FOLDER_ROWS(namespace_rows)};

/* --- for others --- */

int places_net(const char *netns, const char *device, struct buf *out)
{
	if (tree_has_row(FOLDER_NET, device))
		return -ENOENT;
	tree_folder_path(netns ? FOLDER_NETNS : FOLDER_NET, netns, out);
	if (*device)
		buf_printf(out, "/%s", device);
	return out->err;
}
