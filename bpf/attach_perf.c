// SPDX-License-Identifier: GPL-2.0-or-later
#include "attach_impl.h"

#include "kind.h"
#include "perf_open.h"
#include "perf_words.h"
#include "pinning.h"
#include "tracefs.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- tracepoint --- */

const struct clause attach_tracepoint_clauses[] = {{"cookie N", take_u64, 0, CLAUSE_ONCE}, {}};

/* `CAT NAME`, `CAT/NAME` or `CAT:NAME`. */
static int take_tracepoint(struct span *words, struct span *category, struct span *name,
			   struct problem *why)
{
	int err = take_word(words, "CAT", category, why);
	size_t len = err ? 0 : span_len(*category);

	for (size_t i = 0; i < len; i++)
		if (category->at[i] == '/' || category->at[i] == ':') {
			*name = (struct span){category->at + i + 1, category->end};
			category->end = category->at + i;
			return 0;
		}
	return err ? err : take_word(words, "NAME", name, why);
}

/* The number by which perf knows it. */
static int tracepoint_id(struct span category, struct span name, uint64_t *id, struct problem *why)
{
	char path[PATH_MAX], digits[24] = "";
	int fd;

	snprintf(path, sizeof(path), "events/%.*s/%.*s/id", (int)span_len(category), category.at,
		 (int)span_len(name), name.at);
	fd = memchr(name.at, '/', span_len(name)) || strstr(path, "/../") ? -ENOENT
									  : tracefs_open(path);
	if (fd == -ENOENT)
		return problem(why, fd, category.at, "there is no such tracepoint");
	if (fd < 0)
		return problem_errno(why, fd, "tracefs");
	if (read(fd, digits, sizeof(digits) - 1) <= 0)
		digits[0] = '\0';
	close(fd);
	*id = strtoull(digits, NULL, 10);
	return *id ? 0 : problem(why, -EINVAL, category.at, "this tracepoint has no number");
}

int attach_tracepoint(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .sample_period = 1};
	const struct attaching *a = ctx;
	struct span category, name;
	uint64_t cookie = 0, id;
	int link, err = take_tracepoint(&words, &category, &name, why);

	if (!err)
		err = take_clauses(v->clauses, words, &cookie, why);
	if (!err)
		err = attach_type_check(a, BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_TRACEPOINT, why);
	if (!err)
		err = tracepoint_id(category, name, &id, why);
	if (err)
		return err;
	attr.config = id;
	link = perf_link(perf_open(&attr, -1, 0), a->prog.fd, cookie);
	if (link == -EACCES)
		return problem(why, link, category.at,
			       "the kernel refuses: the program reads more than what this "
			       "tracepoint has");
	return link < 0 ? attach_refused(link, category.at, NULL, why)
			: attach_keep(a, link, "tracepoint", why);
}

/* --- perf_event --- */

struct event {
	uint32_t cpu, pid;
	uint64_t freq, period, cookie;
};

/* Until somebody says how often: as profilers do, so as not to run in step with anything. */
enum { DEFAULT_FREQ = 99 };

static int take_above_zero(struct span *words, void *to, struct problem *why)
{
	struct span at = span_trim(*words);
	int err = take_u64(words, to, why);

	return err || *(uint64_t *)to ? err
				      : problem(why, -EINVAL, at.at, "it must be more than 0");
}

int attach_take_pid(struct span *words, void *to, struct problem *why)
{
	struct span at = span_trim(*words);
	uint64_t pid;
	int err = take_number(words, INT32_MAX, &pid, why);

	if (!err && !pid)
		err = problem(why, -EINVAL, at.at, "the number of a process is expected");
	if (!err)
		*(uint32_t *)to = (uint32_t)pid;
	return err;
}

#define AT(member) offsetof(struct event, member)

const struct clause attach_event_clauses[] = {
    {"cpu N", take_u32, AT(cpu), CLAUSE_ONCE},
    {"pid N", attach_take_pid, AT(pid), CLAUSE_ONCE},
    {"freq N", take_above_zero, AT(freq), CLAUSE_ONCE},
    {"period N", take_above_zero, AT(period), CLAUSE_INSTEAD},
    {"cookie N", take_u64, AT(cookie), CLAUSE_ONCE},
    {},
};

static int link_event(const struct attaching *a, const struct perf_event_attr *attr,
		      const struct event *e, int cpu)
{
	return perf_link(perf_open(attr, e->pid ? (pid_t)e->pid : -1, cpu), a->prog.fd, e->cookie);
}

static int explain_event(int err, const char *at, const struct event *e, struct problem *why)
{
	switch (err) {
	case -ENOENT:
	case -EOPNOTSUPP:
		return problem(why, err, at, "this machine does not count such an event: %s",
			       strerrordesc_np(-err));
	case -ESRCH: return problem(why, err, NULL, "there is no process %u", e->pid);
	case -ENODEV: return problem(why, err, NULL, "there is no CPU %u at work", e->cpu);
	case -EINVAL:
		return problem(why, err, at,
			       "the kernel refuses the event: Invalid argument (is the frequency "
			       "above kernel.perf_event_max_sample_rate, the CPU no CPU?)");
	default: return attach_refused(err, at, NULL, why);
	}
}

/* One link for each CPU, all or none. */
static int attach_cpus(const struct attaching *a, const struct perf_event_attr *attr,
		       const struct event *e, const char *at, struct problem *why)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);
	size_t begin = a->answer->len;
	uint32_t *ids = calloc((size_t)n, sizeof(*ids)), made = 0;
	int err = ids ? 0 : -ENOMEM;
	enum kind kind;
	char how[40];

	for (int cpu = 0; !err && cpu < n; cpu++) {
		int link = link_event(a, attr, e, cpu);

		if (link == -ENODEV)
			continue; /* switched off */
		if (link < 0) {
			err = explain_event(link, at, e, why);
			break;
		}
		snprintf(how, sizeof(how), "perf_event-cpu%d", cpu);
		err = kind_of_fd(link, &kind, &ids[made]);
		if (err)
			close(link);
		else if (!(err = attach_keep(a, link, how, why)))
			made++;
	}
	for (uint32_t i = 0; err && i < made; i++)
		pin_drop(KIND_LINK, ids[i], NULL);
	if (err)
		a->answer->len = begin;
	free(ids);
	return err;
}

int attach_event(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	struct event e = {.cpu = UINT32_MAX};
	struct perf_event_attr attr = {};
	const struct attaching *a = ctx;
	struct span word;
	uint64_t config;
	int link, err = take_word(&words, "an event", &word, why);

	if (!err)
		err = perf_event_parse(word, &attr.type, &config, why);
	if (!err)
		err = take_clauses(v->clauses, words, &e, why);
	if (!err)
		err = attach_type_check(a, BPF_PROG_TYPE_PERF_EVENT, BPF_PROG_TYPE_PERF_EVENT, why);
	if (err)
		return err;
	attr.config = config;
	attr.freq = !e.period;
	attr.sample_period = e.period ? e.period : e.freq ? e.freq : DEFAULT_FREQ;
	if (e.cpu == UINT32_MAX && !e.pid)
		return attach_cpus(a, &attr, &e, word.at, why);
	link = link_event(a, &attr, &e, e.cpu == UINT32_MAX ? -1 : (int)e.cpu);
	return link < 0 ? explain_event(link, word.at, &e, why)
			: attach_keep(a, link, "perf_event", why);
}
