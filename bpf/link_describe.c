// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_describe.h"

#include "cgroup.h"
#include "describe.h"
#include "index.h"
#include "names.h"
#include "netfilter.h"
#include "netns.h"
#include "target.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- by type --- */

static void describe_attach_type(struct link_view *v, uint32_t type)
{
	doc_named(v->d, "attach_type", type, attach_type_name(type));
}

static void describe_map_id(struct link_view *v, uint32_t id)
{
	const struct index_entry *map;
	const struct index *maps;

	doc_u64(v->d, "map_id", id);
	buf_str(&v->target, v->target.len ? ":map=" : "map=");
	buf_u64(&v->target, id);
	if (index_get(KIND_MAP, &maps))
		return;
	map = index_by_id(maps, id);
	if (map && *map->name) {
		doc_str(v->d, "map_name", map->name);
		buf_printf(&v->target, ":%s", map->name);
	}
	index_put(KIND_MAP, maps);
}

/* The kernel says 0 of one that is gone. */
static void describe_cgroup_id(struct link_view *v, uint64_t id)
{
	struct buf path __buf_free = {};

	doc_u64(v->d, "cgroup_id", id);
	if (id && !cgroup_path(id, &path)) {
		doc_str(v->d, "cgroup_path", buf_cstr(&path));
		buf_add(&v->target, path.data, path.len);
	} else {
		buf_str(&v->target, "cgroup=");
		buf_u64(&v->target, id);
	}
}

/* Left out where the kernel's member of that type ends before it: 0 would be a guess. */
static void describe_cookie(struct link_view *v, size_t offset)
{
	size_t end = offsetof(struct bpf_link_info, raw_tracepoint) + /* the union's place */
		     link_member_size(v->l->info.known.type);
	uint64_t cookie = link_u64(v->l, offset);

	if (cookie || offset < end)
		doc_u64(v->d, "cookie", cookie);
}

static void describe_raw_tracepoint(struct link_view *v)
{
	link_string(v->l, offsetof(struct bpf_link_info, raw_tracepoint.tp_name),
		    offsetof(struct bpf_link_info, raw_tracepoint.tp_name_len), &v->target);
	doc_str(v->d, "tp_name", buf_cstr(&v->target));
	describe_cookie(v, LINK_RAW_TRACEPOINT_COOKIE);
}

static void describe_tracing(struct link_view *v)
{
	const struct bpf_link_info *info = &v->l->info.known;
	const struct index_entry *prog;
	const struct index *progs;
	struct buf name __buf_free = {};
	struct target t;

	if (!index_get(KIND_PROG, &progs)) {
		prog = index_by_id(progs, info->prog_id);
		if (prog)
			doc_named(v->d, "prog_type", prog->type, prog_type_name(prog->type));
		index_put(KIND_PROG, progs);
	}
	describe_attach_type(v, info->tracing.attach_type);
	doc_u64(v->d, "target_obj_id", info->tracing.target_obj_id);
	doc_u64(v->d, "target_btf_id", info->tracing.target_btf_id);
	describe_cookie(v, LINK_TRACING_COOKIE);
	if (target_of_link(info->id, &t))
		return;
	if (t.kind == KIND_PROG) {
		doc_u64(v->d, "target_prog_id", t.id);
		buf_printf(&v->target, "prog=%u:", t.id);
	}
	target_name(&t, &name);
	if (!name.len)
		return;
	doc_str(v->d, "target_btf_name", buf_cstr(&name));
	buf_add(&v->target, name.data, name.len);
}

static void describe_cgroup_link(struct link_view *v)
{
	describe_cgroup_id(v, v->l->info.known.cgroup.cgroup_id);
	describe_attach_type(v, v->l->info.known.cgroup.attach_type);
}

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(word, *words) != 0)
		words++;
	return *words;
}

static void describe_iter(struct link_view *v)
{
	static const char *const of_task[] = {"task", "task_file", "task_vma", NULL};
	const struct bpf_link_info *info = &v->l->info.known;
	uint32_t map_id = link_iter_map(v->l);
	struct buf name __buf_free = {};
	const char *of;

	link_string(v->l, offsetof(struct bpf_link_info, iter.target_name),
		    offsetof(struct bpf_link_info, iter.target_name_len), &name);
	of = buf_cstr(&name);
	doc_str(v->d, "target_name", of);
	buf_str(&v->target, of);
	if (map_id) {
		describe_map_id(v, map_id);
	} else if (is_one_of(of, of_task) && info->iter.task.tid) {
		doc_u64(v->d, "tid", info->iter.task.tid);
		buf_printf(&v->target, ":tid=%u", info->iter.task.tid);
	} else if (is_one_of(of, of_task) && info->iter.task.pid) {
		doc_u64(v->d, "pid", info->iter.task.pid);
		buf_printf(&v->target, ":pid=%u", info->iter.task.pid);
	} else if (!strcmp(of, "cgroup")) {
		uint32_t order = info->iter.cgroup.order;

		buf_char(&v->target, ':');
		describe_cgroup_id(v, info->iter.cgroup.cgroup_id);
		doc_named(v->d, "order", order, cgroup_iter_order_name(order));
	}
}

static void describe_netns_ino(struct link_view *v, uint64_t ino)
{
	const char *name = ino ? scene_netns(v->scene, ino) : NULL;

	doc_u64(v->d, "netns_ino", ino);
	if (name)
		doc_str(v->d, "netns_name", name);
}

/* The namespace in a word. */
static void add_netns(struct link_view *v, uint64_t ino)
{
	const char *name = ino ? scene_netns(v->scene, ino) : NULL;

	if (name)
		buf_str(&v->target, name);
	else
		buf_printf(&v->target, "net:[%llu]", (unsigned long long)ino);
}

static void describe_netns(struct link_view *v)
{
	uint32_t ino = v->l->info.known.netns.netns_ino;

	describe_netns_ino(v, ino);
	add_netns(v, ino);
	describe_attach_type(v, v->l->info.known.netns.attach_type);
}

/* A device has its number in its namespace, which for one that is not ours is said, too. */
static void describe_ifindex(struct link_view *v, uint32_t ifindex)
{
	const char *word = ifindex ? "(unknown)" : "(detached)";
	struct netplace place = {};
	bool found = ifindex && !scene_netplace(v->scene, &v->l->info.known, &place);

	if (found)
		word = place.devname;
	doc_str(v->d, "devname", word);
	doc_u64(v->d, "ifindex", ifindex);
	if (found)
		describe_netns_ino(v, place.netns_ino);
	if (found && place.netns_ino != netns_own()) {
		add_netns(v, place.netns_ino);
		buf_char(&v->target, ':');
	}
	buf_str(&v->target, word);
}

static void describe_xdp(struct link_view *v)
{
	describe_ifindex(v, v->l->info.known.xdp.ifindex);
}

static void describe_tcx(struct link_view *v)
{
	describe_ifindex(v, v->l->info.known.tcx.ifindex);
	describe_attach_type(v, v->l->info.known.tcx.attach_type);
}

static void describe_netkit(struct link_view *v)
{
	describe_ifindex(v, v->l->info.known.netkit.ifindex);
	describe_attach_type(v, v->l->info.known.netkit.attach_type);
}

static void add_named(struct buf *out, uint32_t v, const char *name)
{
	if (name)
		buf_str(out, name);
	else
		buf_u64(out, v);
	buf_char(out, ':');
}

static void describe_netfilter(struct link_view *v)
{
	const struct bpf_link_info *info = &v->l->info.known;
	const struct netfilter_place place = {info->netfilter.pf, info->netfilter.hooknum,
					      info->netfilter.priority, info->netfilter.flags};
	struct netplace at;

	netfilter_describe(v->d, &place);
	if (!scene_netplace(v->scene, info, &at))
		describe_netns_ino(v, at.netns_ino);
	add_named(&v->target, place.pf, netfilter_family_name(place.pf));
	add_named(&v->target, place.hook, netfilter_hook_name(place.pf, place.hook));
	buf_i64(&v->target, place.prio);
}

static void describe_struct_ops(struct link_view *v)
{
	describe_map_id(v, v->l->info.known.struct_ops.map_id);
}

static void describe_sockmap(struct link_view *v)
{
	describe_map_id(v, v->l->info.known.sockmap.map_id);
	describe_attach_type(v, v->l->info.known.sockmap.attach_type);
}

/* How each type is described, and how many bytes of its member of bpf_link_info that covers. */
static const struct {
	void (*describe)(struct link_view *v);
	uint32_t covered;
} types[] = {
    [BPF_LINK_TYPE_RAW_TRACEPOINT] = {describe_raw_tracepoint, 24},
    [BPF_LINK_TYPE_TRACING] = {describe_tracing, 24},
    [BPF_LINK_TYPE_CGROUP] = {describe_cgroup_link, 16},
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

static void describe_details(struct doc *d, const struct link *l, struct scene *scene)
{
	struct link_view v = {.d = d, .l = l, .scene = scene};
	uint32_t type = l->info.known.type, covered = 0;

	if (type < COUNT(types) && types[type].describe && link_is_told(type)) {
		types[type].describe(&v);
		covered = types[type].covered;
	}
	describe_rest(d, l, covered);
	if (v.target.len)
		doc_strn(d, "target", v.target.data, v.target.len);
	buf_free(&v.target);
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
		describe_details(d, &l, r->scene);
	}
	describe_relations(d, KIND_LINK, id, r);
	doc_close(d);
	link_close(&l);
	return 0;
}
