/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_ELF_SINK_H
#define BPFVIEW_ELF_SINK_H

#include "tree.h"

/*
 * Files that take an ELF file.  It is whole as soon as all sections that its header tells of have
 * come; then it is used, so that the write(2) of its last piece says how that ended.
 */
typedef int (*elf_use)(const struct place *p, const struct buf *content, struct problem *why);

int elf_sink_open(const struct place *p, elf_use use, void **state);
int elf_sink_write(void *state, const char *text, size_t len, struct problem *why);
int elf_sink_flush(void *state, struct problem *why);
void elf_sink_report(void *state, struct buf *out);
void elf_sink_close(void *state);

/* A sink that hands what it got to `use`. */
#define ELF_SINK(name, use)                                                                        \
	static int name##_open(const struct place *p, void **state)                                \
	{                                                                                          \
		return elf_sink_open(p, use, state);                                               \
	}                                                                                          \
	static const struct sink_type name = {name##_open, elf_sink_write, elf_sink_flush,         \
					      elf_sink_report, elf_sink_close}

#endif
