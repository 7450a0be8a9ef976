// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup_attach.h"

#include "cgroup.h"
#include "kind.h"
#include "link.h"
#include "linkedit.h"
#include "names.h"
#include "nearest.h"
#include "prog.h"
#include "ref.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.15. */
#ifndef BPF_F_PREORDER
#define BPF_F_PREORDER (1U << 6)
#endif

/* --- attach types --- */

/* cgroup_inet_ingress: ingress; cgroup_inet4_bind: bind4; cgroup_unix_bind: bind_unix. */
void cgroup_type_short(uint32_t type, struct buf *out)
{
	static const struct {
		const char *family, *behind;
	} families[] = {{"inet_", ""},	{"inet4_", "4"}, {"inet6_", "6"},
			{"udp4_", "4"}, {"udp6_", "6"},	 {"unix_", "_unix"}};
	const char *name = attach_type_name(type), *behind = "";

	if (!name)
		return;
	name += strncmp(name, "cgroup_", 7) ? 0 : 7;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		size_t len = strlen(families[i].family);

		if (!strncmp(name, families[i].family, len)) {
			name += len;
			behind = families[i].behind;
			break;
		}
	}
	buf_printf(out, "%s%s", name, behind);
}

/* Both names of all types, each with a zero behind it. */
static int add_type_names(struct buf *out)
{
	size_t n;
	const uint32_t *types = cgroup_types(&n);

	for (size_t i = 0; i < n; i++) {
		buf_str(out, attach_type_name(types[i]));
		buf_char(out, '\0');
		cgroup_type_short(types[i], out);
		buf_char(out, '\0');
	}
	return out->err;
}

static const char *nth_type(void *arg, size_t i, size_t *len)
{
	const struct buf *names = arg;
	const char *name = names->data, *end = name + names->len;

	while (name < end && i--)
		name += strlen(name) + 1;
	*len = name < end ? strlen(name) : 0;
	return name < end ? name : NULL;
}

static int take_type(struct span *words, uint32_t *type, struct problem *why)
{
	struct buf names __buf_free = {};
	const char *name;
	struct span word;
	size_t n, len;
	const uint32_t *types = cgroup_types(&n);
	int err = take_word(words, "an attach type", &word, why);

	if (!err)
		err = add_type_names(&names);
	for (size_t i = 0; !err && (name = nth_type(&names, i, &len)); i++)
		if (span_is(word, name)) {
			*type = types[i / 2];
			return 0;
		}
	return err ? err : nearest(why, word.at, "attach type", word, nth_type, &names);
}

/* --- what words ask for --- */

/* What a program is to stand before or behind. */
struct relative {
	int fd; /* -1: nothing */
	bool is_link;
};

struct wish {
	uint32_t type;
	int prog;
	uint32_t prog_id;
	const char *prog_at;
	bool multi, override, preorder, first, last, link;
	struct relative before, after;
	int replace;
};

/* A program or `link L`. */
static int take_relative(struct span *words, void *to, struct problem *why)
{
	struct relative *r = to;
	enum kind kind;

	r->fd = ref_open_attached(words, &kind, why);
	if (r->fd < 0)
		return r->fd;
	r->is_link = kind == KIND_LINK;
	return 0;
}

#define AT(member) offsetof(struct wish, member)

static const struct clause clauses[] = {
    {"multi", NULL, AT(multi), CLAUSE_ONCE},
    {"override", NULL, AT(override), CLAUSE_INSTEAD},
    {"preorder", NULL, AT(preorder), CLAUSE_ONCE},
    {"first", NULL, AT(first), CLAUSE_ONCE},
    {"last", NULL, AT(last), CLAUSE_INSTEAD},
    {"before P", take_relative, AT(before), CLAUSE_INSTEAD},
    {"after P", take_relative, AT(after), CLAUSE_INSTEAD},
    {"replace P", take_prog, AT(replace), CLAUSE_INSTEAD},
    {"link", NULL, AT(link), CLAUSE_ONCE},
    {},
};

const struct verb cgroup_attach_verbs[] = {{"TYPE prog P", clauses, NULL, 0}, {}};
const struct verb cgroup_detach_verbs[] = {{"TYPE prog P", NULL, NULL, 0}, {}};

#define NOTHING                                                                                    \
	{                                                                                          \
		.prog = -1, .before.fd = -1, .after.fd = -1, .replace = -1                         \
	}

static void wish_close(struct wish *w)
{
	const int fds[] = {w->prog, w->before.fd, w->after.fd, w->replace};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int read_wish(const struct verb *v, struct span words, struct wish *w, struct problem *why)
{
	enum kind kind;
	int err = take_type(&words, &w->type, why);

	span_blanks(&words);
	w->prog_at = words.at;
	if (!err)
		err = take_prog(&words, &w->prog, why);
	if (!err)
		err = kind_of_fd(w->prog, &kind, &w->prog_id);
	if (!err)
		err = take_clauses(v->clauses, words, w, why);
	return err;
}

static const struct relative *neighbour(const struct wish *w)
{
	return w->before.fd >= 0 ? &w->before : &w->after;
}

static bool is_placed(const struct wish *w)
{
	return w->first || w->last || neighbour(w)->fd >= 0;
}

/* Places are for programs that stand next to others. */
static uint32_t flags_of(const struct wish *w)
{
	uint32_t flags = w->override ? BPF_F_ALLOW_OVERRIDE : 0;

	if (w->multi || is_placed(w) || w->replace >= 0)
		flags |= BPF_F_ALLOW_MULTI;
	if (w->preorder)
		flags |= BPF_F_PREORDER;
	if (w->first || w->before.fd >= 0)
		flags |= BPF_F_BEFORE;
	if (w->last || w->after.fd >= 0)
		flags |= BPF_F_AFTER;
	if (neighbour(w)->is_link)
		flags |= BPF_F_LINK;
	return flags;
}

/* --- attach --- */

static int attach(int cgroup, const struct wish *w)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = flags_of(w));

	if (neighbour(w)->fd >= 0)
		opts.relative_fd = neighbour(w)->fd;
	if (w->replace >= 0) {
		opts.flags |= BPF_F_REPLACE;
		opts.replace_prog_fd = w->replace;
	}
	return bpf_prog_attach_opts(w->prog, cgroup, (enum bpf_attach_type)w->type, &opts);
}

/* libbpf 1.4 knows no places for links to cgroups; they are where those of tcx are. */
static int create_link(int cgroup, const struct wish *w)
{
	union bpf_attr attr = {};
	long fd;

	attr.link_create.prog_fd = (uint32_t)w->prog;
	attr.link_create.target_fd = (uint32_t)cgroup;
	attr.link_create.attach_type = w->type;
	/* links are multi by themselves, and before Linux 6.17 may not say so */
	attr.link_create.flags = flags_of(w) & ~(uint32_t)BPF_F_ALLOW_MULTI;
	if (neighbour(w)->fd >= 0)
		attr.link_create.tcx.relative_fd = (uint32_t)neighbour(w)->fd;
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : (int)fd;
}

static bool is_attached(int cgroup, uint32_t type, uint32_t prog_id)
{
	struct cgroup_prog *progs;
	size_t n;
	bool found = false;

	if (cgroup_query(cgroup, type, false, &progs, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		found |= progs[i].id == prog_id;
	free(progs);
	return found;
}

static int explain_invalid(int cgroup, const struct wish *w, struct problem *why)
{
	const char *type = attach_type_name(w->type);
	struct prog p;
	int err;

	if (is_attached(cgroup, w->type, w->prog_id))
		return problem(why, -EINVAL, w->prog_at, "the program is attached there already");
	err = prog_open(w->prog_id, 0, &p);
	problem(why, -EINVAL, w->prog_at,
		"the kernel refuses: a program of type %s may not be for %s, or was loaded for "
		"something else%s",
		err ? "?" : prog_type_name(p.info.type), type,
		is_placed(w) ? "; places in the chain are of Linux 6.17" : "");
	if (!err)
		prog_close(&p);
	return -EINVAL;
}

static int explain(int err, int cgroup, const struct wish *w, struct problem *why)
{
	switch (err) {
	case -EINVAL: return explain_invalid(cgroup, w, why);
	case -EPERM:
		return problem(why, err, w->prog_at,
			       "the kernel refuses: what is attached, here or in a cgroup above, "
			       "is in another mode (multi, override or neither)");
	case -E2BIG:
		return problem(why, err, w->prog_at, "a cgroup takes no more programs of one type");
	case -ENOENT:
		return problem(why, err, w->prog_at,
			       "the program to be replaced, or to stand next to, is not attached "
			       "here");
	default: return problem_errno(why, err, "the kernel refuses to attach it");
	}
}

static int open_cgroup(const char *path, struct problem *why)
{
	int fd = cgroup_open(path);

	return fd < 0 ? problem_errno(why, fd, "the cgroup") : fd;
}

static int keep(int link, const struct wish *w, struct buf *answer, struct problem *why)
{
	struct buf name __buf_free = {};
	struct prog p;

	if (!prog_open(w->prog_id, 0, &p)) {
		prog_full_name(&p, &name);
		prog_close(&p);
	}
	buf_printf(&name, "%s-", name.len ? "" : "prog");
	cgroup_type_short(w->type, &name);
	return link_pin_new(link, buf_cstr(&name), answer, why);
}

int cgroup_attach(const char *cgroup, struct span words, struct buf *answer, struct problem *why)
{
	struct wish w = NOTHING;
	int fd, link, err = read_wish(cgroup_attach_verbs, words, &w, why);

	if (!err && w.link && (w.override || w.replace >= 0))
		err = problem(why, -EINVAL, w.prog_at,
			      "links stand next to others: neither override nor replace");
	fd = err ? err : open_cgroup(cgroup, why);
	if (fd < 0) {
		wish_close(&w);
		return fd;
	}
	link = w.link ? create_link(fd, &w) : attach(fd, &w);
	if (link < 0)
		err = explain(link, fd, &w, why);
	else if (w.link)
		err = keep(link, &w, answer, why);
	close(fd);
	wish_close(&w);
	return err;
}

/* --- detach --- */

/* The link that attaches a program to a cgroup, 0 when none does. */
static uint32_t link_to(int cgroup, uint32_t type, uint32_t prog_id)
{
	uint32_t id = 0, found = 0;
	struct stat st;
	struct link l;

	if (fstat(cgroup, &st))
		return 0;
	while (!found && !kind_next_id(KIND_LINK, id, &id)) {
		const struct bpf_link_info *info = &l.info.known;

		if (link_open(id, &l))
			continue;
		if (info->type == BPF_LINK_TYPE_CGROUP && info->prog_id == prog_id &&
		    info->cgroup.attach_type == type && info->cgroup.cgroup_id == st.st_ino)
			found = id;
		link_close(&l);
	}
	return found;
}

static int detach(int cgroup, const struct wish *w, bool links, struct problem *why)
{
	int err = bpf_prog_detach2(w->prog, cgroup, (enum bpf_attach_type)w->type);
	uint32_t link;

	/* kernels do not agree on which of the two it is */
	if (err != -ENOENT && err != -EINVAL)
		return err ? problem_errno(why, err, "the kernel refuses to detach it") : 0;
	link = link_to(cgroup, w->type, w->prog_id);
	if (link && links)
		return link_end(link, why);
	if (link)
		return problem(why, -ENOENT, w->prog_at,
			       "it is link %u that attaches the program: write 1 to link/%u/detach",
			       link, link);
	return problem(why, -ENOENT, w->prog_at, "the program is not attached here as %s",
		       attach_type_name(w->type));
}

int cgroup_detach(const char *cgroup, struct span words, struct problem *why)
{
	struct wish w = NOTHING;
	int err = read_wish(cgroup_detach_verbs, words, &w, why);
	int fd = err ? err : open_cgroup(cgroup, why);

	if (fd >= 0) {
		err = detach(fd, &w, false, why);
		close(fd);
	}
	wish_close(&w);
	return fd < 0 ? fd : err;
}

/* --- one program that is known --- */

static int attach_last(int cgroup, const struct wish *w, struct problem *why)
{
	int err = attach(cgroup, w);

	return err ? explain(err, cgroup, w, why) : 0;
}

static int detach_any(int cgroup, const struct wish *w, struct problem *why)
{
	return detach(cgroup, w, true, why);
}

static int do_known(const char *cgroup, uint32_t type, uint32_t prog_id,
		    int (*fn)(int cgroup, const struct wish *w, struct problem *why),
		    struct problem *why)
{
	struct wish w = NOTHING;
	int err, fd = open_cgroup(cgroup, why);

	if (fd < 0)
		return fd;
	w.type = type;
	w.prog_id = prog_id;
	w.multi = true;
	w.prog = kind_open(KIND_PROG, prog_id);
	err = w.prog < 0 ? problem_errno(why, w.prog, "the program") : fn(fd, &w, why);
	close(fd);
	wish_close(&w);
	return err;
}

int cgroup_attach_prog(const char *cgroup, uint32_t type, uint32_t prog_id, struct problem *why)
{
	return do_known(cgroup, type, prog_id, attach_last, why);
}

int cgroup_detach_prog(const char *cgroup, uint32_t type, uint32_t prog_id, struct problem *why)
{
	return do_known(cgroup, type, prog_id, detach_any, why);
}
