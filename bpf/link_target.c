// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_target.h"

#include "cgroup.h"
#include "link.h"
#include "netns.h"
#include "scene.h"

#include <errno.h>
#include <stdio.h>

static int find_function(const struct link *l, struct link_target *out)
{
	out->on = LINK_ON_FUNCTION;
	return target_of_link(l->info.known.id, &out->function);
}

static int find_cgroup(uint64_t id, struct link_target *out)
{
	struct buf path __buf_free = {};
	/* the kernel says 0 of one that is gone */
	int err = id ? cgroup_path(id, &path) : -ENOENT;

	out->on = LINK_ON_CGROUP;
	if (err || path.len >= sizeof(out->cgroup))
		return err ? err : -ENAMETOOLONG;
	snprintf(out->cgroup, sizeof(out->cgroup), "%s", buf_cstr(&path));
	return 0;
}

static int find_net(struct scene *s, const struct netplace *place, struct link_target *out)
{
	const char *name = NULL;

	out->on = LINK_ON_NET;
	out->net.ours = place->netns_ino == netns_own();
	if (!out->net.ours && !(name = scene_netns(s, place->netns_ino)))
		return -ENOENT;
	snprintf(out->net.netns, sizeof(out->net.netns), "%s", name ? name : "");
	snprintf(out->net.device, sizeof(out->net.device), "%s", place->devname);
	return 0;
}

static int find(struct scene *s, const struct link *l, struct link_target *out)
{
	const struct bpf_link_info *info = &l->info.known;
	struct netplace place = {};
	int err;

	switch (info->type) {
	case BPF_LINK_TYPE_TRACING: return find_function(l, out);
	case BPF_LINK_TYPE_CGROUP: return find_cgroup(info->cgroup.cgroup_id, out);
	case BPF_LINK_TYPE_ITER: return find_cgroup(link_iter_cgroup(l), out);
	case BPF_LINK_TYPE_NETNS:
		place.netns_ino = info->netns.netns_ino;
		return place.netns_ino ? find_net(s, &place, out) : -ENOENT;
	case BPF_LINK_TYPE_XDP:
	case BPF_LINK_TYPE_TCX:
	case BPF_LINK_TYPE_NETKIT:
	case BPF_LINK_TYPE_NETFILTER:
		err = scene_netplace(s, info, &place);
		return err ? err : find_net(s, &place, out);
	default: return -ENOENT;
	}
}

int link_target_find(uint32_t link_id, struct link_target *out)
{
	struct scene scene = {};
	struct link l;
	int err = link_open(link_id, &l);

	*out = (struct link_target){};
	if (err)
		return err;
	err = l.refusal ? -ENOENT : find(&scene, &l, out);
	scene_free(&scene);
	link_close(&l);
	return err;
}
