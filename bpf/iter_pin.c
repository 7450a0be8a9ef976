// SPDX-License-Identifier: GPL-2.0-or-later
#include "iter_pin.h"

#include "cgroup.h"
#include "elfobject.h"
#include "iter.h"
#include "pinning.h"
#include "ref.h"
#include "said.h"
#include "words.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* What the walk is to be limited to. */
struct limit {
	const char *word; /* "map", "task", "cgroup"; NULL: nothing was said */
	const char *at;
	int map_fd, cgroup_fd; /* -1: none */
	uint32_t pid, tid, order;
};

/* --- words --- */

static int take_map(struct span *words, void *to, struct problem *why)
{
	struct limit *l = to;

	l->word = "map";
	span_blanks(words);
	l->at = words->at;
	l->map_fd = ref_open(KIND_MAP, words, why);
	return l->map_fd < 0 ? l->map_fd : 0;
}

static int take_task(struct span *words, struct limit *l, uint32_t *number, struct problem *why)
{
	span_blanks(words);
	l->word = "task";
	l->at = words->at;
	return take_u32(words, number, why);
}

static int take_pid(struct span *words, void *to, struct problem *why)
{
	return take_task(words, to, &((struct limit *)to)->pid, why);
}

static int take_tid(struct span *words, void *to, struct problem *why)
{
	return take_task(words, to, &((struct limit *)to)->tid, why);
}

/* Below the root: also what begins with the root's own path. */
static int cgroup_of(struct span word, struct buf *out)
{
	struct buf root __buf_free = {};
	int err = cgroup_root(&root);

	if (err)
		return err;
	if (span_len(word) > root.len && !memcmp(word.at, root.data, root.len) &&
	    word.at[root.len] == '/')
		word.at += root.len;
	while (word.at < word.end && *word.at == '/')
		word.at++;
	while (word.at < word.end && word.end[-1] == '/')
		word.end--;
	buf_add(out, word.at, span_len(word));
	return out->err;
}

static int take_cgroup(struct span *words, void *to, struct problem *why)
{
	struct buf path __buf_free = {};
	struct limit *l = to;
	struct span word;
	int err = take_word(words, "a cgroup", &word, why);

	if (err)
		return err;
	l->word = "cgroup";
	l->at = word.at;
	err = cgroup_of(word, &path);
	l->cgroup_fd = err ? err : cgroup_open(buf_cstr(&path));
	return l->cgroup_fd < 0 ? problem(why, l->cgroup_fd, word.at, "the cgroup: %s",
					  strerrordesc_np(-l->cgroup_fd))
				: 0;
}

static int take_order(struct span *words, void *to, struct problem *why)
{
	struct limit *l = to;
	struct span word;
	int err = take_word(words, "an order", &word, why);

	if (err)
		return err;
	if (!l->word) {
		l->word = "cgroup";
		l->at = word.at;
	}
	return words_value(WORDS_CGROUP_ITER_ORDER, word, "order", &l->order, why);
}

static const struct clause clauses[] = {
    {"map MAP", take_map, 0, CLAUSE_ONCE},	{"pid N", take_pid, 0, CLAUSE_INSTEAD},
    {"tid N", take_tid, 0, CLAUSE_INSTEAD},	{"cgroup CGROUP", take_cgroup, 0, CLAUSE_INSTEAD},
    {"order WORD", take_order, 0, CLAUSE_ONCE}, {},
};

const struct verb iter_pin_words[] = {{.usage = "OBJ PATH", .clauses = clauses}, {}};

/* --- making it --- */

/* The first program, and no other; the name of what it walks. */
static int choose_program(struct bpf_object *obj, struct bpf_program **out, const char **target,
			  struct problem *why)
{
	struct bpf_program *prog;
	const char *slash;

	*out = bpf_object__next_program(obj, NULL);
	if (!*out)
		return problem(why, -EINVAL, NULL, "there is no program in the object");
	bpf_object__for_each_program (prog, obj) {
		bpf_program__set_autoload(prog, prog == *out);
	}
	slash = strchr(bpf_program__section_name(*out), '/');
	if (bpf_program__expected_attach_type(*out) != BPF_TRACE_ITER || !slash)
		return problem(why, -EINVAL, NULL,
			       "the object's first program, %s of section %s, is no iterator",
			       bpf_program__name(*out), bpf_program__section_name(*out));
	*target = slash + 1;
	return 0;
}

/* The kernel ignores what an iterator does not take. */
static int check_limit(const struct limit *l, const char *target, struct problem *why)
{
	const char *takes = iter_takes(target);

	if (l->word && (!takes || strcmp(takes, l->word) != 0))
		return problem(why, -EINVAL, l->at,
			       takes ? "the iterator %s can be limited to a %s only"
				     : "the iterator %s cannot be limited",
			       target, takes);
	if (!l->word && takes && !strcmp(takes, "map"))
		return problem(why, -EINVAL, NULL, "the iterator %s needs a map: map MAP", target);
	return 0;
}

static struct bpf_link *attach(const struct bpf_program *prog, const struct limit *l,
			       const char *target)
{
	LIBBPF_OPTS(bpf_iter_attach_opts, opts);
	const char *takes = iter_takes(target);
	union bpf_iter_link_info info = {};

	if (takes && !strcmp(takes, "cgroup")) {
		info.cgroup.order = l->order;
		info.cgroup.cgroup_fd = l->cgroup_fd < 0 ? 0 : (uint32_t)l->cgroup_fd;
	} else if (l->map_fd >= 0) {
		info.map.map_fd = (uint32_t)l->map_fd;
	} else {
		info.task.pid = l->pid;
		info.task.tid = l->tid;
	}
	if (takes) {
		opts.link_info = &info;
		opts.link_info_len = sizeof(info);
	}
	return bpf_program__attach_iter(prog, &opts);
}

static int make_link(const struct bpf_program *prog, const struct limit *l, const char *target,
		     struct bpf_link **out, struct problem *why)
{
	struct said said = {};
	int err = 0;

	said_begin(&said);
	*out = attach(prog, l, target);
	if (!*out)
		err = -errno;
	said_end(&said);
	if (err)
		err = said_problem(&said, why, err, NULL, "making the iterator");
	said_free(&said);
	return err;
}

static int pin_link(struct bpf_link *link, struct span path, struct buf *answer,
		    struct problem *why)
{
	enum kind kind;
	uint32_t id;
	int err = kind_of_fd(bpf_link__fd(link), &kind, &id);

	if (!err)
		err = pin_fd(bpf_link__fd(link), path, why);
	if (!err)
		buf_printf(answer, "id %u\n", id);
	return err;
}

static int make_and_pin(struct elfobject *o, const struct limit *l, struct span path,
			struct buf *answer, struct problem *why)
{
	struct bpf_link *link = NULL;
	struct bpf_program *prog;
	const char *target = NULL;
	int err = choose_program(o->obj, &prog, &target, why);

	if (!err)
		err = check_limit(l, target, why);
	if (!err)
		err = elfobject_load(o, why);
	if (!err)
		err = make_link(prog, l, target, &link, why);
	if (!err)
		err = pin_link(link, path, answer, why);
	bpf_link__destroy(link);
	return err;
}

int iter_pin(const struct buf *elf, const char *name, struct span words, struct buf *answer,
	     struct problem *why)
{
	struct limit limit = {
	    .map_fd = -1, .cgroup_fd = -1, .order = BPF_CGROUP_ITER_DESCENDANTS_PRE};
	struct elfobject object = {};
	struct span path;
	int err = take_word(&words, "a path in a bpffs", &path, why);

	if (!err)
		err = take_clauses(clauses, words, &limit, why);
	if (!err)
		err = elfobject_open(&object, elf, &(struct elfobject_opts){.name = name}, why);
	if (!err) {
		err = make_and_pin(&object, &limit, path, answer, why);
		elfobject_close(&object, err);
	}
	if (limit.map_fd >= 0)
		close(limit.map_fd);
	if (limit.cgroup_fd >= 0)
		close(limit.cgroup_fd);
	return err;
}
