/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_SKELETON_H
#define BPFVIEW_SKELETON_H

#include "problem.h"

#include <stddef.h>

/*
 * Skeletons: C and C++ headers that carry an object of BPF programs, or know one, so that an
 * application opens, sets up, loads and attaches it by names that its compiler checks.
 *
 * Names and types in them are those of `bpftool gen skeleton`, `gen skeleton -L` and `gen
 * subskeleton` (bpftool-gen(8)): an application written for one of those compiles with ours.
 * They are made for struct bpf_object_skeleton of libbpf 1.0 and newer, whatever version made them.
 */
enum skeleton_kind {
	SKELETON,	/* the whole ELF file, for libbpf */
	SKELETON_LIGHT, /* a program that loads the rest, for applications without libbpf */
	SKELETON_SUB,	/* the object's variables, maps and programs within a larger object */
};

/*
 * Appends the header for an ELF object of BPF programs.
 *
 * `name` is what the struct and its functions are called; a skeleton carries it to libbpf as the
 * object's name.  0, or -errno with words: -EINVAL the name is none in C; what libbpf says to an
 * object that it cannot open (-ENOEXEC when it is no BPF object at all); -ENODATA a subskeleton
 * needs BTF; -EEXIST two things of the object would have the same name; -EOPNOTSUPP the object has
 * something that a light skeleton cannot load.  Nothing is appended then.
 */
int skeleton_write(enum skeleton_kind kind, const void *elf, size_t size, const char *name,
		   struct buf *out, struct problem *why);

#endif
