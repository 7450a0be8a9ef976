/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_INTERN_H
#define BPFVIEW_INTERN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers for children with free names, for as long as the kernel knows them: a file by-name/foo is
 * addressed by a 32-bit handle.  Handles are not used again while the daemon runs (they wrap after
 * four thousand million), so that a late request meets ENOENT, never another file.
 */
struct interned {
	uint64_t parent; /* node number of the folder */
	uint64_t value;
	char name[NAME_MAX + 1];
};

/* The handle of (parent, name), made when there is none, with one reference more and `value`
 * brought up to date.  0 when out of memory. */
uint32_t intern(uint64_t parent, const char *name, uint64_t value, bool folder);

/* Copies what is known of a handle: 0 or -ENOENT. */
int intern_get(uint32_t handle, struct interned *out);

void intern_forget(uint32_t handle, uint64_t times);

/* Copies names that have been neither looked up nor asked for in the last `seconds` (1 or more),
 * the longest unused first: how many, at most `most`.  That is a use of them, so that they do not
 * come again at once.  Folders never do: somebody may be in one. */
size_t intern_unused(uint32_t seconds, struct interned *out, size_t most);

/* How many are known. */
uint32_t intern_count(void);

#endif
