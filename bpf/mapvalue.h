/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPVALUE_H
#define BPFVIEW_MAPVALUE_H

#include "mapedit.h"

/* A value on its way into a map. */
struct mapvalue {
	uint8_t *data; /* value_size bytes: what was there, or zeros; then the value */
	int fd;	       /* that the value refers to, -1: none; to be closed when it is in the map */
	int cpu;       /* only this one's was given, -1: all */
};

/* Whether such maps take descriptors, which what is there cannot be read back as. */
bool mapvalue_is_reference(uint32_t map_type);

/* Reads a text as mapedit.h says: 0, or -errno with words; v->fd may be set in any case. */
int mapvalue_parse(const struct mapedit *e, struct span text, struct mapvalue *v,
		   struct problem *why);

#endif
