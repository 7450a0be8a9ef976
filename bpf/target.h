/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TARGET_H
#define BPFVIEW_TARGET_H

#include "buf.h"
#include "kind.h"

#include <stdint.h>

/*
 * What a tracing program (fentry, fexit, fmod_ret, LSM, iterator, struct_ops) or an extension
 * (freplace) is for: a function of the kernel or a module, which its BTF object stands for, or a
 * function of another program.
 *
 * A loaded program says of which BTF object its target is, be it the kernel's or a program's.  Once
 * it is attached to a program it does not say so any more, but its link does: with the program's id
 * in place of the BTF object's.
 */
struct target {
	enum kind kind;	      /* KIND_PROG or KIND_BTF */
	uint32_t id;	      /* of that object */
	uint32_t btf_type_id; /* the function, in that object's BTF */
};

/* 0 with *out, or -errno (-ENOENT: it has none, or the target is gone). */
int target_of_prog(uint32_t prog_id, struct target *out);
int target_of_link(uint32_t link_id, struct target *out);

/* Appends the function's name; nothing when it is not known. */
void target_name(const struct target *t, struct buf *out);

/* Calls fn with the id of each program that is for a function of a program, in ascending order;
 * stops when fn returns non-zero and returns that.  0 or -errno otherwise. */
int target_each_user(uint32_t prog_id, int (*fn)(uint32_t id, void *arg), void *arg);

#endif
