/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_CORERELO_H
#define BPFVIEW_CORERELO_H

#include "problem.h"

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The CO-RE relocations of a BPF object: what its programs ask of the kernel's types.  They stand
 * in .BTF.ext (Documentation/bpf/btf.rst), each a struct bpf_core_relo (linux/bpf.h).
 */
struct core_relo {
	const struct btf *btf; /* the object's own types */
	uint32_t type_id;      /* among them; its name, without a flavour, is the kernel type's */
	const char *access;    /* "0:1:2": which member, as bpf_core_relo has it */
	enum bpf_core_relo_kind kind;
};

/* Calls fn for each: 0, -errno, or what fn returned if that is not 0.  -EINVAL: .BTF.ext is not
 * what it should be. */
int core_relos(const struct btf *btf, const struct btf_ext *ext,
	       int (*fn)(const struct core_relo *relo, void *arg), void *arg);

/* The steps from the type to the member. */
enum { CORE_DEPTH = 64 };
struct core_path {
	/* Names of members; NULL is an element of an array.  Anonymous structs are not named. */
	const char *steps[CORE_DEPTH];
	size_t n;
};

/* The path of a field's relocation: 0 or -EINVAL. */
int core_path(const struct core_relo *relo, struct core_path *out);

/* Whether it asks for a field, an enumerator, or about a type as a whole. */
bool core_is_field(enum bpf_core_relo_kind kind);
bool core_is_enumerator(enum bpf_core_relo_kind kind);

/* The length of a type's name without its flavour: 11 of "task_struct___old". */
size_t core_name_len(const char *name);

/* The type behind modifiers and typedefs; 0 for void, and for chains that do not end. */
uint32_t core_resolve(const struct btf *btf, uint32_t id);

#endif
