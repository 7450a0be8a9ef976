// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "names.h"
#include "places.h"

#include "../bpf/net_attach.h"
#include "../bpf/netns.h"
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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
	return net_hook_is_global(hook_of(p)) ? 0 : (uint32_t)p->id;
}

/* `room` is as for netns_of(). */
static struct net_point point_of(const struct place *p, struct place *room)
{
	return (struct net_point){netns_of(p, room), ifindex_of(p), hook_of(p)};
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
static void program_name(const struct net_attachment *a, unsigned int position, int digits,
			 struct buf *out)
{
	struct buf prog __buf_free = {};

	if (a->hook == NET_XDP) {
		buf_printf(out, "%s-", net_xdp_mode(a));
	} else {
		chain_name(a, out);
		buf_printf(out, "%0*u-", digits, position);
	}
	net_prog_name(a->prog_id, &prog);
	if (prog.len)
		buf_str(out, buf_cstr(&prog));
	else
		buf_u64(out, a->prog_id);
}

static bool same_chain(const struct net_attachment *a, const struct net_attachment *b)
{
	return a->hook != NET_NETFILTER ||
	       (a->netfilter.pf == b->netfilter.pf && a->netfilter.hook == b->netfilter.hook);
}

/* Calls fn with each program and its name, in order, until it returns other than 0. */
static int each_program(const struct net *net,
			int (*fn)(const char *name, const struct net_attachment *a, void *arg),
			void *arg)
{
	int digits = net->nattached < 100 ? 2 : snprintf(NULL, 0, "%zu", net->nattached);
	const struct net_attachment *last = NULL;
	struct buf name __buf_free = {};
	unsigned int position = 0;
	int err = 0;

	for (unsigned int r = 0; r < RANKS; r++)
		for (size_t i = 0; !err && i < net->nattached; i++) {
			const struct net_attachment *a = &net->attached[i];

			if (!a->prog_id || rank(a) != r)
				continue;
			position = last && same_chain(last, a) ? position + 1 : 1;
			last = a;
			buf_reset(&name);
			program_name(a, position, digits, &name);
			err = fn(buf_cstr(&name), a, arg);
		}
	return err;
}

static int read_hook(const struct net_point *at, struct net *net)
{
	const struct net_scope scope = {
	    .netns = at->netns, .ifindex = at->ifindex, .hooks = 1U << at->hook};

	return net_read(&scope, net);
}

static int add_program(const char *name, const struct net_attachment *a, void *names)
{
	return names_add(names, name, a->prog_id);
}

static int open_hook(const struct place *dir, void **state)
{
	struct place ns;
	const struct net_point at = point_of(dir, &ns);
	struct names *n = names_new();
	struct net net;
	int err = n ? read_hook(&at, &net) : -ENOMEM;

	if (!err) {
		err = each_program(&net, add_program, n);
		net_free(&net);
	}
	return names_done(n, err, state);
}

static int link_program(const struct place *p, struct buf *out)
{
	tree_link(p, KIND_PROG, p->child, out);
	return 0;
}

static int attach_program(const struct place *p, struct command *c)
{
	struct place ns;
	const struct net_point at = point_of(p, &ns);

	return net_attach(&at, command_words(c), &c->answer, &c->why);
}

static int detach_program(const struct place *p, struct command *c)
{
	struct place ns;
	const struct net_point at = point_of(p, &ns);

	return net_detach(&at, command_words(c), &c->answer, &c->why);
}

/* What the name of a symlink says of where its program is to be: "driver-", "01-", "ip-input-". */
static void words_of_name(enum net_hook hook, const char *name, struct buf *words)
{
	size_t len = strcspn(name, "-"), next;

	if (!name[len])
		return;
	next = strcspn(name + len + 1, "-");
	switch (hook) {
	case NET_XDP:
		if (!strncmp(name, "driver-", 7) || !strncmp(name, "generic-", 8) ||
		    !strncmp(name, "offload-", 8))
			buf_printf(words, " %.*s", (int)len, name);
		break;
	case NET_TCX_INGRESS:
	case NET_TCX_EGRESS:
	case NET_NETKIT_PRIMARY:
	case NET_NETKIT_PEER:
		if (len && strspn(name, "0123456789") == len)
			buf_printf(words, " at %llu", strtoull(name, NULL, 10));
		break;
	case NET_NETFILTER:
		buf_printf(words, " pf %.*s hook %.*s", (int)len, name, (int)next, name + len + 1);
		break;
	default: break;
	}
}

static int attach_symlink(const struct place *dir, const char *name, const char *target,
			  struct child *out, struct change *c)
{
	struct buf words __buf_free = {}, done __buf_free = {};
	struct place ns;
	const struct net_point at = point_of(dir, &ns);
	enum kind kind;
	uint32_t id;
	int err = path_object(dir, target, &kind, &id, &c->why);

	if (!err && kind != KIND_PROG)
		err = problem(&c->why, -EINVAL, NULL, "only programs are attached here");
	if (err)
		return err;
	buf_printf(&words, "prog id %u", id);
	words_of_name(at.hook, name, &words);
	err =
	    words.err ? words.err : net_attach(&at, span_of(words.data, words.len), &done, &c->why);
	c->why.at = NULL; /* the words are not what was written */
	out->value = id;
	return err;
}

/* The program that has a name in a folder. */
struct wanted {
	const char *name;
	const struct net_attachment *found;
};

static int is_wanted(const char *name, const struct net_attachment *a, void *arg)
{
	struct wanted *w = arg;

	if (strcmp(name, w->name))
		return 0;
	w->found = a;
	return 1;
}

static int detach_symlink(const struct place *dir, const char *name, struct change *c)
{
	struct wanted wanted = {.name = name};
	struct buf done __buf_free = {};
	struct place ns;
	const struct net_point at = point_of(dir, &ns);
	struct net net;
	int err = read_hook(&at, &net);

	if (err)
		return err;
	each_program(&net, is_wanted, &wanted);
	err = wanted.found ? net_detach_this(&at, wanted.found, &done, &c->why) : -ENOENT;
	net_free(&net);
	return err;
}

static const struct folder_ops hook_changes = {.symlink = attach_symlink, .unlink = detach_symlink};

#define HOOK_ROWS(attach_, detach_)                                                                \
	{                                                                                          \
		{"info", ROW_FILE, "what is attached, in order, and the chain's revision",         \
		 .form = DOC_TEXT, .show = show_hook},                                             \
		    {"info.json", ROW_FILE, "the same, entries as in bpftool -j net show",         \
		     .form = DOC_JSON, .show = show_hook},                                         \
		    {"attach", ROW_FILE, "attaches a program", .command = attach_program,          \
		     .usage = (attach_)},                                                          \
		    {"detach", ROW_FILE, "detaches one", .command = detach_program,                \
		     .usage = (detach_)},                                                          \
	}

static const struct row xdp_rows[] = HOOK_ROWS(NET_XDP_WORDS, NET_XDP_WHICH);
static const struct row chain_rows[] = HOOK_ROWS(NET_CHAIN_WORDS, NET_LINK_WHICH);
static const struct row classic_rows[] = HOOK_ROWS(NET_CLASSIC_WORDS, NET_CLASSIC_WHICH);
static const struct row global_rows[] = HOOK_ROWS(NET_GLOBAL_WORDS, NET_LINK_WHICH);
static const struct row netfilter_rows[] = HOOK_ROWS(NET_NETFILTER_WORDS, NET_NETFILTER_WHICH);

#define HOOK_PROGRAMS(name, hook, help)                                                            \
	{                                                                                          \
		.row = {name, ROW_LINK, help, .form = (hook), .target = link_program},             \
		.open = open_hook, .next = names_next, .close = names_close, .find = names_find,   \
	}

#define HOOK_FOLDER(parent_, rows_, name, hook, help)                                              \
	{                                                                                          \
		.parent = (parent_), FOLDER_ROWS(rows_), .ops = &hook_changes,                     \
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
