/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FS_ATTACH_H
#define BPFVIEW_FS_ATTACH_H

#include "tree.h"

/* Commands of the files in prog/ID/ and link/ID/ that attach and detach. */

int attach_program(const struct place *p, struct command *c);
int detach_program(const struct place *p, struct command *c);

int update_link(const struct place *p, struct command *c);
int detach_link(const struct place *p, struct command *c);

#endif
