// SPDX-License-Identifier: GPL-2.0-or-later
#include "attach_impl.h"

#include "perf_open.h"
#include "perf_words.h"
#include "tracefs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct clause attach_kprobe_clauses[] = {{"cookie N", take_u64, 0, CLAUSE_ONCE}, {}};

static int explain(int err, const char *at, const char *loaded_for, struct problem *why)
{
	if (err == -EOPNOTSUPP)
		return problem(why, err, NULL, "this kernel has no such probes: %s",
			       strerrordesc_np(-err));
	if (err == -ENOENT || err == -ESRCH)
		return problem(why, -ENOENT, at,
			       "the kernel has no such function, or it is inlined");
	if (err == -EADDRNOTAVAIL || err == -EILSEQ)
		return problem(why, err, at, "the kernel allows no probe there");
	return attach_refused(err, at, loaded_for, why);
}

/* --- one place --- */

/* What the kernel is to probe: a function, and how far into it, or an address. */
struct place {
	char name[256]; /* "": the offset is an address */
	uint64_t offset;
};

static int parse_place(struct span word, struct place *out, struct problem *why)
{
	const char *plus = memchr(word.at, '+', span_len(word));
	struct span name = {word.at, plus ? plus : word.end};
	unsigned __int128 number = 0;

	*out = (struct place){};
	if (!plus && !span_number(word, &number, NULL) && number <= UINT64_MAX) {
		out->offset = (uint64_t)number;
		return 0;
	}
	if (plus &&
	    (span_number((struct span){plus + 1, word.end}, &number, NULL) || number > INT32_MAX))
		return problem(why, -EINVAL, plus + 1, "a number is expected behind +");
	if (span_len(name) >= sizeof(out->name))
		return problem(why, -EINVAL, word.at, "no function has so long a name");
	memcpy(out->name, name.at, span_len(name));
	out->offset = (uint64_t)number;
	return 0;
}

static int make_kprobe(const struct attaching *a, const struct place *p, bool on_return,
		       uint64_t cookie)
{
	struct perf_event_attr attr = {.sample_period = 1};
	unsigned int bit;
	int err = perf_pmu_type("kprobe", &attr.type);

	if (!err && on_return)
		err = perf_pmu_bit("kprobe", "retprobe", &bit);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	if (on_return)
		attr.config = UINT64_C(1) << (bit & 63);
	if (*p->name) {
		attr.kprobe_func = (uintptr_t)p->name;
		attr.probe_offset = p->offset;
	} else {
		attr.kprobe_addr = p->offset;
	}
	return perf_link(perf_open(&attr, -1, 0), a->prog.fd, cookie);
}

int attach_kprobe(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	bool on_return = v->form == PROBE_RETURN;
	const struct attaching *a = ctx;
	uint64_t cookie = 0;
	struct place place;
	struct span word;
	int link, err = take_word(&words, "a function", &word, why);

	if (!err)
		err = parse_place(word, &place, why);
	if (!err)
		err = take_clauses(v->clauses, words, &cookie, why);
	if (!err)
		err = attach_type_check(a, BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_KPROBE, why);
	if (err)
		return err;
	link = make_kprobe(a, &place, on_return, cookie);
	return link < 0 ? explain(link, word.at, "kprobe or kretprobe", why)
			: attach_keep(a, link, on_return ? "kretprobe" : "kprobe", why);
}

/* --- many at once --- */

/* Addresses of functions, or where the kernel does not tell them, names. */
struct functions {
	struct buf addrs; /* uint64_t */
	struct buf names; /* char *, malloc'ed */
};

static void functions_free(struct functions *f)
{
	char **names = (char **)(void *)f->names.data;

	for (size_t i = 0; i < f->names.len / sizeof(*names); i++)
		free(names[i]);
	buf_free(&f->names);
	buf_free(&f->addrs);
}

static int add_name(struct functions *f, struct span name)
{
	char *copy = strndup(name.at, span_len(name));

	if (!copy)
		return -ENOMEM;
	buf_add(&f->names, &copy, sizeof(copy));
	if (f->names.err)
		free(copy);
	return f->names.err;
}

/* tracefs lists what can be traced: "ADDRESS NAME [MODULE]" a line, before Linux 6.5 without the
 * address, and what is no function under a name that begins so. */
static bool line_matches(const char *line, const char *pattern, uint64_t *addr, char name[256])
{
	unsigned long long number = 0;

	if (addr ? sscanf(line, "%llx %255s", &number, name) != 2 || !number
		 : sscanf(line, "%255s", name) != 1)
		return false;
	if (addr)
		*addr = number;
	return strncmp(name, "__ftrace_invalid_address", 24) != 0 && !fnmatch(pattern, name, 0);
}

/* Appends the functions in such a list that match. */
static int match_lines(FILE *lines, bool with_addrs, const char *pattern, struct functions *f)
{
	char *line = NULL, name[256];
	size_t room = 0;
	uint64_t addr;
	int err = 0;

	while (!err && getline(&line, &room, lines) > 0)
		if (!line_matches(line, pattern, with_addrs ? &addr : NULL, name))
			continue;
		else if (with_addrs)
			buf_add(&f->addrs, &addr, sizeof(addr));
		else
			err = add_name(f, span_of(name, strlen(name)));
	free(line);
	return err ? err : f->addrs.err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The kernel finds a name that it is given twice once, and then misses the other. */
static void drop_repeated_names(struct functions *f)
{
	char **names = (char **)(void *)f->names.data;
	size_t n = f->names.len / sizeof(*names), kept = 0;

	if (n)
		qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++)
		if (kept && !strcmp(names[kept - 1], names[i]))
			free(names[i]);
		else
			names[kept++] = names[i];
	f->names.len = kept * sizeof(*names);
}

/* The functions that can be traced and match, by address where the kernel says it: static ones may
 * share a name. */
static int add_matching(struct functions *f, struct span pattern, struct problem *why)
{
	struct buf text __buf_free = {};
	int err, fd = tracefs_open("available_filter_functions_addrs");
	bool with_addrs = fd >= 0;
	FILE *lines;

	if (fd < 0)
		fd = tracefs_open("available_filter_functions");
	lines = fd < 0 ? NULL : fdopen(fd, "r");
	if (!lines) {
		if (fd >= 0)
			close(fd);
		return problem(why, -EOPNOTSUPP, pattern.at,
			       "this kernel does not list the functions that a pattern may mean");
	}
	buf_add(&text, pattern.at, span_len(pattern));
	err = match_lines(lines, with_addrs, buf_cstr(&text), f);
	fclose(lines);
	drop_repeated_names(f);
	if (err || text.err)
		return -ENOMEM;
	return f->addrs.len || f->names.len
		   ? 0
		   : problem(why, -ENOENT, pattern.at, "no function that can be probed matches");
}

static int take_functions(struct span words, struct functions *f, struct problem *why)
{
	struct span word, rest;
	int err = take_word(&words, "a function", &word, why);

	if (!err && strpbrk(strndupa(word.at, span_len(word)), "*?[")) {
		rest = words;
		err = take_end(rest, why);
		return err ? err : add_matching(f, word, why);
	}
	while (!err && span_len(word)) {
		err = add_name(f, word);
		if (!err)
			err = span_word(&words, &word, why);
	}
	return err;
}

static int make_multi(const struct attaching *a, const struct functions *f, bool on_return)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);

	if (f->addrs.len) {
		opts.kprobe_multi.addrs = (const unsigned long *)(void *)f->addrs.data;
		opts.kprobe_multi.cnt = (uint32_t)(f->addrs.len / sizeof(uint64_t));
	} else {
		opts.kprobe_multi.syms = (const char **)(void *)f->names.data;
		opts.kprobe_multi.cnt = (uint32_t)(f->names.len / sizeof(char *));
	}
	opts.kprobe_multi.flags = on_return ? BPF_F_KPROBE_MULTI_RETURN : 0;
	return bpf_link_create(a->prog.fd, 0, BPF_TRACE_KPROBE_MULTI, &opts);
}

int attach_kprobe_multi(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	bool on_return = v->form == PROBE_RETURN;
	const struct attaching *a = ctx;
	struct functions f = {};
	int link, err = attach_type_check(a, BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_KPROBE, why);

	if (!err)
		err = take_functions(words, &f, why);
	if (!err) {
		link = make_multi(a, &f, on_return);
		err = link < 0 ? explain(link, span_trim(words).at, "kprobe.multi", why)
			       : attach_keep(a, link,
					     on_return ? "kretprobe_multi" : "kprobe_multi", why);
	}
	functions_free(&f);
	return err;
}
