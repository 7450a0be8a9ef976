// SPDX-License-Identifier: GPL-2.0-or-later
#include "testrun.h"

#include "deadline.h"
#include "kbtf.h"
#include "names.h"
#include "netns.h"
#include "prog.h"
#include "testrun_kind.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>

/* What packets and contexts may become longer by, and the greatest context. */
enum { GROWTH = 64 << 10, DEFAULT_DATA = 64 };

const struct flag_word testrun_flag_words[] = {
    {BPF_F_TEST_RUN_ON_CPU, "run_on_cpu"},
    {BPF_F_TEST_XDP_LIVE_FRAMES, "xdp_live_frames"},
    {BPF_F_TEST_SKB_CHECKSUM_COMPLETE, "skb_checksum_complete"},
    {},
};

void testrun_input_free(struct testrun_input *in)
{
	buf_free(&in->data);
	buf_free(&in->ctx);
}

void testrun_output_free(struct testrun_output *out)
{
	buf_free(&out->data);
	buf_free(&out->ctx);
}

/* --- the type of the context --- */

/* What a pointer points to, and what names and qualifiers there are on the way left out. */
static const struct btf_type *strip(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t))) {
		*id = t->type;
		t = btf__type_by_id(btf, *id);
	}
	return t;
}

/* A struct that the program's first parameter points to. */
static int plan_of_parameter(const struct prog *p, const struct btf *btf, struct plan **out)
{
	const struct btf_type *t = btf__type_by_id(btf, p->funcs[0].type_id);
	uint32_t id;

	t = t && btf_is_func(t) ? btf__type_by_id(btf, t->type) : NULL;
	if (!t || !btf_is_func_proto(t) || !btf_vlen(t))
		return -ENOENT;
	id = btf_params(t)[0].type;
	t = strip(btf, &id);
	if (!t || !btf_is_ptr(t))
		return -ENOENT;
	id = t->type;
	t = strip(btf, &id);
	return t && btf_is_composite(t) && t->size ? plan_compile(btf, id, out) : -ENOENT;
}

static int plan_of_own(struct prog *p, struct plan **out)
{
	struct btf_ref btf;
	int err = p->info.btf_id ? prog_fetch(p, PROG_FUNCS) : -ENOENT;

	if (!err && (!p->funcs || !p->info.nr_func_info))
		err = -ENOENT;
	if (!err)
		err = btf_open(p->info.btf_id, &btf);
	if (err)
		return err;
	err = plan_of_parameter(p, btf.btf, out);
	btf_close(&btf);
	return err;
}

/* Finding a type by its name takes a walk over all, and the kernel's types stay as they are. */
static int kernel_type(const struct btf *btf, const struct testrun_kind *kind)
{
	enum { TYPES = 64 };
	static _Atomic int known[TYPES]; /* 0: not looked for yet */
	int id = kind->prog_type < TYPES ? known[kind->prog_type] : 0;

	if (!id)
		id = btf__find_by_name_kind(btf, kind->ctx, BTF_KIND_STRUCT);
	if (kind->prog_type < TYPES)
		known[kind->prog_type] = id;
	return id;
}

static int plan_of_kernel(const struct testrun_kind *kind, struct plan **out)
{
	struct btf *btf;
	int id, err = kbtf_get(&btf);

	if (err)
		return err;
	id = kernel_type(btf, kind);
	err = id > 0 ? plan_compile(btf, (uint32_t)id, out) : -ENOENT;
	kbtf_put(btf);
	return err;
}

static int ctx_plan(struct prog *p, const struct testrun_kind *kind, struct plan **out,
		    size_t *size)
{
	int err = -ENOENT;

	if (!kind)
		return err;
	if (kind->ctx)
		err = plan_of_kernel(kind, out);
	if (err == -ENOENT)
		err = plan_of_own(p, out);
	if (!err)
		*size = kind->ctx_size ? kind->ctx_size : plan_size(*out);
	return err;
}

int testrun_ctx_plan(uint32_t prog_id, struct plan **out, size_t *size)
{
	struct prog p;
	int err = prog_open(prog_id, 0, &p);

	if (err)
		return err;
	err = ctx_plan(&p, testrun_kind(p.info.type), out, size);
	prog_close(&p);
	return err;
}

/* --- running --- */

struct run {
	struct prog prog;
	const struct testrun_kind *kind; /* NULL: a type that this build does not know */
	struct buf data, ctx;		 /* what goes in */
	struct testrun_output *out;
	struct bpf_test_run_opts opts;
};

static bool is_live(const struct testrun_input *in)
{
	return in->flags & BPF_F_TEST_XDP_LIVE_FRAMES;
}

/* Zeros where nothing was given: for xdp and syscall programs it is the only way to get a context
 * out, raw tracepoints refuse to run without one. */
static void add_default_ctx(struct run *r)
{
	struct plan *plan;
	size_t size;

	if (!r->kind || r->kind->prog_type == BPF_PROG_TYPE_SK_LOOKUP ||
	    (!r->kind->gives_ctx && !r->kind->gives_ctx_back && !r->kind->ctx_size) ||
	    ctx_plan(&r->prog, r->kind, &plan, &size))
		return;
	if (size <= TESTRUN_MOST_CTX)
		buf_fill(&r->ctx, '\0', size);
	plan_free(plan);
}

/* The kernel wants to hear how long the frame is once more. */
static void set_data_end(struct run *r)
{
	const size_t at = offsetof(struct xdp_md, data_end);
	uint32_t end = 0, size = (uint32_t)r->data.len;

	if (r->prog.info.type != BPF_PROG_TYPE_XDP || r->ctx.len < at + sizeof(end))
		return;
	memcpy(&end, r->ctx.data + at, sizeof(end));
	if (!end)
		memcpy(r->ctx.data + at, &size, sizeof(size));
}

static void fill_in(struct run *r, const struct testrun_input *in)
{
	bool typed = in->ctx_typed;

	buf_add(&r->data, in->data.data, in->data.len);
	if (!r->data.len && r->kind && r->kind->takes_data)
		buf_fill(&r->data, '\0', DEFAULT_DATA);
	buf_add(&r->ctx, in->ctx.data, in->ctx.len);
	if (!r->ctx.len) {
		add_default_ctx(r);
		typed = true;
	}
	if (typed)
		set_data_end(r);
}

static void make_room(struct run *r, const struct testrun_input *in)
{
	struct testrun_output *out = r->out;

	buf_reset(&out->data);
	buf_reset(&out->ctx);
	out->live = is_live(in);
	out->has_data = r->kind && r->kind->gives_data && !is_live(in);
	out->has_ctx = r->kind && r->kind->gives_ctx && r->ctx.len && !is_live(in);
	if (out->has_data)
		r->opts.data_out = buf_room(&out->data, r->data.len + GROWTH);
	if (out->has_ctx)
		r->opts.ctx_out = buf_room(&out->ctx, r->ctx.len + GROWTH);
	r->opts.data_size_out = r->opts.data_out ? (uint32_t)r->data.len + GROWTH : 0;
	r->opts.ctx_size_out = r->opts.ctx_out ? (uint32_t)r->ctx.len + GROWTH : 0;
}

static void set_options(struct run *r, const struct testrun_input *in)
{
	r->opts.sz = sizeof(r->opts);
	r->opts.data_in = r->data.len ? r->data.data : NULL;
	r->opts.data_size_in = (uint32_t)r->data.len;
	r->opts.ctx_in = r->ctx.len ? r->ctx.data : NULL;
	r->opts.ctx_size_in = (uint32_t)r->ctx.len;
	/* such programs want to hear 0 */
	r->opts.repeat = r->kind && r->kind->once && in->repeat == 1 ? 0 : (int)in->repeat;
	r->opts.flags = in->flags;
	if (in->on_cpu) {
		r->opts.flags |= BPF_F_TEST_RUN_ON_CPU;
		r->opts.cpu = in->cpu;
	}
	r->opts.batch_size = in->batch_size;
}

static int call(void *arg)
{
	struct run *r = arg;
	struct deadline limit;
	int err = deadline_begin(&limit, TESTRUN_MOST_MS);

	if (err)
		return err;
	err = bpf_prog_test_run_opts(r->prog.fd, &r->opts);
	deadline_end(&limit);
	return err == -EINTR ? -ETIMEDOUT : err;
}

static int explain(const struct run *r, int err, struct problem *why)
{
	const char *type = prog_type_name(r->prog.info.type);
	struct buf kinds __buf_free = {};

	type = type ? type : "this";
	if (errno_known(err) == -EOPNOTSUPP) {
		testrun_kinds(&kinds);
		return problem(why, -EOPNOTSUPP, NULL,
			       "this kernel cannot run programs of type %s in a test; types that "
			       "can be run so are %s",
			       type, buf_cstr(&kinds));
	}
	if (err == -ENODEV)
		return problem(why, err, NULL,
			       "no interface of the writer's network namespace has that number");
	if (err == -ETIMEDOUT)
		return problem(why, err, NULL, "it took longer than %d s: repeat it less often",
			       TESTRUN_MOST_MS / 1000);
	problem_errno(why, err, "BPF_PROG_TEST_RUN");
	/* -ENOMEM: more than there is room for in a packet */
	if (why && r->kind &&
	    (err == -EINVAL || err == -ERANGE || err == -EAFNOSUPPORT || err == -ENOMEM))
		buf_printf(&why->words, "\n%s: %s", type, r->kind->takes);
	return err;
}

static void take_out(struct run *r)
{
	struct testrun_output *out = r->out;

	out->retval = r->opts.retval;
	out->duration_ns = r->opts.duration;
	out->data.len = out->has_data ? r->opts.data_size_out : 0;
	out->ctx.len = out->has_ctx ? r->opts.ctx_size_out : 0;
	if (r->kind && r->kind->gives_ctx_back) {
		out->has_ctx = true;
		buf_add(&out->ctx, r->ctx.data, r->ctx.len);
	}
}

static int run(struct run *r, const struct testrun_input *in, int ns, struct problem *why)
{
	int err;

	if (r->kind && r->kind->once && in->repeat > 1)
		return problem(why, -EINVAL, NULL, "programs of type %s run once: repeat must be 1",
			       prog_type_name(r->prog.info.type));
	if (in->on_cpu && r->kind && !r->kind->takes_cpu)
		return problem(why, -EINVAL, NULL,
			       "programs of type %s cannot be told a cpu: it must be any",
			       prog_type_name(r->prog.info.type));
	fill_in(r, in);
	make_room(r, in);
	err = r->data.err ? r->data.err : r->ctx.err;
	err = err ? err : r->out->data.err ? r->out->data.err : r->out->ctx.err;
	if (err)
		return err;
	set_options(r, in);
	err = ns < 0 ? call(r) : netns_run_in(ns, call, r);
	if (err)
		return explain(r, err, why);
	take_out(r);
	return r->out->ctx.err;
}

int testrun(uint32_t prog_id, const struct testrun_input *in, int ns, struct testrun_output *out,
	    struct problem *why)
{
	struct run r = {.out = out};
	int err = prog_open(prog_id, 0, &r.prog);

	if (err)
		return problem_errno(why, err, "the program");
	r.kind = testrun_kind(r.prog.info.type);
	err = run(&r, in, ns, why);
	buf_free(&r.data);
	buf_free(&r.ctx);
	prog_close(&r.prog);
	return err;
}
