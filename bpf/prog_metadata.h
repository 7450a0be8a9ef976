/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROG_METADATA_H
#define BPFVIEW_PROG_METADATA_H

#include "doc.h"
#include "prog.h"

/* The program's constants named bpf_metadata_NAME, as an object `metadata` of NAME and value;
 * nothing, and false, when it has none.  Needs PROG_MAPS. */
bool prog_metadata_describe(struct doc *d, const struct prog *p);

#endif
