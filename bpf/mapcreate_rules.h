/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPCREATE_RULES_H
#define BPFVIEW_MAPCREATE_RULES_H

#include <stdint.h>

/* What the kernel wants of a map of that type beyond what all maps need (each type's
 * map_alloc_check in the kernel), as words of map/create; NULL: nothing. */
const char *mapcreate_rule(uint32_t type);

#endif
