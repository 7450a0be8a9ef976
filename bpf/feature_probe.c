// SPDX-License-Identifier: GPL-2.0-or-later
#include "feature_probe.h"

#include "detached.h"
#include "feature_config.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSN(op, dst, src, offset, immediate)                                                      \
	((struct bpf_insn){.code = (op),                                                           \
			   .dst_reg = (dst),                                                       \
			   .src_reg = (src),                                                       \
			   .off = (offset),                                                        \
			   .imm = (immediate)})
#define MOV_IMM(dst, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define CALL_HELPER(id)	  INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define EXIT		  INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* Reads a register that nothing has ever written: the verifier goes no further. */
#define STOP	     INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_9, 0, 0)
#define STOPPED	     "!read_ok"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Errors and statistics, but no line for each instruction (BPF_LOG_STATS, Linux 5.2). */
enum { LOG_LEVEL = 4, LOG_SIZE = 1024 };

struct target {
	uint32_t prog_type;
	uint32_t attach_type;
	uint32_t ifindex;
};

/* An attach type that a program of that type may be loaded for, where the kernel wants one. */
static uint32_t usual_attach_type(uint32_t prog_type)
{
	switch (prog_type) {
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR: return BPF_CGROUP_INET4_CONNECT;
	case BPF_PROG_TYPE_CGROUP_SOCKOPT: return BPF_CGROUP_GETSOCKOPT;
	case BPF_PROG_TYPE_SK_LOOKUP: return BPF_SK_LOOKUP;
	case BPF_PROG_TYPE_NETFILTER: return BPF_NETFILTER;
	case BPF_PROG_TYPE_TRACING: return BPF_TRACE_FENTRY;
	case BPF_PROG_TYPE_LSM: return BPF_LSM_MAC;
	default: return 0;
	}
}

/* Has a program verified that cannot pass; the verifier's words go to `log`, which is empty when
 * the kernel refused it before. */
static void verify(const struct target *t, const struct bpf_insn *insns, size_t n,
		   char log[LOG_SIZE])
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_level = LOG_LEVEL, .log_buf = log,
		    .log_size = LOG_SIZE, .prog_ifindex = t->ifindex,
		    .expected_attach_type = t->attach_type);
	int fd;

	if (t->prog_type == BPF_PROG_TYPE_SYSCALL)
		opts.prog_flags = BPF_F_SLEEPABLE;
	/* Type 1 is nothing to attach to: the verifier says so. */
	if (feature_helpers_depend(t->prog_type))
		opts.attach_btf_id = 1;
	log[0] = '\0';
	fd = bpf_prog_load(t->prog_type, NULL, "GPL", insns, n, &opts);
	if (fd >= 0)
		close(fd);
}

/* Whether the verifier came to the STOP in a program. */
static bool reaches_stop(const struct target *t, const struct bpf_insn *insns, size_t n)
{
	char log[LOG_SIZE];

	verify(t, insns, n, log);
	return strstr(log, STOPPED) != NULL;
}

/* --- types of programs and their helpers --- */

bool feature_helpers_depend(uint32_t prog_type)
{
	return prog_type == BPF_PROG_TYPE_TRACING || prog_type == BPF_PROG_TYPE_STRUCT_OPS ||
	       prog_type == BPF_PROG_TYPE_EXT || prog_type == BPF_PROG_TYPE_LSM;
}

/* The verifier has a word to say on a program of any type that there is. */
static bool probe_prog_type(const struct target *t)
{
	const struct bpf_insn insns[] = {STOP, EXIT};
	char log[LOG_SIZE];

	verify(t, insns, COUNT(insns), log);
	return log[0] != '\0';
}

static bool probe_helper(const struct target *t, uint32_t helper)
{
	const struct bpf_insn insns[] = {CALL_HELPER((int32_t)helper), STOP, EXIT};
	char log[LOG_SIZE];

	verify(t, insns, COUNT(insns), log);
	/* What it says of a helper that the type has not: since Linux 6.11, before, and of a number
	 * that is no helper.  Wrong arguments are fine. */
	return log[0] && !strstr(log, "cannot use helper") && !strstr(log, "unknown func") &&
	       !strstr(log, "invalid func");
}

/* Helpers that are not asked about, and one that the same function of the kernel hands out under
 * the same condition. */
static const struct {
	uint32_t helper, like;
} inferred[] = {
    {BPF_FUNC_trace_printk, BPF_FUNC_snprintf_btf},
    {BPF_FUNC_trace_vprintk, BPF_FUNC_snprintf},
    {BPF_FUNC_probe_write_user, BPF_FUNC_get_stackid},
};

bool feature_helper_inferred(uint32_t helper)
{
	for (size_t i = 0; i < COUNT(inferred); i++)
		if (inferred[i].helper == helper)
			return true;
	return false;
}

/* Lockdown forbids to write to user memory at any of its levels (kernel_lockdown(7)); without its
 * file there is no lockdown. */
static bool is_locked_down(void)
{
	char text[128];
	int fd = detached_open("securityfs", "lockdown");
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return !strstr(text, "[none]");
}

bool feature_has_helper(const struct features *f, uint32_t prog_type, uint32_t helper)
{
	return prog_type < FEATURE_TYPES && helper < FEATURE_HELPERS &&
	       f->helpers[prog_type][helper / 64] >> helper % 64 & 1;
}

static void set_helper(struct features *f, uint32_t prog_type, uint32_t helper)
{
	f->helpers[prog_type][helper / 64] |= UINT64_C(1) << helper % 64;
}

static void probe_helpers(const struct feature_limits *limits, const struct target *t,
			  bool locked_down, struct features *out)
{
	uint32_t type = t->prog_type;

	for (uint32_t id = 1; id < limits->helpers && id < FEATURE_HELPERS; id++)
		if (!feature_helper_inferred(id) && probe_helper(t, id))
			set_helper(out, type, id);
	for (size_t i = 0; i < COUNT(inferred); i++)
		if (inferred[i].helper < limits->helpers &&
		    feature_has_helper(out, type, inferred[i].like) &&
		    !(locked_down && inferred[i].helper == BPF_FUNC_probe_write_user))
			set_helper(out, type, inferred[i].helper);
}

static void probe_progs(const struct feature_limits *limits, uint32_t ifindex, struct features *out)
{
	bool locked_down = is_locked_down();

	for (uint32_t type = 1; type < limits->prog_types && type < FEATURE_TYPES; type++) {
		struct target t = {type, usual_attach_type(type), ifindex};

		/* What drivers know to offload. */
		if (ifindex && type != BPF_PROG_TYPE_SCHED_CLS && type != BPF_PROG_TYPE_XDP)
			continue;
		out->prog_types_asked |= UINT64_C(1) << type;
		if (!probe_prog_type(&t))
			continue;
		out->prog_types |= UINT64_C(1) << type;
		if (!feature_helpers_depend(type))
			probe_helpers(limits, &t, locked_down, out);
	}
}

/* --- attach types --- */

/* Those that the kernel checks when a program is loaded; it has no way to be asked about others. */
static const struct {
	uint32_t prog_type, attach_type;
} attach_types[] = {
    {BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS},
    {BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS},
    {BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE},
    {BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE},
    {BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND},
    {BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_BIND},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UNIX_CONNECT},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UNIX_GETPEERNAME},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETSOCKNAME},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETSOCKNAME},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UNIX_GETSOCKNAME},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UNIX_SENDMSG},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UNIX_RECVMSG},
    {BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT},
    {BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT},
    {BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP},
    {BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT},
    {BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT_OR_MIGRATE},
    {BPF_PROG_TYPE_NETFILTER, BPF_NETFILTER},
    {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP},
    {BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY},
    {BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT},
    {BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN},
    {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER},
    {BPF_PROG_TYPE_LSM, BPF_LSM_MAC},
    {BPF_PROG_TYPE_LSM, BPF_LSM_CGROUP},
};

/* Where there is something of BTF to attach to, the verifier looks at the attach type first, and
 * blames the id when it knows the type. */
static bool probe_attach_type(const struct target *t)
{
	const struct bpf_insn insns[] = {STOP, EXIT};
	char log[LOG_SIZE];

	verify(t, insns, COUNT(insns), log);
	return feature_helpers_depend(t->prog_type) ? strstr(log, "attach_btf_id") != NULL
						    : log[0] != '\0';
}

static void probe_attach_types(struct features *out)
{
	for (size_t i = 0; i < COUNT(attach_types); i++) {
		const struct target t = {.prog_type = attach_types[i].prog_type,
					 .attach_type = attach_types[i].attach_type};
		uint64_t bit = UINT64_C(1) << t.attach_type;

		out->attach_types_asked |= bit;
		if (probe_attach_type(&t))
			out->attach_types |= bit;
	}
}

/* --- types of maps --- */

static bool can_offload_map(uint32_t type, uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_ifindex = ifindex);
	int fd = bpf_map_create(type, NULL, 4, 4, 1, &opts);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void probe_maps(const struct feature_limits *limits, uint32_t ifindex, struct features *out)
{
	for (uint32_t type = 1; type < limits->map_types && type < FEATURE_TYPES; type++) {
		uint64_t bit = UINT64_C(1) << type;
		int there;

		if (ifindex && type != BPF_MAP_TYPE_HASH && type != BPF_MAP_TYPE_ARRAY)
			continue;
		out->map_types_asked |= bit;
		there = ifindex ? can_offload_map(type, ifindex)
				: libbpf_probe_bpf_map_type(type, NULL);
		if (there > 0)
			out->map_types |= bit;
		else if (there == -EOPNOTSUPP) /* libbpf knows no such type */
			out->map_types_unknown |= bit;
	}
}

/* --- the rest --- */

static bool probe_large(const struct target *t)
{
	enum { N = BPF_MAXINSNS + 1 };
	struct bpf_insn *insns = calloc(N, sizeof(*insns));
	bool large;

	if (!insns)
		return false;
	for (size_t i = 0; i < N; i++)
		insns[i] = MOV_IMM(BPF_REG_0, 0);
	insns[0] = STOP;
	insns[N - 1] = EXIT;
	large = reaches_stop(t, insns, N);
	free(insns);
	return large;
}

/* Instruction sets: v1 has neither JLT (v2), nor 32-bit jumps (v3), nor jumps of 32-bit range (v4);
 * see Documentation/bpf/standardization/instruction-set.rst. */
static void probe_misc(uint32_t ifindex, struct features *out)
{
	const struct target t = {
	    .prog_type = ifindex ? BPF_PROG_TYPE_SCHED_CLS : BPF_PROG_TYPE_SOCKET_FILTER,
	    .ifindex = ifindex,
	};
	const struct bpf_insn loop[] = {
	    MOV_IMM(BPF_REG_0, 10),
	    INSN(BPF_ALU64 | BPF_SUB | BPF_K, BPF_REG_0, 0, 0, 1),
	    INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, -2, 0),
	    STOP,
	    EXIT,
	};
	const struct bpf_insn v2[] = {
	    MOV_IMM(BPF_REG_0, 0), INSN(BPF_JMP | BPF_JLT | BPF_K, BPF_REG_0, 0, 0, 1), STOP, EXIT};
	const struct bpf_insn v3[] = {MOV_IMM(BPF_REG_0, 0),
				      INSN(BPF_JMP32 | BPF_JLT | BPF_K, BPF_REG_0, 0, 0, 1), STOP,
				      EXIT};
	/* The EXIT in between needs a way to it, which is never gone. */
	const struct bpf_insn v4[] = {
	    MOV_IMM(BPF_REG_0, 0),
	    INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, 0),
	    INSN(BPF_JMP32 | BPF_JA | BPF_K, 0, 0, 0, 1),
	    EXIT,
	    STOP,
	    EXIT,
	};

	out->large_insn_limit = probe_large(&t);
	out->bounded_loops = reaches_stop(&t, loop, COUNT(loop));
	out->isa_v2 = reaches_stop(&t, v2, COUNT(v2));
	out->isa_v3 = reaches_stop(&t, v3, COUNT(v3));
	out->isa_v4 = reaches_stop(&t, v4, COUNT(v4));
}

/* Whatever it says to a program without instructions, a kernel without the call says ENOSYS. */
static bool probe_syscall(void)
{
	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, NULL, "GPL", NULL, 0, NULL) != -ENOSYS;
}

void feature_probe(const struct feature_limits *limits, uint32_t ifindex, struct features *out)
{
	memset(out, 0, sizeof(*out));
	feature_sysctls(out->sysctls);
	out->bpf_syscall = probe_syscall();
	probe_progs(limits, ifindex, out);
	if (!ifindex)
		probe_attach_types(out);
	probe_maps(limits, ifindex, out);
	probe_misc(ifindex, out);
}

bool feature_can_offload(uint32_t ifindex)
{
	const struct target t = {.prog_type = BPF_PROG_TYPE_XDP, .ifindex = ifindex};
	/* A jump to nowhere is refused before the driver hears of the program. */
	const struct bpf_insn insns[] = {INSN(BPF_JMP | BPF_JA, 0, 0, 100, 0), EXIT};
	char log[LOG_SIZE];

	verify(&t, insns, COUNT(insns), log);
	return log[0] != '\0';
}
