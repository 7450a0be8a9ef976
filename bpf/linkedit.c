// SPDX-License-Identifier: GPL-2.0-or-later
#include "linkedit.h"

#include "holders.h"
#include "index.h"
#include "link.h"
#include "pinning.h"
#include "ref.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int link_pin_new(int fd, const char *name, struct buf *answer, struct problem *why)
{
	struct buf pinned __buf_free = {};
	enum kind kind;
	uint32_t id;
	int err = kind_of_fd(fd, &kind, &id);

	if (err)
		problem_errno(why, err, "the new link");
	else
		err = pin_keep(fd, name, &pinned, why);
	close(fd);
	if (!err)
		buf_printf(answer, "link %u\npinned %s\n", id, buf_cstr(&pinned));
	return err;
}

/* --- update --- */

struct exchange {
	uint32_t id;
	enum kind kind;
	int new, old; /* descriptors; -1: none */
};

static int take_object(enum kind kind, struct span *words, int *out, struct problem *why)
{
	int fd = ref_open(kind, words, why);

	*out = fd;
	return fd < 0 ? fd : 0;
}

static int take_old_prog(struct span *words, void *to, struct problem *why)
{
	return take_object(KIND_PROG, words, to, why);
}

static int take_old_map(struct span *words, void *to, struct problem *why)
{
	return take_object(KIND_MAP, words, to, why);
}

static int explain_update(int err, const struct exchange *x, const char *at, struct problem *why)
{
	const char *what = kind_name(x->kind);

	switch (err) {
	case 0: return 0;
	case -EPERM:
	case -EEXIST:
		if (x->old >= 0)
			return problem(why, err, at, "the link does not have the old %s", what);
		break;
	case -EINVAL:
		return problem(why, err, at, "the kernel refuses this %s: its type must be %s",
			       what,
			       x->kind == KIND_PROG ? "that of the program it replaces, and "
						      "what it may be attached to, too"
						    : "that of the map it replaces");
	case -EOPNOTSUPP:
		return problem(why, err, at, "links of this type cannot get another %s", what);
	default: break;
	}
	return problem(why, err, at, "the kernel refuses: %s", strerrordesc_np(-err));
}

/* The index of links has the programs that they attach. */
static void forget_index(void)
{
	const struct index *x;

	if (!index_get(KIND_LINK, &x) && !index_renew(KIND_LINK, &x))
		index_put(KIND_LINK, x);
}

static int exchange(const struct exchange *x, const char *at, struct problem *why)
{
	LIBBPF_OPTS(bpf_link_update_opts, opts);
	int err, fd = kind_open(KIND_LINK, x->id);

	if (fd < 0)
		return problem_errno(why, fd, "the link");
	if (x->old >= 0) {
		opts.flags = BPF_F_REPLACE;
		if (x->kind == KIND_PROG)
			opts.old_prog_fd = (uint32_t)x->old;
		else
			opts.old_map_fd = (uint32_t)x->old;
	}
	err = explain_update(bpf_link_update(fd, x->new, &opts), x, at, why);
	close(fd);
	if (!err)
		forget_index();
	return err;
}

static int run_update(const struct verb *v, struct span words, void *ctx, struct problem *why)
{
	struct exchange x = {*(uint32_t *)ctx, (enum kind)v->form, -1, -1};
	const char *at;
	int err;

	span_blanks(&words);
	at = words.at;
	err = take_object(x.kind, &words, &x.new, why);
	if (!err)
		err = take_clauses(v->clauses, words, &x.old, why);
	if (!err)
		err = exchange(&x, at, why);
	if (x.new >= 0)
		close(x.new);
	if (x.old >= 0)
		close(x.old);
	return err;
}

static const struct clause old_prog[] = {{"old P", take_old_prog, 0, CLAUSE_ONCE}, {}};
static const struct clause old_map[] = {{"old M", take_old_map, 0, CLAUSE_ONCE}, {}};

const struct verb link_update_verbs[] = {
    {"prog P", old_prog, run_update, KIND_PROG}, {"map M", old_map, run_update, KIND_MAP}, {}};

int link_update(uint32_t id, struct span words, struct problem *why)
{
	return verb_run(link_update_verbs, words, &id, why);
}

/* --- end --- */

/* Whether a process has it open, but for this one. */
static int is_open(uint32_t id, bool *out)
{
	struct holders *h;
	size_t n = 0;
	int err = holders_get_now(&h);

	if (err)
		return err;
	holders_of(h, KIND_LINK, id, &n);
	holders_put(h);
	*out = n;
	return 0;
}

/*
 * A pin's file lets go of its object after a grace period of RCU, and if it is the last to do so,
 * the object ends some time later.  Whoever closes the last descriptor waits for the end.  So the
 * pin is given its time first, which membarrier(2) takes as well.
 */
bool link_close_last(uint32_t id, int fd, unsigned int most_ms)
{
	const struct timespec moment = {.tv_nsec = 1000000}, rest = {.tv_nsec = 50000000};

	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	close(fd);
	if (!kind_has_id(KIND_LINK, id))
		return true;
	for (unsigned int ms = 0; ms < most_ms; ms++) {
		nanosleep(&moment, NULL);
		if (!kind_has_id(KIND_LINK, id)) {
			nanosleep(&rest, NULL);
			return true;
		}
	}
	return false;
}

/* There is no call for it: the link ends with its last holder, which our pins must be. */
static int check_ours(uint32_t id, struct problem *why)
{
	bool kept, elsewhere, open;
	int err = pin_look(KIND_LINK, id, &kept, &elsewhere, why);

	if (err)
		return err;
	if (!kept)
		return problem(why, -EOPNOTSUPP, NULL,
			       "the kernel does not detach links of this type: it ends when nobody "
			       "holds it any more (see its pids and pins)");
	err = is_open(id, &open);
	if (err)
		return problem_errno(why, err, "the processes that hold the link");
	if (open || elsewhere)
		return problem(why, -EBUSY, NULL,
			       "%s, and the kernel does not detach links of this type",
			       open ? "a process holds the link (see its pids)"
				    : "the link is pinned elsewhere, too (see its pins)");
	return 0;
}

int link_detach(int fd)
{
	int err = bpf_link_detach(fd);

	return err == -ENOLINK ? 0 : err;
}

/* Takes over the descriptor. */
static int let_go(uint32_t id, int fd, struct problem *why)
{
	int err = check_ours(id, why);

	if (!err)
		err = pin_drop(KIND_LINK, id, why);
	if (err)
		close(fd);
	else if (!link_close_last(id, fd, 5000))
		err = problem(why, -EBUSY, NULL, "our pin is gone, but something holds the link");
	return err;
}

int link_end(uint32_t id, struct problem *why)
{
	int err, fd = kind_open(KIND_LINK, id);

	if (fd < 0)
		return problem_errno(why, fd, "the link");
	err = link_detach(fd);
	if (err == -EOPNOTSUPP)
		return let_go(id, fd, why);
	close(fd);
	if (err)
		return problem_errno(why, err, "BPF_LINK_DETACH");
	return pin_drop(KIND_LINK, id, why);
}

/* --- those of a program --- */

int link_each_kept(uint32_t prog_id, int (*fn)(uint32_t id, void *arg, struct problem *why),
		   void *arg, struct problem *why)
{
	bool kept, elsewhere;
	uint32_t id = 0;
	struct link l;
	int err;

	while (!(err = kind_next_id(KIND_LINK, id, &id))) {
		bool of_prog = !link_open(id, &l) && l.info.known.prog_id == prog_id;

		link_close(&l);
		if (!of_prog)
			continue;
		err = pin_look(KIND_LINK, id, &kept, &elsewhere, why);
		if (!err && kept)
			err = fn(id, arg, why);
		if (err)
			return err;
	}
	return err == -ENOENT ? 0 : problem_errno(why, err, "links");
}

struct found {
	uint32_t id;
	unsigned int n;
};

static int note(uint32_t id, void *arg, struct problem *why)
{
	struct found *f = arg;

	(void)why;
	f->id = id;
	f->n++;
	return 0;
}

int link_of_prog(uint32_t prog_id, uint32_t *id, struct problem *why)
{
	struct found f = {};
	int err = link_each_kept(prog_id, note, &f, why);

	if (err)
		return err;
	if (!f.n)
		return problem(why, -ENOENT, NULL, "the program has no link that was made here");
	if (f.n > 1)
		return problem(why, -EINVAL, NULL,
			       "the program has %u links that were made here: say link N, or all",
			       f.n);
	*id = f.id;
	return 0;
}
