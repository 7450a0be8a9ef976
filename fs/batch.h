/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BATCH_H
#define BPFVIEW_BATCH_H

#include "tree.h"

/* The command of /batch: lines "PATH TEXT", each as if TEXT were written to PATH; `#` begins a
 * comment.  Stops at the first that fails, whose errno it returns. */
int batch_run(const struct place *p, struct command *c);

#endif
