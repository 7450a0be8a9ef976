/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ELFSYM_H
#define BPFVIEW_ELFSYM_H

#include "span.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The functions of an ELF file (elf(5)), by their places in the file: what the offset of a uprobe
 * stands for.  .symtab has a say before .dynsym, global names before weak ones before local ones.
 *
 * The file is as this process's mount namespace has it now, which may be another one than the file
 * with the probe in it.  Symbol tables of more than 64 MiB are left out.
 */
struct elfsym;

/* 0, or -errno (-ENOEXEC: it is no ELF file; -EOPNOTSUPP: it is none that can be read without
 * waiting: on FUSE, a pipe). */
int elfsym_open(const char *path, struct elfsym **out);
/* The same for a file that is open; the descriptor stays the caller's. */
int elfsym_open_fd(int fd, struct elfsym **out);
void elfsym_close(struct elfsym *e);

/* Appends "function" or "function+0x12" for a place in the file; false when it is in none. */
bool elfsym_name(const struct elfsym *e, uint64_t offset, struct buf *out);

/* The other way round, by the name without a version: 0, or -errno with words (-ENOENT: there is
 * none; -EINVAL: several that rank alike, at different places). */
int elfsym_find(const struct elfsym *e, struct span name, uint64_t *offset, struct problem *why);

/* The places of all functions whose names match a pattern (glob(7)), ascending, each once, to be
 * freed by the caller: 0, or -errno with words (-ENOENT: there are none). */
int elfsym_match(const struct elfsym *e, struct span pattern, uint64_t **offsets, size_t *n,
		 struct problem *why);

#endif
