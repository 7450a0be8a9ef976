// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_describe.h"

#include "describe.h"
#include "index.h"
#include "names.h"
#include "netfilter.h"
#include "place_names.h"
#include "target.h"

#include <net/if.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- by type --- */

static void describe_attach_type(struct doc *d, uint32_t type)
{
	doc_named(d, "attach_type", type, attach_type_name(type));
}

static void describe_map_id(struct doc *d, uint32_t id, struct buf *target)
{
	const struct index_entry *map;
	const struct index *maps;

	doc_u64(d, "map_id", id);
	buf_str(target, target->len ? ":map=" : "map=");
	buf_u64(target, id);
	if (index_get(KIND_MAP, &maps))
		return;
	map = index_by_id(maps, id);
	if (map && *map->name) {
		doc_str(d, "map_name", map->name);
		buf_printf(target, ":%s", map->name);
	}
	index_put(KIND_MAP, maps);
}

/* The kernel says 0 of one that is gone. */
static void describe_cgroup_id(struct doc *d, uint64_t id, struct buf *target)
{
	struct buf path __buf_free = {};

	doc_u64(d, "cgroup_id", id);
	if (id && !cgroup_path(id, &path)) {
		doc_str(d, "cgroup_path", buf_cstr(&path));
		buf_add(target, path.data, path.len);
	} else {
		buf_str(target, "cgroup=");
		buf_u64(target, id);
	}
}

static void describe_raw_tracepoint(struct doc *d, const struct link *l, struct buf *target)
{
	link_string(l, offsetof(struct bpf_link_info, raw_tracepoint.tp_name),
		    offsetof(struct bpf_link_info, raw_tracepoint.tp_name_len), target);
	doc_str(d, "tp_name", buf_cstr(target));
	doc_u64(d, "cookie", link_u64(l, LINK_RAW_TRACEPOINT_COOKIE));
}

static void describe_tracing(struct doc *d, const struct link *l, struct buf *target)
{
	const struct bpf_link_info *info = &l->info.known;
	const struct index_entry *prog;
	const struct index *progs;
	struct buf name __buf_free = {};
	struct target t;

	if (!index_get(KIND_PROG, &progs)) {
		prog = index_by_id(progs, info->prog_id);
		if (prog)
			doc_named(d, "prog_type", prog->type, prog_type_name(prog->type));
		index_put(KIND_PROG, progs);
	}
	describe_attach_type(d, info->tracing.attach_type);
	doc_u64(d, "target_obj_id", info->tracing.target_obj_id);
	doc_u64(d, "target_btf_id", info->tracing.target_btf_id);
	doc_u64(d, "cookie", link_u64(l, LINK_TRACING_COOKIE));
	if (target_of_link(info->id, &t))
		return;
	if (t.kind == KIND_PROG) {
		doc_u64(d, "target_prog_id", t.id);
		buf_printf(target, "prog=%u:", t.id);
	}
	target_name(&t, &name);
	if (!name.len)
		return;
	doc_str(d, "target_btf_name", buf_cstr(&name));
	buf_add(target, name.data, name.len);
}

static void describe_cgroup(struct doc *d, const struct link *l, struct buf *target)
{
	describe_cgroup_id(d, l->info.known.cgroup.cgroup_id, target);
	describe_attach_type(d, l->info.known.cgroup.attach_type);
}

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(word, *words) != 0)
		words++;
	return *words;
}

static void describe_iter(struct doc *d, const struct link *l, struct buf *target)
{
	static const char *const of_task[] = {"task", "task_file", "task_vma", NULL};
	const struct bpf_link_info *info = &l->info.known;
	uint32_t map_id = link_iter_map(l);
	struct buf name __buf_free = {};
	const char *of;

	link_string(l, offsetof(struct bpf_link_info, iter.target_name),
		    offsetof(struct bpf_link_info, iter.target_name_len), &name);
	of = buf_cstr(&name);
	doc_str(d, "target_name", of);
	buf_str(target, of);
	if (map_id) {
		describe_map_id(d, map_id, target);
	} else if (is_one_of(of, of_task) && info->iter.task.tid) {
		doc_u64(d, "tid", info->iter.task.tid);
		buf_printf(target, ":tid=%u", info->iter.task.tid);
	} else if (is_one_of(of, of_task) && info->iter.task.pid) {
		doc_u64(d, "pid", info->iter.task.pid);
		buf_printf(target, ":pid=%u", info->iter.task.pid);
	} else if (!strcmp(of, "cgroup")) {
		uint32_t order = info->iter.cgroup.order;

		buf_char(target, ':');
		describe_cgroup_id(d, info->iter.cgroup.cgroup_id, target);
		doc_named(d, "order", order, cgroup_iter_order_name(order));
	}
}

/* `name` is empty and stays so when it has none. */
static void describe_netns_ino(struct doc *d, uint64_t ino, struct buf *name)
{
	doc_u64(d, "netns_ino", ino);
	if (ino && !netns_name(ino, name))
		doc_str(d, "netns_name", buf_cstr(name));
}

static void describe_netns(struct doc *d, const struct link *l, struct buf *target)
{
	uint32_t ino = l->info.known.netns.netns_ino;

	describe_netns_ino(d, ino, target);
	if (!target->len)
		buf_printf(target, "net:[%u]", ino);
	describe_attach_type(d, l->info.known.netns.attach_type);
}

/* The name is that of a device in this process's network namespace, whichever the link is in: the
 * kernel does not tell. */
static void describe_ifindex(struct doc *d, uint32_t ifindex, struct buf *target)
{
	char name[IF_NAMESIZE];
	const char *word = ifindex ? "(unknown)" : "(detached)";

	if (ifindex && if_indextoname(ifindex, name))
		word = name;
	doc_str(d, "devname", word);
	doc_u64(d, "ifindex", ifindex);
	buf_str(target, word);
}

static void describe_xdp(struct doc *d, const struct link *l, struct buf *target)
{
	describe_ifindex(d, l->info.known.xdp.ifindex, target);
}

static void describe_tcx(struct doc *d, const struct link *l, struct buf *target)
{
	describe_ifindex(d, l->info.known.tcx.ifindex, target);
	describe_attach_type(d, l->info.known.tcx.attach_type);
}

static void describe_netkit(struct doc *d, const struct link *l, struct buf *target)
{
	describe_ifindex(d, l->info.known.netkit.ifindex, target);
	describe_attach_type(d, l->info.known.netkit.attach_type);
}

static void add_named(struct buf *out, uint32_t v, const char *name)
{
	if (name)
		buf_str(out, name);
	else
		buf_u64(out, v);
	buf_char(out, ':');
}

static void describe_netfilter(struct doc *d, const struct link *l, struct buf *target)
{
	const struct bpf_link_info *info = &l->info.known;
	const struct netfilter_place place = {info->netfilter.pf, info->netfilter.hooknum,
					      info->netfilter.priority, info->netfilter.flags};
	struct buf name __buf_free = {};
	uint64_t ino;

	netfilter_describe(d, &place);
	if (!netfilter_netns(info->id, &ino))
		describe_netns_ino(d, ino, &name);
	add_named(target, place.pf, netfilter_family_name(place.pf));
	add_named(target, place.hook, netfilter_hook_name(place.pf, place.hook));
	buf_i64(target, place.prio);
}

static void describe_struct_ops(struct doc *d, const struct link *l, struct buf *target)
{
	describe_map_id(d, l->info.known.struct_ops.map_id, target);
}

static void describe_sockmap(struct doc *d, const struct link *l, struct buf *target)
{
	describe_map_id(d, l->info.known.sockmap.map_id, target);
	describe_attach_type(d, l->info.known.sockmap.attach_type);
}

/* How each type is described, and how many bytes of its member of bpf_link_info that covers. */
static const struct {
	void (*describe)(struct doc *d, const struct link *l, struct buf *target);
	uint32_t covered;
} types[] = {
    [BPF_LINK_TYPE_RAW_TRACEPOINT] = {describe_raw_tracepoint, 24},
    [BPF_LINK_TYPE_TRACING] = {describe_tracing, 24},
    [BPF_LINK_TYPE_CGROUP] = {describe_cgroup, 16},
    [BPF_LINK_TYPE_ITER] = {describe_iter, 32},
    [BPF_LINK_TYPE_NETNS] = {describe_netns, 8},
    [BPF_LINK_TYPE_XDP] = {describe_xdp, 4},
    [BPF_LINK_TYPE_PERF_EVENT] = {describe_perf_event, 48},
    [BPF_LINK_TYPE_KPROBE_MULTI] = {describe_kprobe_multi, 32},
    [BPF_LINK_TYPE_STRUCT_OPS] = {describe_struct_ops, 4},
    [BPF_LINK_TYPE_NETFILTER] = {describe_netfilter, 16},
    [BPF_LINK_TYPE_TCX] = {describe_tcx, 8},
    [BPF_LINK_TYPE_UPROBE_MULTI] = {describe_uprobe_multi, 48},
    [BPF_LINK_TYPE_NETKIT] = {describe_netkit, 8},
    [BPF_LINK_TYPE_SOCKMAP] = {describe_sockmap, 8},
};

/* --- all of them --- */

static void describe_prog_name(struct doc *d, uint32_t prog_id)
{
	const struct index_entry *prog;
	const struct index *progs;

	if (!prog_id || index_get(KIND_PROG, &progs))
		return;
	prog = index_by_id(progs, prog_id);
	if (prog && *prog->name)
		doc_str(d, "prog_name", prog->name);
	index_put(KIND_PROG, progs);
}

/* What a type that is new to this build has, or a known one has got since, as the kernel lays it
 * out. */
static void describe_rest(struct doc *d, const struct link *l, uint32_t covered)
{
	uint32_t type = l->info.known.type;
	struct buf json __buf_free = {};

	if (link_member_size(type) > covered && !link_render(l, type, &json))
		doc_raw(d, "details", json.data, json.len);
}

static void describe_details(struct doc *d, const struct link *l)
{
	uint32_t type = l->info.known.type, covered = 0;
	struct buf target __buf_free = {};

	if (type < COUNT(types) && types[type].describe) {
		types[type].describe(d, l, &target);
		covered = types[type].covered;
	}
	describe_rest(d, l, covered);
	if (target.len)
		doc_strn(d, "target", target.data, target.len);
}

int describe_link(struct doc *d, uint32_t id, const struct relations *r)
{
	struct link l;
	const struct bpf_link_info *info = &l.info.known;
	int err = link_open(id, &l);

	if (err)
		return err;
	doc_object(d, NULL);
	doc_u64(d, "id", info->id);
	if (l.refusal) {
		doc_str(d, "error", strerror(-l.refusal));
	} else {
		doc_named(d, "type", info->type, link_type_name(info->type));
		doc_u64(d, "prog_id", info->prog_id);
		describe_prog_name(d, info->prog_id);
		describe_details(d, &l);
	}
	describe_relations(d, KIND_LINK, id, r);
	doc_close(d);
	link_close(&l);
	return 0;
}
