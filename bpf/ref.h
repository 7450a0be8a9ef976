/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_REF_H
#define BPFVIEW_REF_H

#include "kind.h"
#include "span.h"

/*
 * Opens the object that words say, and takes them off the text:
 *
 *   [KIND] id N | name NAME | tag TAG | pinned PATH    as bpftool
 *   [KIND] N | NAME | PATH                             a number is an id, what begins with / a path
 *
 * A name or tag that several objects have is refused: one of them would be the wrong one.  A
 * descriptor that the caller closes; or -EINVAL, -ENOENT or another -errno with words.
 */
int ref_open(enum kind kind, struct span *words, struct problem *why);

/* The same for what a chain of programs consists of: a program, or with the word `link` a link.
 * *kind says which. */
int ref_open_attached(struct span *words, enum kind *kind, struct problem *why);

#endif
