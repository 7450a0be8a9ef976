// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe.h"

#include "fdinfo.h"
#include "kbtf.h"
#include "names.h"
#include "prog.h"
#include "prog_metadata.h"
#include "target.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void describe_tag(struct doc *d, const char *key, const uint8_t *tag)
{
	struct buf hex __buf_free = {};

	buf_hex(&hex, tag, BPF_TAG_SIZE);
	doc_str(d, key, buf_cstr(&hex));
}

static int64_t to_ns(const struct timespec *t)
{
	return t->tv_sec * INT64_C(1000000000) + t->tv_nsec;
}

/* The kernel counts from the boot. */
static time_t load_time(uint64_t after_boot_ns)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (time_t)((to_ns(&real) - to_ns(&boot) + (int64_t)after_boot_ns) / 1000000000);
}

static void describe_run(struct doc *d, const struct bpf_prog_info *info)
{
	if (info->run_time_ns) {
		doc_u64(d, "run_time_ns", info->run_time_ns);
		doc_u64(d, "run_cnt", info->run_cnt);
	}
	if (info->recursion_misses)
		doc_u64(d, "recursion_misses", info->recursion_misses);
}

/* What an fentry, fexit, freplace, LSM, iterator or struct_ops program is for, by name. */
static void describe_target(struct doc *d, const struct bpf_prog_info *info)
{
	struct buf name __buf_free = {};
	struct target t;

	if (!info->attach_btf_id)
		return;
	doc_u64(d, "attach_btf_obj_id", info->attach_btf_obj_id);
	doc_u64(d, "attach_btf_id", info->attach_btf_id);
	if (target_of_prog(info->id, &t))
		return;
	if (t.kind == KIND_PROG)
		doc_u64(d, "attach_prog_id", t.id);
	target_name(&t, &name);
	if (name.len)
		doc_str(d, "attach_btf_name", buf_cstr(&name));
}

static void describe_subprogs(struct doc *d, struct prog *p)
{
	struct btf_ref btf = {};

	if (p->info.nr_prog_tags < 2 || prog_fetch(p, PROG_FUNCS) || !p->tags)
		return;
	if (p->info.btf_id && btf_open(p->info.btf_id, &btf))
		btf = (struct btf_ref){};
	doc_array(d, "subprogs");
	for (uint32_t i = 0; i < p->info.nr_prog_tags; i++) {
		struct buf symbol __buf_free = {};

		prog_symbol(p, btf.btf, i, &symbol);
		doc_object(d, NULL);
		describe_tag(d, "tag", p->tags[i]);
		doc_str(d, "symbol", buf_cstr(&symbol));
		doc_close(d);
	}
	doc_close(d);
	if (btf.btf)
		btf_close(&btf);
}

/*
 * What never changes of a program but is not cheap to find out: fdinfo has to be opened, and all
 * its maps have to be looked at.  Remembered for the programs described last.
 */
struct memo {
	uint32_t id;
	uint32_t nr_map_ids; /* maps can be bound to a loaded program */
	uint64_t load_time;
	uint64_t memlock;
	bool without_metadata;
	char name[128]; /* whole; "": not known, or longer */
};

enum { MEMOS = 1024 };
static pthread_mutex_t memo_lock = PTHREAD_MUTEX_INITIALIZER;
static struct memo memos[MEMOS];

/* What is remembered of a program, or an empty memo of it. */
static struct memo recall(const struct bpf_prog_info *info)
{
	struct memo m;

	pthread_mutex_lock(&memo_lock);
	m = memos[info->id % MEMOS];
	pthread_mutex_unlock(&memo_lock);
	if (m.id == info->id && m.load_time == info->load_time && m.nr_map_ids == info->nr_map_ids)
		return m;
	return (struct memo){
	    .id = info->id, .load_time = info->load_time, .nr_map_ids = info->nr_map_ids};
}

static void remember(const struct memo *m)
{
	pthread_mutex_lock(&memo_lock);
	memos[m->id % MEMOS] = *m;
	pthread_mutex_unlock(&memo_lock);
}

static void find_name(const struct prog *p, struct memo *m)
{
	struct buf name __buf_free = {};

	if (m->name[0] || prog_full_name(p, &name) || name.len >= sizeof(m->name))
		return;
	memcpy(m->name, buf_cstr(&name), name.len + 1);
}

static void find_memlock(const struct prog *p, struct memo *m)
{
	struct buf fdinfo __buf_free = {};

	if (!m->memlock && !fdinfo_read(p->fd, &fdinfo))
		fdinfo_u64(&fdinfo, "memlock", &m->memlock);
}

static void describe_sizes(struct doc *d, const struct bpf_prog_info *info, const struct memo *m)
{
	doc_u64(d, "bytes_xlated", info->xlated_prog_len);
	doc_bool(d, "jited", info->jited_prog_len != 0);
	if (info->jited_prog_len)
		doc_u64(d, "bytes_jited", info->jited_prog_len);
	if (m->memlock)
		doc_u64(d, "bytes_memlock", m->memlock);
	if (info->verified_insns)
		doc_u64(d, "verified_insns", info->verified_insns);
}

static void describe_name(struct doc *d, const struct prog *p, struct memo *m)
{
	struct buf name __buf_free = {};

	find_name(p, m);
	if (m->name[0])
		doc_str(d, "name", m->name);
	else if (!prog_full_name(p, &name) && name.len)
		doc_strn(d, "name", name.data, name.len);
}

static void describe_head(struct doc *d, const struct prog *p, struct memo *m)
{
	const struct bpf_prog_info *info = &p->info;

	doc_u64(d, "id", info->id);
	if (p->orphaned)
		return;
	doc_named(d, "type", info->type, prog_type_name(info->type));
	describe_name(d, p, m);
	describe_tag(d, "tag", info->tag);
	doc_bool(d, "gpl_compatible", info->gpl_compatible);
	describe_run(d, info);
	describe_device(d, info->ifindex, info->netns_dev, info->netns_ino);
	if (info->load_time) {
		doc_time(d, "loaded_at", load_time(info->load_time));
		doc_u64(d, "uid", info->created_by_uid);
	}
}

int describe_prog(struct doc *d, uint32_t id, const struct relations *r)
{
	struct prog p;
	struct memo memo;
	int err = prog_open(id, PROG_MAPS, &p);

	if (err)
		return err;
	memo = recall(&p.info);
	doc_object(d, NULL);
	describe_head(d, &p, &memo);
	doc_bool(d, "orphaned", p.orphaned);
	if (!p.orphaned) {
		find_memlock(&p, &memo);
		describe_sizes(d, &p.info, &memo);
	}
	if (p.map_ids) {
		doc_array(d, "map_ids");
		for (uint32_t i = 0; i < p.info.nr_map_ids; i++)
			doc_u64(d, NULL, p.map_ids[i]);
		doc_close(d);
	}
	if (p.info.btf_id)
		doc_u64(d, "btf_id", p.info.btf_id);
	if (!memo.without_metadata)
		memo.without_metadata = !prog_metadata_describe(d, &p);
	remember(&memo);
	describe_target(d, &p.info);
	describe_subprogs(d, &p);
	describe_relations(d, KIND_PROG, id, r);
	doc_close(d);
	prog_close(&p);
	return 0;
}

int describe_prog_stats(uint32_t id, enum doc_form form, struct buf *out)
{
	struct prog p;
	struct doc *d;
	int err = prog_open(id, 0, &p);

	if (err)
		return err;
	d = doc_begin(form, out, NULL);
	if (d) {
		const struct bpf_prog_info *info = &p.info;

		doc_object(d, NULL);
		doc_u64(d, "run_cnt", info->run_cnt);
		doc_u64(d, "run_time_ns", info->run_time_ns);
		doc_u64(d, "average_ns", info->run_cnt ? info->run_time_ns / info->run_cnt : 0);
		doc_u64(d, "recursion_misses", info->recursion_misses);
		doc_close(d);
	}
	prog_close(&p);
	return d ? doc_end(d) : -ENOMEM;
}
