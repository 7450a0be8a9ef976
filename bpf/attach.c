// SPDX-License-Identifier: GPL-2.0-or-later
#include "attach_impl.h"

#include "link.h"
#include "linkedit.h"
#include "names.h"
#include "target.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- what all verbs need --- */

struct span attach_word(const struct verb *v)
{
	return span_of(v->usage, strcspn(v->usage, " "));
}

static const char *type_word(uint32_t type)
{
	const char *word = prog_type_name(type);

	return word ? word : "(unknown)";
}

int attach_type_check(const struct attaching *a, uint32_t type, uint32_t other, struct problem *why)
{
	uint32_t own = a->prog.info.type;

	if (own == type || own == other)
		return 0;
	return problem(why, -EINVAL, NULL,
		       "this program is of type %s, and one of type %s is needed for it",
		       type_word(own), type_word(type));
}

int attach_refused(int err, const char *at, const char *loaded_for, struct problem *why)
{
	if (err == -EINVAL && loaded_for)
		return problem(why, err, at,
			       "the kernel refuses to attach it (Invalid argument); the program "
			       "must have been loaded for %s",
			       loaded_for);
	problem_errno(why, err, "the kernel refuses to attach it");
	if (why)
		why->at = at;
	return err;
}

int attach_keep(const struct attaching *a, int link_fd, const char *how, struct problem *why)
{
	struct buf name __buf_free = {};

	prog_full_name(&a->prog, &name);
	if (!name.len)
		buf_str(&name, "prog");
	buf_printf(&name, "-%s", how);
	return link_pin_new(link_fd, buf_cstr(&name), a->answer, why);
}

/* --- raw tracepoints, and programs that say themselves what they are for --- */

/* libbpf's call for it has no cookie before version 1.5. */
static int raw_tracepoint_open(int prog_fd, const char *name, uint64_t cookie)
{
	union bpf_attr attr = {};
	long fd;

	attr.raw_tracepoint.name = (uintptr_t)name;
	attr.raw_tracepoint.prog_fd = (uint32_t)prog_fd;
	attr.raw_tracepoint.cookie = cookie;
	fd = syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
	return fd < 0 ? -errno : (int)fd;
}

/* For functions the call above loses the cookie; this one has to be told what the program was
 * loaded for, which no one says.  -EINVAL: for none of these. */
static int function_open(int prog_fd, uint64_t cookie)
{
	static const uint32_t types[] = {BPF_TRACE_FENTRY, BPF_TRACE_FEXIT, BPF_MODIFY_RETURN,
					 BPF_LSM_MAC};
	union bpf_attr attr = {};
	int fd = -EINVAL;

	attr.link_create.prog_fd = (uint32_t)prog_fd;
	attr.link_create.tracing.cookie = cookie;
	for (size_t i = 0; fd == -EINVAL && i < sizeof(types) / sizeof(*types); i++) {
		attr.link_create.attach_type = types[i];
		fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
		fd = fd < 0 ? -errno : fd;
	}
	return fd;
}

/* By the program's own target, a function or a tracepoint that it was loaded for. */
static int attach_own(const struct attaching *a, const char *how, uint64_t cookie,
		      struct problem *why)
{
	int fd = cookie ? function_open(a->prog.fd, cookie) : -EINVAL;

	if (fd == -EINVAL)
		fd = raw_tracepoint_open(a->prog.fd, NULL, cookie);
	if (fd == -EINVAL && a->prog.info.attach_btf_id && !a->prog.info.attach_btf_obj_id)
		return problem(why, fd, NULL,
			       "what is for a function of another program can be attached only "
			       "once: it must be loaded again");
	return fd < 0 ? attach_refused(fd, NULL,
				       "fentry, fexit, fmod_ret, lsm or tp_btf; iterators are "
				       "made in iter/",
				       why)
		      : attach_keep(a, fd, how, why);
}

static int attach_auto(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	const struct attaching *a = ctx;
	uint64_t cookie = 0;
	int err = take_clauses(v->clauses, words, &cookie, why);

	if (err)
		return err;
	switch (a->prog.info.type) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_EXT: return attach_own(a, type_word(a->prog.info.type), cookie, why);
	case BPF_PROG_TYPE_STRUCT_OPS:
		return problem(why, -EINVAL, NULL,
			       "a struct_ops program is attached with the map that it is part of");
	default:
		return problem(why, -EINVAL, NULL,
			       "a program of type %s does not say what it is for: it must be said "
			       "here",
			       type_word(a->prog.info.type));
	}
}

/* A program that was loaded for one tracepoint (tp_btf) can be attached to that one only. */
static int check_own(const struct attaching *a, struct span name, struct problem *why)
{
	static const char prefix[] = "btf_trace_";
	struct target t = {KIND_BTF, a->prog.info.attach_btf_obj_id, a->prog.info.attach_btf_id};
	struct buf own __buf_free = {};
	const char *text;

	target_name(&t, &own);
	text = buf_cstr(&own);
	if (!strncmp(text, prefix, sizeof(prefix) - 1))
		text += sizeof(prefix) - 1;
	if (span_is(name, text))
		return 0;
	return problem(why, -EINVAL, name.at, "the program was loaded for \"%s\"", text);
}

static int attach_raw(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	const struct attaching *a = ctx;
	char name[128] = "";
	uint64_t cookie = 0;
	struct span word;
	int fd, err = take_word(&words, "NAME", &word, why);

	if (!err)
		err = take_clauses(v->clauses, words, &cookie, why);
	if (err)
		return err;
	if (a->prog.info.type == BPF_PROG_TYPE_TRACING) {
		err = check_own(a, word, why);
		return err ? err : attach_own(a, "raw_tracepoint", cookie, why);
	}
	err = attach_type_check(a, BPF_PROG_TYPE_RAW_TRACEPOINT,
				BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, why);
	if (err)
		return err;
	if (span_len(word) < sizeof(name))
		memcpy(name, word.at, span_len(word));
	fd = *name ? raw_tracepoint_open(a->prog.fd, name, cookie) : -ENOENT;
	if (fd == -ENOENT)
		return problem(why, fd, word.at, "there is no such raw tracepoint");
	return fd < 0 ? attach_refused(fd, word.at, NULL, why)
		      : attach_keep(a, fd, "raw_tracepoint", why);
}

static const struct clause cookie_clauses[] = {{"cookie N", take_u64, 0, CLAUSE_ONCE}, {}};

const struct verb attach_verbs[] = {
    {"tracepoint CAT NAME", attach_tracepoint_clauses, attach_tracepoint, 0},
    {"raw_tracepoint NAME", cookie_clauses, attach_raw, 0},
    {"kprobe SYM[+OFF]", attach_kprobe_clauses, attach_kprobe, PROBE_ENTRY},
    {"kretprobe SYM", attach_kprobe_clauses, attach_kprobe, PROBE_RETURN},
    {"kprobe_multi SYM...|PATTERN", NULL, attach_kprobe_multi, PROBE_ENTRY},
    {"kretprobe_multi SYM...|PATTERN", NULL, attach_kprobe_multi, PROBE_RETURN},
    {"uprobe PATH SYM[+OFF]|OFF", attach_uprobe_clauses, attach_uprobe, PROBE_ENTRY},
    {"uretprobe PATH SYM|OFF", attach_uprobe_clauses, attach_uprobe, PROBE_RETURN},
    {"uprobe_multi PATH SYM|PATTERN", attach_uprobe_multi_clauses, attach_uprobe_multi,
     PROBE_ENTRY},
    {"uretprobe_multi PATH SYM|PATTERN", attach_uprobe_multi_clauses, attach_uprobe_multi,
     PROBE_RETURN},
    {"perf_event NAME|TYPE:CONFIG", attach_event_clauses, attach_event, 0},
    {"auto", cookie_clauses, attach_auto, 0},
    {"sk_msg_verdict MAP", NULL, attach_to_map, BPF_SK_MSG_VERDICT},
    {"sk_skb_verdict MAP", NULL, attach_to_map, BPF_SK_SKB_VERDICT},
    {"sk_skb_stream_verdict MAP", NULL, attach_to_map, BPF_SK_SKB_STREAM_VERDICT},
    {"sk_skb_stream_parser MAP", NULL, attach_to_map, BPF_SK_SKB_STREAM_PARSER},
    {"flow_dissector", attach_netns_clauses, attach_to_netns, BPF_FLOW_DISSECTOR},
    {},
};

int prog_attach(uint32_t id, struct span words, const struct opener *files, struct buf *answer,
		struct problem *why)
{
	struct attaching a = {.files = files, .answer = answer};
	int err = prog_open(id, 0, &a.prog);

	if (err)
		return problem_errno(why, err, "the program");
	err = verb_run(attach_verbs, words, &a, why);
	prog_close(&a.prog);
	return err;
}

/* --- detach --- */

static int detach_link(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	const struct attaching *a = ctx;
	struct span at = span_trim(words);
	struct link l;
	uint32_t id;
	int err = take_u32(&words, &id, why);

	(void)v;
	if (!err)
		err = take_end(words, why);
	if (err)
		return err;
	err = link_open(id, &l);
	if (err)
		return problem(why, err, at.at, "link %u: %s", id, strerrordesc_np(-err));
	if (l.info.known.prog_id != a->prog.info.id)
		err = problem(why, -EINVAL, at.at, "this link does not attach the program");
	link_close(&l);
	return err ? err : link_end(id, why);
}

static int end_one(uint32_t id, void *arg, struct problem *why)
{
	(void)arg;
	return link_end(id, why);
}

static int detach_all(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	const struct attaching *a = ctx;
	int err = take_end(words, why);

	(void)v;
	return err ? err : link_each_kept(a->prog.info.id, end_one, NULL, why);
}

const struct verb detach_verbs[] = {
    {"link N", NULL, detach_link, 0},
    {"all", NULL, detach_all, 0},
    {"sk_msg_verdict MAP", NULL, detach_from_map, BPF_SK_MSG_VERDICT},
    {"sk_skb_verdict MAP", NULL, detach_from_map, BPF_SK_SKB_VERDICT},
    {"sk_skb_stream_verdict MAP", NULL, detach_from_map, BPF_SK_SKB_STREAM_VERDICT},
    {"sk_skb_stream_parser MAP", NULL, detach_from_map, BPF_SK_SKB_STREAM_PARSER},
    {"flow_dissector", attach_netns_clauses, detach_from_netns, BPF_FLOW_DISSECTOR},
    {},
};

int prog_detach(uint32_t id, struct span words, struct problem *why)
{
	struct attaching a = {};
	uint32_t link;
	int err = prog_open(id, 0, &a.prog);

	if (err)
		return problem_errno(why, err, "the program");
	if (span_len(span_trim(words)))
		err = verb_run(detach_verbs, words, &a, why);
	else if (!(err = link_of_prog(id, &link, why)))
		err = link_end(link, why);
	prog_close(&a.prog);
	return err;
}
