// SPDX-License-Identifier: GPL-2.0-or-later
#include "perf.h"

#include "ksyms.h"
#include "link_describe.h"
#include "names.h"
#include "procfiles.h"
#include "scene.h"
#include "target.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const columns[] = {"pid",	  "comm",	"fd",	 "link_id", "prog_id",
				      "fd_type",  "tracepoint", "func",	 "offset",  "addr",
				      "filename", "symbol",	"event", NULL};

/* Where a program is attached; members that do not apply are 0 or "". */
struct event {
	uint32_t prog_id;
	const char *type; /* a word */
	const char *text; /* function, tracepoint, file or event; never NULL */
	uint64_t offset, addr;
	bool in_file; /* a place in a file */
	bool in_code; /* a place in the kernel's code */
	bool counts;  /* an event that is counted */
	uint32_t func_cnt;
};

/* A link that a process has open. */
struct holder {
	uint32_t link_id;
	pid_t pid;
	int fd;
	char comm[16];
};

/* The function of a place that the kernel tells by its number. */
static void describe_symbol(struct doc *d, const struct event *e, struct scene *scene)
{
	struct buf symbol __buf_free = {};
	bool found = false;

	if (e->func_cnt)
		return;
	if (e->in_file)
		found = scene_file_symbol(scene, e->text, e->offset, &symbol);
	else if (e->in_code && !*e->text)
		found = ksyms_symbol(e->addr, &symbol);
	if (found)
		doc_str(d, "symbol", buf_cstr(&symbol));
}

static void describe_where(struct doc *d, const struct event *e)
{
	if (e->in_file) {
		doc_str(d, "filename", e->text);
		if (!e->func_cnt)
			doc_u64(d, "offset", e->offset);
	} else if (e->in_code && *e->text) {
		doc_str(d, "func", e->text);
		doc_u64(d, "offset", e->offset);
	} else if (e->in_code && !e->func_cnt) {
		doc_u64(d, "addr", e->addr);
	} else if (*e->text) {
		doc_str(d, e->counts ? "event" : "tracepoint", e->text);
	}
	if (e->func_cnt)
		doc_u64(d, "func_cnt", e->func_cnt);
}

static void describe_event(struct doc *d, const struct event *e, const struct holder *h,
			   struct scene *scene)
{
	doc_object(d, NULL);
	if (h->pid) {
		doc_i64(d, "pid", h->pid);
		doc_i64(d, "fd", h->fd);
	}
	doc_u64(d, "prog_id", e->prog_id);
	doc_str(d, "fd_type", e->type);
	describe_where(d, e);
	describe_symbol(d, e, scene);
	if (h->link_id)
		doc_u64(d, "link_id", h->link_id);
	if (h->pid)
		doc_str(d, "comm", h->comm);
	doc_close(d);
}

/* --- by descriptor --- */

struct walk {
	struct doc *d;
	struct scene scene;
	struct buf holders; /* struct holder each */
	pid_t self;
};

/* What BPF_TASK_FD_QUERY calls them. */
static const struct {
	const char *word;
	bool in_file, in_code;
} fd_types[] = {
    [BPF_FD_TYPE_RAW_TRACEPOINT] = {"raw_tracepoint", false, false},
    [BPF_FD_TYPE_TRACEPOINT] = {"tracepoint", false, false},
    [BPF_FD_TYPE_KPROBE] = {"kprobe", false, true},
    [BPF_FD_TYPE_KRETPROBE] = {"kretprobe", false, true},
    [BPF_FD_TYPE_UPROBE] = {"uprobe", true, false},
    [BPF_FD_TYPE_URETPROBE] = {"uretprobe", true, false},
};

/* A perf event without a program, or of a type that the kernel does not tell of, is left out. */
static void visit_event(struct walk *w, pid_t tid, const struct holder *h)
{
	char text[PATH_MAX] = "";
	uint32_t len = sizeof(text), prog_id, type;
	__u64 offset, addr;
	struct event e;

	if (bpf_task_fd_query(tid, h->fd, 0, text, &len, &prog_id, &type, &offset, &addr) ||
	    type >= sizeof(fd_types) / sizeof(fd_types[0]))
		return;
	e = (struct event){.prog_id = prog_id,
			   .type = fd_types[type].word,
			   .text = text,
			   .offset = offset,
			   .addr = addr,
			   .in_file = fd_types[type].in_file,
			   .in_code = fd_types[type].in_code};
	describe_event(w->d, &e, h, &w->scene);
}

static void visit_file(const struct procfile *f, void *arg)
{
	struct holder h = {.pid = f->tid, .fd = f->fd};
	struct walk *w = arg;

	if (f->pid == w->self)
		return;
	memcpy(h.comm, f->comm, sizeof(h.comm));
	/* the kernel tells of events also where procfs does not say which files are */
	if (!f->target[0] || !strcmp(f->target, "anon_inode:[perf_event]")) {
		visit_event(w, f->tid, &h);
	} else if (kind_of_file(f->target) == KIND_LINK) {
		h.link_id = procfile_id(f, KIND_LINK);
		if (h.link_id)
			buf_add(&w->holders, &h, sizeof(h));
	}
}

/* --- by link --- */

/* Words for enum bpf_perf_event_type. */
static const char *perf_type_word(uint32_t type)
{
	switch (type) {
	case BPF_PERF_EVENT_UPROBE: return "uprobe";
	case BPF_PERF_EVENT_URETPROBE: return "uretprobe";
	case BPF_PERF_EVENT_KPROBE: return "kprobe";
	case BPF_PERF_EVENT_KRETPROBE: return "kretprobe";
	case BPF_PERF_EVENT_TRACEPOINT: return "tracepoint";
	default: return "perf_event";
	}
}

static void perf_event_of(const struct bpf_link_info *info, struct event *e)
{
	e->type = perf_type_word(info->perf_event.type);
	switch (info->perf_event.type) {
	case BPF_PERF_EVENT_UPROBE:
	case BPF_PERF_EVENT_URETPROBE:
		e->in_file = true;
		e->offset = info->perf_event.uprobe.offset;
		break;
	case BPF_PERF_EVENT_KPROBE:
	case BPF_PERF_EVENT_KRETPROBE:
		e->in_code = true;
		e->offset = info->perf_event.kprobe.offset;
		e->addr = info->perf_event.kprobe.addr;
		break;
	case BPF_PERF_EVENT_EVENT: e->counts = true; break;
	default: break;
	}
}

#define AT(member) offsetof(struct bpf_link_info, member)

/* What a link is attached to: the name of a tracepoint, a function or a file. */
static void where_of(const struct link *l, struct buf *out)
{
	const struct bpf_link_info *info = &l->info.known;
	struct target target;

	switch (info->type) {
	case BPF_LINK_TYPE_RAW_TRACEPOINT:
		link_string(l, AT(raw_tracepoint.tp_name), AT(raw_tracepoint.tp_name_len), out);
		break;
	case BPF_LINK_TYPE_UPROBE_MULTI:
		link_string(l, AT(uprobe_multi.path), AT(uprobe_multi.path_size), out);
		break;
	case BPF_LINK_TYPE_PERF_EVENT:
		/* all but events by number have a name, at the same place */
		if (info->perf_event.type == BPF_PERF_EVENT_EVENT)
			perf_event_word(info, out);
		else
			link_string(l, AT(perf_event.tracepoint.tp_name),
				    AT(perf_event.tracepoint.name_len), out);
		break;
	case BPF_LINK_TYPE_TRACING:
		if (!target_of_link(info->id, &target))
			target_name(&target, out);
		break;
	default: break;
	}
}

/* False for a link that does not trace; `text` is left as it is. */
static bool event_of(const struct bpf_link_info *info, struct event *e)
{
	*e = (struct event){.prog_id = info->prog_id, .text = ""};
	switch (info->type) {
	case BPF_LINK_TYPE_RAW_TRACEPOINT: e->type = "raw_tracepoint"; return true;
	case BPF_LINK_TYPE_PERF_EVENT: perf_event_of(info, e); return true;
	case BPF_LINK_TYPE_TRACING:
		e->in_code = true;
		e->type = attach_type_name(info->tracing.attach_type);
		if (!e->type)
			e->type = "tracing";
		return true;
	case BPF_LINK_TYPE_KPROBE_MULTI:
		e->in_code = true;
		e->func_cnt = info->kprobe_multi.count;
		e->type = info->kprobe_multi.flags & BPF_F_KPROBE_MULTI_RETURN ? "kretprobe_multi"
									       : "kprobe_multi";
		return true;
	case BPF_LINK_TYPE_UPROBE_MULTI:
		e->in_file = true;
		e->func_cnt = info->uprobe_multi.count;
		e->type = info->uprobe_multi.flags & BPF_F_UPROBE_MULTI_RETURN ? "uretprobe_multi"
									       : "uprobe_multi";
		return true;
	default: return false;
	}
}

/* One that has gone, or that the kernel does not tell of, is left out. */
static void visit_link(struct walk *w, uint32_t id, const struct holder *holders, size_t n)
{
	const struct holder nobody = {.link_id = id};
	struct buf where __buf_free = {};
	struct event e;
	struct link l;

	if (link_open(id, &l))
		return;
	if (!l.refusal && event_of(&l.info.known, &e)) {
		where_of(&l, &where);
		e.text = buf_cstr(&where);
		for (size_t i = 0; i < n; i++)
			describe_event(w->d, &e, &holders[i], &w->scene);
		if (!n)
			describe_event(w->d, &e, &nobody, &w->scene);
	}
	link_close(&l);
}

static int compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->link_id != y->link_id)
		return x->link_id < y->link_id ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->fd < y->fd ? -1 : x->fd > y->fd;
}

static int visit_links(struct walk *w)
{
	struct holder *holders = (struct holder *)w->holders.data;
	size_t n = w->holders.len / sizeof(*holders), first = 0;
	uint32_t id = 0;
	int err;

	if (n)
		qsort(holders, n, sizeof(*holders), compare);
	while (!(err = kind_next_id(KIND_LINK, id, &id))) {
		size_t last;

		while (first < n && holders[first].link_id < id)
			first++;
		for (last = first; last < n && holders[last].link_id == id; last++)
			;
		visit_link(w, id, holders + first, last - first);
	}
	return err == -ENOENT ? 0 : err;
}

int describe_perf(enum doc_form form, struct buf *out)
{
	struct walk w = {.self = getpid(),
			 .d = doc_begin(form, out, form == DOC_TABLE ? columns : NULL)};
	int err, end;

	if (!w.d)
		return -ENOMEM;
	doc_list(w.d);
	err = procfiles_walk(visit_file, &w);
	if (!err)
		err = visit_links(&w);
	doc_close(w.d);
	if (!err)
		err = w.holders.err;
	buf_free(&w.holders);
	scene_free(&w.scene);
	end = doc_end(w.d);
	return err ? err : end;
}
