/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAP_COMMANDS_H
#define BPFVIEW_MAP_COMMANDS_H

#include "tree.h"

/* What map/ID/ takes: the functions of its rows' commands. */
int map_update(const struct place *p, struct command *c);
int map_delete(const struct place *p, struct command *c);
int map_lookup(const struct place *p, struct command *c);
int map_push(const struct place *p, struct command *c);
int map_contains(const struct place *p, struct command *c);
int map_freeze(const struct place *p, struct command *c);

int map_peek(const struct place *p, struct buf *out);
int map_frozen(const struct place *p, struct buf *out);

int map_set_events(const struct place *p, struct command *c);

extern const struct pipe_type map_pop, map_events;

#endif
