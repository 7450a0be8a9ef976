/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_MINCORE_IMPL_H
#define BPFVIEW_MINCORE_IMPL_H

#include "buf.h"
#include "corerelo.h"

/* How much of a type is kept; each has all that those before it have.  For mincore.c and its parts
 * only. */
enum keep {
	KEEP_NOTHING,
	KEEP_SIZE,    /* what it takes to know its kind and size; pointers lead nowhere */
	KEEP_POINTEE, /* what it points to as well, structs without members */
};

struct mark {
	unsigned char *members; /* one each, NULL: none of its own accord */
	uint8_t keep;
	bool waiting;
};

/* Which parts of a kernel's BTF are kept. */
struct marks {
	const struct btf *kernel;
	uint32_t end; /* one more than the last id */
	struct mark *types;
	uint32_t *waiting; /* types whose references have not been followed */
	uint32_t n_waiting;
};

/* 0 or -ENOMEM; marks_free() either way. */
int marks_init(struct marks *m, const struct btf *kernel);
void marks_free(struct marks *m);

/* Marks what a relocation asks of the type `id`, which has the right name and kind: 0, also when it
 * has no such field, or -errno. */
int marks_add(struct marks *m, const struct core_relo *relo, uint32_t id);

/* Whether a member of a marked struct or union is kept. */
bool marks_member(const struct marks *m, uint32_t id, uint32_t member);

/* Appends what is marked as BTF of its own. */
int marks_write(const struct marks *m, struct buf *out);

#endif
