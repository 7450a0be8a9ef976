/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ITER_PIN_H
#define BPFVIEW_ITER_PIN_H

#include "verb.h"

/*
 * Makes an iterator of the first program of an object file, and pins it.  `words` are those behind
 * the file:
 *
 *   PATH [map MAP | pid N | tid N | cgroup CGROUP] [order WORD]
 *
 * The path is pin_fd()'s, MAP is ref_open()'s, CGROUP is a path below the cgroup2 root or its
 * whole path, WORD is one of enum bpf_cgroup_iter_order (descendants_pre when there is none).  What
 * the iterator cannot be limited to is refused.  Appends "id N" of the link.  0, or -errno with
 * words and nothing left.
 */
int iter_pin(const struct buf *elf, const char *name, struct span words, struct buf *answer,
	     struct problem *why);

/* The same for usage texts. */
extern const struct verb iter_pin_words[];

#endif
