/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_KSYMS_H
#define BPFVIEW_KSYMS_H

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The kernel's and its modules' symbols from /proc/kallsyms, read once and shared.  BPF programs'
 * own entries ([bpf]) are left out: they come and go, and a program's info names them.
 */
struct ksyms;

/* 0 and a reference; -ENODATA where the kernel hides addresses (kptr_restrict); other -errno. */
int ksyms_get(struct ksyms **out);
void ksyms_put(struct ksyms *k);

/* A symbol further below an address than this has nothing to do with it: the kernel gives no sizes.
 */
#define KSYMS_FAR (UINT64_C(1) << 20)

/* The symbol that `addr` lies in (the nearest at or below it, the first one of aliases, as the
 * kernel itself chooses), with the distance in *offset unless that is NULL; NULL when there is
 * none.  The name lives as long as the reference.  BPF programs' code may lie right behind a
 * module's: look among the programs first where addresses of theirs may turn up. */
const char *ksyms_name(const struct ksyms *k, uint64_t addr, uint64_t *offset);

/* Appends "name+0x12" for an address of the kernel's, gotten and given back by itself; false when
 * there is no symbol, or none that we may see. */
bool ksyms_symbol(uint64_t addr, struct buf *out);

/* The symbol that starts exactly at addr, or NULL. */
const char *ksyms_exact(const struct ksyms *k, uint64_t addr);

/* The module that a symbol is of, by its name as returned above; NULL for the kernel's own.  Lives
 * as long as the reference. */
const char *ksyms_module(const struct ksyms *k, const char *name);

/* The address of a symbol (the lowest where static functions share a name), 0 when there is none.
 * It looks at every symbol: about a millisecond. */
uint64_t ksyms_addr(const struct ksyms *k, const char *name);

#endif
