/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MAPWISH_H
#define BPFVIEW_MAPWISH_H

#include "span.h"

#include <bpf/bpf.h>
#include <stdbool.h>
#include <stdint.h>

/* What words ask for that a map is to be; mapcreate.h says which. */
struct mapwish {
	char name[BPF_OBJ_NAME_LEN];
	struct span full_name, type_at; /* where they stand */
	struct span pin;
	uint32_t type, key_size, value_size, entries;
	bool has_type;
	struct bpf_map_create_opts opts;
	int inner_fd, btf_fd; /* -1: none */
};

/* 0, or -errno with words; mapwish_free() in any case. */
int mapwish_read(struct span words, struct mapwish *out, struct problem *why);
void mapwish_free(struct mapwish *w);

#endif
