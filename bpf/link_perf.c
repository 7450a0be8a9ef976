// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_describe.h"

#include "ksyms.h"
#include "perf_words.h"

#include <linux/perf_event.h>

/* Where a member of bpf_link_info is. */
#define AT(member) offsetof(struct bpf_link_info, member)

static void describe_kprobe(struct link_view *v)
{
	const struct bpf_link_info *info = &v->l->info.known;
	struct buf func __buf_free = {};

	link_string(v->l, AT(perf_event.kprobe.func_name), AT(perf_event.kprobe.name_len), &func);
	doc_bool(v->d, "retprobe", info->perf_event.type == BPF_PERF_EVENT_KRETPROBE);
	doc_u64(v->d, "addr", info->perf_event.kprobe.addr);
	doc_str(v->d, "func", buf_cstr(&func));
	doc_u64(v->d, "offset", info->perf_event.kprobe.offset);
	doc_u64(v->d, "missed", info->perf_event.kprobe.missed);
	doc_u64(v->d, "cookie", info->perf_event.kprobe.cookie);
	if (func.len) {
		buf_add(&v->target, func.data, func.len);
		if (info->perf_event.kprobe.offset)
			buf_printf(&v->target, "+0x%x", info->perf_event.kprobe.offset);
	} else if (ksyms_symbol(info->perf_event.kprobe.addr, &v->target)) {
		/* a probe at an address: the kernel names no function */
		doc_strn(v->d, "symbol", v->target.data, v->target.len);
	}
}

static void describe_uprobe(struct link_view *v)
{
	const struct bpf_link_info *info = &v->l->info.known;
	struct buf file __buf_free = {}, symbol __buf_free = {};

	link_string(v->l, AT(perf_event.uprobe.file_name), AT(perf_event.uprobe.name_len), &file);
	doc_bool(v->d, "retprobe", info->perf_event.type == BPF_PERF_EVENT_URETPROBE);
	doc_str(v->d, "file", buf_cstr(&file));
	doc_u64(v->d, "offset", info->perf_event.uprobe.offset);
	doc_u64(v->d, "cookie", info->perf_event.uprobe.cookie);
	doc_u64(v->d, "ref_ctr_offset", link_u64(v->l, LINK_UPROBE_REF_CTR_OFFSET));
	if (scene_file_symbol(v->scene, buf_cstr(&file), info->perf_event.uprobe.offset, &symbol))
		doc_str(v->d, "symbol", buf_cstr(&symbol));
	buf_str(&v->target, buf_cstr(&file));
	if (symbol.len)
		buf_printf(&v->target, ":%s", buf_cstr(&symbol));
	else
		buf_printf(&v->target, "+0x%x", info->perf_event.uprobe.offset);
}

static void describe_tracepoint(struct link_view *v)
{
	link_string(v->l, AT(perf_event.tracepoint.tp_name), AT(perf_event.tracepoint.name_len),
		    &v->target);
	doc_str(v->d, "tracepoint", buf_cstr(&v->target));
	doc_u64(v->d, "cookie", v->l->info.known.perf_event.tracepoint.cookie);
}

static void add_named(struct buf *out, uint64_t v, const char *name)
{
	if (name)
		buf_str(out, name);
	else
		buf_u64(out, v);
}

void perf_event_word(const struct bpf_link_info *info, struct buf *out)
{
	uint32_t type = info->perf_event.event.type;
	uint64_t config = info->perf_event.event.config;
	struct buf word __buf_free = {};

	perf_config_word(type, config, &word);
	add_named(out, type, perf_type_word(type));
	buf_char(out, ':');
	add_named(out, config, word.len ? buf_cstr(&word) : NULL);
}

static void describe_event(struct link_view *v)
{
	const struct bpf_link_info *info = &v->l->info.known;
	uint32_t type = info->perf_event.event.type;
	uint64_t config = info->perf_event.event.config;
	struct buf word __buf_free = {};

	perf_config_word(type, config, &word);
	doc_named(v->d, "event_type", type, perf_type_word(type));
	doc_named(v->d, "event_config", config, word.len ? buf_cstr(&word) : NULL);
	doc_u64(v->d, "cookie", info->perf_event.event.cookie);
	perf_event_word(info, &v->target);
}

void describe_perf_event(struct link_view *v)
{
	/* kernels before Linux 6.6 do not say which */
	switch (v->l->info.known.perf_event.type) {
	case BPF_PERF_EVENT_EVENT: describe_event(v); break;
	case BPF_PERF_EVENT_TRACEPOINT: describe_tracepoint(v); break;
	case BPF_PERF_EVENT_KPROBE:
	case BPF_PERF_EVENT_KRETPROBE: describe_kprobe(v); break;
	case BPF_PERF_EVENT_UPROBE:
	case BPF_PERF_EVENT_URETPROBE: describe_uprobe(v); break;
	default: break;
	}
}
