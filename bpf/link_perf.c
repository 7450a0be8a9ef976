// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_describe.h"

#include "ksyms.h"

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

/* --- events: perf's words for them --- */

static const char *const type_words[] = {
    [PERF_TYPE_HARDWARE] = "hardware",
    [PERF_TYPE_SOFTWARE] = "software",
    [PERF_TYPE_TRACEPOINT] = "tracepoint",
    [PERF_TYPE_HW_CACHE] = "hw-cache",
    [PERF_TYPE_RAW] = "raw",
    [PERF_TYPE_BREAKPOINT] = "breakpoint",
};

static const char *const hardware_words[] = {
    [PERF_COUNT_HW_CPU_CYCLES] = "cpu-cycles",
    [PERF_COUNT_HW_INSTRUCTIONS] = "instructions",
    [PERF_COUNT_HW_CACHE_REFERENCES] = "cache-references",
    [PERF_COUNT_HW_CACHE_MISSES] = "cache-misses",
    [PERF_COUNT_HW_BRANCH_INSTRUCTIONS] = "branch-instructions",
    [PERF_COUNT_HW_BRANCH_MISSES] = "branch-misses",
    [PERF_COUNT_HW_BUS_CYCLES] = "bus-cycles",
    [PERF_COUNT_HW_STALLED_CYCLES_FRONTEND] = "stalled-cycles-frontend",
    [PERF_COUNT_HW_STALLED_CYCLES_BACKEND] = "stalled-cycles-backend",
    [PERF_COUNT_HW_REF_CPU_CYCLES] = "ref-cycles",
};

static const char *const software_words[] = {
    [PERF_COUNT_SW_CPU_CLOCK] = "cpu-clock",
    [PERF_COUNT_SW_TASK_CLOCK] = "task-clock",
    [PERF_COUNT_SW_PAGE_FAULTS] = "page-faults",
    [PERF_COUNT_SW_CONTEXT_SWITCHES] = "context-switches",
    [PERF_COUNT_SW_CPU_MIGRATIONS] = "cpu-migrations",
    [PERF_COUNT_SW_PAGE_FAULTS_MIN] = "minor-faults",
    [PERF_COUNT_SW_PAGE_FAULTS_MAJ] = "major-faults",
    [PERF_COUNT_SW_ALIGNMENT_FAULTS] = "alignment-faults",
    [PERF_COUNT_SW_EMULATION_FAULTS] = "emulation-faults",
    [PERF_COUNT_SW_DUMMY] = "dummy",
    [PERF_COUNT_SW_BPF_OUTPUT] = "bpf-output",
    [PERF_COUNT_SW_CGROUP_SWITCHES] = "cgroup-switches",
};

/* The three parts of a cache event: which cache, what is done to it, with what result. */
static const char *const cache_words[] = {"L1-dcache", "L1-icache", "LLC", "dTLB",
					  "iTLB",      "branch",    "node"};
static const char *const cache_op_words[] = {"load", "store", "prefetch"};
static const char *const cache_result_words[] = {"refs", "misses"};

#define WORD(words, v) word_in(words, sizeof(words) / sizeof((words)[0]), v)

static const char *word_in(const char *const *words, size_t n, uint64_t v)
{
	return v < n ? words[v] : NULL;
}

static void add_named(struct buf *out, uint64_t v, const char *name)
{
	if (name)
		buf_str(out, name);
	else
		buf_u64(out, v);
}

/* Empty where only a number says what is counted. */
static void add_config(uint32_t type, uint64_t config, struct buf *out)
{
	const char *word = type == PERF_TYPE_HARDWARE	? WORD(hardware_words, config)
			   : type == PERF_TYPE_SOFTWARE ? WORD(software_words, config)
							: NULL;

	if (word)
		buf_str(out, word);
	if (type != PERF_TYPE_HW_CACHE)
		return;
	add_named(out, config & 0xff, WORD(cache_words, config & 0xff));
	buf_char(out, '-');
	add_named(out, config >> 8 & 0xff, WORD(cache_op_words, config >> 8 & 0xff));
	buf_char(out, '-');
	add_named(out, config >> 16, WORD(cache_result_words, config >> 16));
}

void perf_event_word(const struct bpf_link_info *info, struct buf *out)
{
	uint32_t type = info->perf_event.event.type;
	uint64_t config = info->perf_event.event.config;
	struct buf word __buf_free = {};

	add_config(type, config, &word);
	add_named(out, type, WORD(type_words, type));
	buf_char(out, ':');
	add_named(out, config, word.len ? buf_cstr(&word) : NULL);
}

static void describe_event(struct link_view *v)
{
	const struct bpf_link_info *info = &v->l->info.known;
	uint32_t type = info->perf_event.event.type;
	uint64_t config = info->perf_event.event.config;
	struct buf word __buf_free = {};

	add_config(type, config, &word);
	doc_named(v->d, "event_type", type, WORD(type_words, type));
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
