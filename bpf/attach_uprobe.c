// SPDX-License-Identifier: GPL-2.0-or-later
#include "attach_impl.h"

#include "elfsym.h"
#include "names.h"
#include "perf_open.h"
#include "perf_words.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What uprobes and uprobe_multi have in common: a file, and clauses. */
struct user_probe {
	int fd;
	char path[PATH_MAX]; /* what the kernel is to open */
	uint32_t pid;
	uint64_t ref_ctr_offset, cookie;
};

#define AT(member) offsetof(struct user_probe, member)

const struct clause attach_uprobe_clauses[] = {
    {"pid N", attach_take_pid, AT(pid), CLAUSE_ONCE},
    {"ref_ctr_offset N", take_u64, AT(ref_ctr_offset), CLAUSE_ONCE},
    {"cookie N", take_u64, AT(cookie), CLAUSE_ONCE},
    {},
};

const struct clause attach_uprobe_multi_clauses[] = {
    {"pid N", attach_take_pid, AT(pid), CLAUSE_ONCE},
    {"cookie N", take_u64, AT(cookie), CLAUSE_ONCE},
    {},
};

/* The kernel remembers the path that it is given, so it had better be the file's own; where that
 * leads elsewhere from here, the descriptor is one. */
static void name_file(struct user_probe *p)
{
	char link[40];
	struct stat st, there;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", p->fd);
	n = readlink(link, p->path, sizeof(p->path) - 1);
	p->path[n > 0 ? n : 0] = '\0';
	if (fstat(p->fd, &st) || stat(p->path, &there) || st.st_dev != there.st_dev ||
	    st.st_ino != there.st_ino)
		memcpy(p->path, link, sizeof(link));
}

/* Takes the file, the place and the clauses; p->fd is to be closed. */
static int take_probe(const struct verb *v, struct span words, const struct attaching *a,
		      struct user_probe *p, struct span *place, struct problem *why)
{
	struct span file;
	int err = attach_type_check(a, BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_KPROBE, why);

	*p = (struct user_probe){.fd = -1};
	if (!err)
		err = take_word(&words, "PATH", &file, why);
	if (!err)
		err = take_word(&words, "a function or an offset", place, why);
	if (!err)
		err = take_clauses(v->clauses, words, p, why);
	if (err)
		return err;
	p->fd = a->files->open(a->files, file, why);
	if (p->fd < 0)
		return p->fd;
	name_file(p);
	return 0;
}

static int open_symbols(const struct user_probe *p, struct elfsym **out, struct problem *why)
{
	int err = elfsym_open_fd(p->fd, out);

	return err == -ENOEXEC ? problem(why, -EINVAL, NULL, "the file is no ELF file")
	       : err	       ? problem_errno(why, err, "the file's symbols")
			       : 0;
}

/* Number, NAME or NAME+NUMBER. */
static int find_place(const struct user_probe *p, struct span place, uint64_t *offset,
		      struct problem *why)
{
	const char *plus = memchr(place.at, '+', span_len(place));
	struct span name = {place.at, plus ? plus : place.end};
	unsigned __int128 number = 0;
	struct elfsym *elf;
	int err;

	if (!plus && !span_number(place, &number, NULL) && number <= INT64_MAX) {
		*offset = (uint64_t)number;
		return 0;
	}
	if (plus &&
	    (span_number((struct span){plus + 1, place.end}, &number, NULL) || number > INT32_MAX))
		return problem(why, -EINVAL, plus + 1, "a number is expected behind +");
	err = open_symbols(p, &elf, why);
	if (err)
		return err;
	err = elfsym_find(elf, name, offset, why);
	if (!err)
		*offset += (uint64_t)number;
	elfsym_close(elf);
	return err;
}

static int make_uprobe(const struct attaching *a, const struct user_probe *p, uint64_t offset,
		       bool on_return)
{
	struct perf_event_attr attr = {.sample_period = 1};
	unsigned int bit;
	int err = perf_pmu_type("uprobe", &attr.type);

	if (!err && on_return)
		err = perf_pmu_bit("uprobe", "retprobe", &bit);
	if (!err && on_return)
		attr.config |= UINT64_C(1) << (bit & 63);
	if (!err && p->ref_ctr_offset) {
		err = perf_pmu_bit("uprobe", "ref_ctr_offset", &bit);
		attr.config |= err ? 0 : p->ref_ctr_offset << (bit & 63);
	}
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	attr.uprobe_path = (uintptr_t)p->path;
	attr.probe_offset = offset;
	return perf_link(perf_open(&attr, p->pid ? (pid_t)p->pid : -1, p->pid ? -1 : 0), a->prog.fd,
			 p->cookie);
}

/* Why the kernel takes no probe of that file. */
static int explain(int err, const struct user_probe *p, const char *at, const char *loaded_for,
		   struct problem *why)
{
	if (err == -ESRCH)
		return problem(why, err, NULL, "there is no process %u", p->pid);
	if (err == -EOPNOTSUPP)
		return problem(why, err, NULL, "this kernel has no such probes");
	if (err == -EIO || err == -EINVAL)
		return problem(why, err, at,
			       "the kernel refuses: %s; there must be code at that place of the "
			       "file, and the program must have been loaded for %s",
			       strerrordesc_np(-err), loaded_for);
	return attach_refused(err, at, NULL, why);
}

int attach_uprobe(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	bool on_return = v->form == PROBE_RETURN;
	const struct attaching *a = ctx;
	struct user_probe p;
	struct span place;
	uint64_t offset = 0;
	int link, err = take_probe(v, words, a, &p, &place, why);

	if (!err && p.ref_ctr_offset > UINT32_MAX)
		err = problem(why, -EINVAL, NULL, "ref_ctr_offset is below 4 GiB");
	if (!err)
		err = find_place(&p, place, &offset, why);
	if (!err) {
		link = make_uprobe(a, &p, offset, on_return);
		err = link < 0 ? explain(link, &p, place.at, "uprobe or kprobe", why)
			       : attach_keep(a, link, on_return ? "uretprobe" : "uprobe", why);
	}
	if (p.fd >= 0)
		close(p.fd);
	return err;
}

/* --- many at once --- */

static int make_multi(const struct attaching *a, const struct user_probe *p,
		      const uint64_t *offsets, size_t n, bool on_return)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	uint64_t *cookies = p->cookie ? calloc(n, sizeof(*cookies)) : NULL;
	int link;

	if (p->cookie && !cookies)
		return -ENOMEM;
	for (size_t i = 0; cookies && i < n; i++)
		cookies[i] = p->cookie;
	opts.uprobe_multi.path = p->path;
	opts.uprobe_multi.offsets = (const unsigned long *)offsets;
	opts.uprobe_multi.cookies = (const __u64 *)cookies;
	opts.uprobe_multi.cnt = (uint32_t)n;
	opts.uprobe_multi.pid = p->pid;
	opts.uprobe_multi.flags = on_return ? BPF_F_UPROBE_MULTI_RETURN : 0;
	link = bpf_link_create(a->prog.fd, 0, BPF_TRACE_UPROBE_MULTI, &opts);
	free(cookies);
	return link;
}

_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "offsets as libbpf takes them");

int attach_uprobe_multi(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	bool on_return = v->form == PROBE_RETURN;
	const struct attaching *a = ctx;
	uint64_t *offsets = NULL;
	struct elfsym *elf = NULL;
	struct user_probe p;
	struct span place;
	size_t n = 0;
	int link, err = take_probe(v, words, a, &p, &place, why);

	if (!err)
		err = open_symbols(&p, &elf, why);
	if (!err)
		err = elfsym_match(elf, place, &offsets, &n, why);
	if (!err && !attach_type_exists(BPF_TRACE_UPROBE_MULTI))
		err = problem(why, -EOPNOTSUPP, NULL, "this kernel has no uprobe_multi");
	if (!err) {
		link = make_multi(a, &p, offsets, n, on_return);
		err = link < 0 ? explain(link, &p, place.at, "uprobe.multi", why)
			       : attach_keep(a, link,
					     on_return ? "uretprobe_multi" : "uprobe_multi", why);
	}
	free(offsets);
	elfsym_close(elf);
	if (p.fd >= 0)
		close(p.fd);
	return err;
}
