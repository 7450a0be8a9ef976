/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_NAMES_H
#define BPFVIEW_NAMES_H

#include "doc.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Words for the kernel's numbers: from libbpf (the words bpftool prints), else from the running
 * kernel's BTF, so that a kernel newer than this build reads well.  NULL where nobody knows a word;
 * the strings live for ever.
 */
const char *prog_type_name(uint32_t type);
const char *map_type_name(uint32_t type);
const char *link_type_name(uint32_t type);
const char *attach_type_name(uint32_t type);
/* enum bpf_cgroup_iter_order: "self_only" and so on. */
const char *cgroup_iter_order_name(uint32_t order);

enum words {
	WORDS_PROG_TYPE,
	WORDS_MAP_TYPE,
	WORDS_LINK_TYPE,
	WORDS_ATTACH_TYPE,
	WORDS_CGROUP_ITER_ORDER,
	WORDS_HELPER, /* with `bpf_` before the names of those that this build knows */
};

/* The same, by vocabulary. */
const char *word_of(enum words of, uint32_t value);

/* How many values a vocabulary has, counted from 0 (some may have no word): as many as the running
 * kernel's BTF says, or, with *from_kernel false, as many as this build knows. */
uint32_t words_count(enum words of, bool *from_kernel);

/* Whether the running kernel has a way to attach, as far as it says: what it does not know it calls
 * an invalid argument. */
bool attach_type_exists(uint32_t type);

/* Flags of bpf_map_info.map_flags, as lower-case words without BPF_F_. */
extern const struct flag_word map_flag_words[];
/* Flags that programs are loaded with. */
extern const struct flag_word load_flag_words[];

#endif
