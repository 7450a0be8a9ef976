/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FEATURE_PROBE_H
#define BPFVIEW_FEATURE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the kernel can do, found out by trying.
 *
 * No program is ever loaded: each is wrong in a way that only the verifier can see, behind the
 * thing asked about, and the verifier's words tell how far it got.  So no id is used, nothing is
 * compiled, and whoever watches for loaded programs sees none.  Maps have to be created, one at a
 * time, and are closed at once.
 */
enum {
	FEATURE_TYPES = 64,    /* of programs, of maps, of attachment */
	FEATURE_HELPERS = 256, /* there are 212, and the kernel takes no new ones */
	FEATURE_SYSCTLS = 5,   /* feature_config.h */
};

struct features {
	int64_t sysctls[FEATURE_SYSCTLS]; /* -1: not to be read */
	bool bpf_syscall;
	/* A bit each by number: what has been asked about, and what there is. */
	uint64_t prog_types_asked, prog_types;
	uint64_t map_types_asked, map_types;
	uint64_t attach_types_asked, attach_types;
	uint64_t map_types_unknown; /* asked, but nobody knows how to create one */
	uint64_t helpers[FEATURE_TYPES][FEATURE_HELPERS / 64];
	bool large_insn_limit; /* programs of more than 4096 instructions */
	bool bounded_loops;
	bool isa_v2, isa_v3, isa_v4;
};

/* How many of each there are to ask about: one more than the greatest number. */
struct feature_limits {
	uint32_t prog_types, map_types, helpers;
};

/* Fills in all of *out; with an ifindex what programs and maps offloaded to that device may do.
 * Takes 0.2 s of processor time. */
void feature_probe(const struct feature_limits *limits, uint32_t ifindex, struct features *out);

/* The same for a process without CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON, found out
 * by a child process.  0 or -errno. */
int feature_probe_unprivileged(const struct feature_limits *limits, struct features *out);

/* Whether a device takes offloaded programs; costs a system call that the kernel refuses. */
bool feature_can_offload(uint32_t ifindex);

/* Whether programs of that type have the helper. */
bool feature_has_helper(const struct features *f, uint32_t prog_type, uint32_t helper);

/* Programs that attach to a function, type or program of somebody's BTF: which helpers there are
 * depends on that, so there is no answer for the type. */
bool feature_helpers_depend(uint32_t prog_type);

/* Helpers that the kernel is not asked about: it would print a warning, or switch a trace event on,
 * as soon as a program with one gets to the verifier.  They are taken to be where their like are.
 */
bool feature_helper_inferred(uint32_t helper);

#endif
