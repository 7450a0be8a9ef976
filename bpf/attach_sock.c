// SPDX-License-Identifier: GPL-2.0-or-later
#include "attach_impl.h"

#include "netns.h"
#include "ref.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Programs that are attached without a link, to a map of sockets or to a network namespace. */

static int explain_detach(int err, const char *at, struct problem *why)
{
	if (err == -ENOENT)
		return problem(why, err, at, "the program is not attached there");
	return err ? problem(why, err, at, "the kernel refuses: %s", strerrordesc_np(-err)) : 0;
}

/* --- maps of sockets --- */

static int open_map(const struct attaching *a, const struct verb *v, struct span words,
		    struct problem *why)
{
	uint32_t type = v->form == BPF_SK_MSG_VERDICT ? BPF_PROG_TYPE_SK_MSG : BPF_PROG_TYPE_SK_SKB;
	int err = attach_type_check(a, type, type, why);
	int fd = err ? err : ref_open(KIND_MAP, &words, why);

	if (fd < 0)
		return fd;
	err = take_end(words, why);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int attach_to_map(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	const struct attaching *a = ctx;
	int err, map = open_map(a, v, words, why);

	if (map < 0)
		return map;
	err = bpf_prog_attach(a->prog.fd, map, (enum bpf_attach_type)v->form, 0);
	close(map);
	if (err == -EINVAL || err == -EOPNOTSUPP)
		return problem(why, err, span_trim(words).at,
			       "the kernel refuses: the map must be a sockmap or sockhash, and the "
			       "program loaded for %.*s",
			       (int)span_len(attach_word(v)), v->usage);
	if (err == -EBUSY)
		return problem(why, err, span_trim(words).at,
			       "the map has a program already that excludes this one");
	return err ? attach_refused(err, span_trim(words).at, NULL, why) : 0;
}

int detach_from_map(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	const struct attaching *a = ctx;
	int err, map = open_map(a, v, words, why);

	if (map < 0)
		return map;
	err = bpf_prog_detach2(a->prog.fd, map, (enum bpf_attach_type)v->form);
	close(map);
	return explain_detach(err, span_trim(words).at, why);
}

/* --- network namespaces --- */

struct visit {
	char netns[NAME_MAX + 1]; /* "": the one we are in */
	int prog;
	enum bpf_attach_type type;
};

static int take_netns(struct span *words, void *to, struct problem *why)
{
	struct span word;
	int err = take_word(words, "a name", &word, why);

	if (err)
		return err;
	snprintf(to, NAME_MAX + 1, "%.*s", (int)span_len(word), word.at);
	err = netns_find(to);
	return err ? problem(why, err, word.at, "no network namespace has this name") : 0;
}

const struct clause attach_netns_clauses[] = {
    {"netns NAME", take_netns, offsetof(struct visit, netns), CLAUSE_ONCE}, {}};

static int attach_inside(void *arg)
{
	const struct visit *v = arg;

	return bpf_prog_attach(v->prog, 0, v->type, 0);
}

static int detach_inside(void *arg)
{
	const struct visit *v = arg;

	return bpf_prog_detach2(v->prog, 0, v->type);
}

static int visit(const struct verb *v, struct span words, const struct attaching *a,
		 int (*fn)(void *arg), struct problem *why)
{
	struct visit visit = {.prog = a->prog.fd, .type = (enum bpf_attach_type)v->form};
	int err =
	    attach_type_check(a, BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_PROG_TYPE_FLOW_DISSECTOR, why);

	if (!err)
		err = take_clauses(v->clauses, words, &visit, why);
	if (err)
		return err;
	err = netns_run(*visit.netns ? visit.netns : NULL, fn, &visit);
	if (fn == detach_inside)
		return explain_detach(err, NULL, why);
	if (err == -EEXIST)
		return problem(why, err, NULL,
			       "the network namespace, or the one of all, has another one already");
	return err ? attach_refused(err, NULL, NULL, why) : 0;
}

int attach_to_netns(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	return visit(v, words, ctx, attach_inside, why);
}

int detach_from_netns(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	return visit(v, words, ctx, detach_inside, why);
}
