/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_FS_COMMAND_H
#define BPFVIEW_FS_COMMAND_H

#include "../bpf/span.h"
#include "tree.h"

/* What commands (tree.h) have in common. */

/* The line, to be read; it lives as long as the command. */
struct span command_words(const struct command *c);

/* For files that do the one thing they are there for: 0 when 1 was written, blanks around it aside,
 * else -EINVAL with words. */
int command_is_1(struct command *c);

#endif
