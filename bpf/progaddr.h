/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROGADDR_H
#define BPFVIEW_PROGADDR_H

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where the native code of all loaded programs lies, shared by all readers and renewed as soon as
 * there is a younger program.
 */
struct progaddr;

/* 0 and a reference, or -errno. */
int progaddr_get(struct progaddr **out);
void progaddr_put(struct progaddr *a);

/* Appends the symbol (prog_symbol()) of the program or sub-program that addr lies in, and tells the
 * distance from its start; false when there is none, or it has gone. */
bool progaddr_symbol(const struct progaddr *a, uint64_t addr, struct buf *out, uint64_t *offset);

#endif
