/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_DESCRIBE_H
#define BPFVIEW_DESCRIBE_H

#include "doc.h"
#include "holders.h"
#include "kind.h"
#include "pins.h"
#include "scene.h"

/*
 * Objects as documents: the keys, nesting and types of `bpftool -j prog|map|link|btf show`, and
 * more under keys of our own.
 */

/* One object: 0, -ENOENT when there is none of that id, other -errno.  A failure leaves no output
 * that is of use. */
int describe_object(enum kind kind, uint32_t id, enum doc_form form, struct buf *out);

/* All objects of a kind; objects that go away meanwhile are left out. */
int describe_list(enum kind kind, enum doc_form form, struct buf *out);

/* Processes that hold an object: a document with the array `pids` of {pid, comm}. */
int describe_holders(enum kind kind, uint32_t id, enum doc_form form, struct buf *out);

/* Run statistics of a program. */
int describe_prog_stats(uint32_t id, enum doc_form form, struct buf *out);

/* Counts and memory per kind, maps' memory by name, and what is pinned but not used. */
int describe_summary(enum doc_form form, struct buf *out);

/* --- for the describers of the kinds --- */

/* What an object is joined with; holders and pins may be NULL and are left out then. */
struct relations {
	struct holders *holders;
	struct pins *pins;
	struct scene *scene; /* never NULL */
};

/* One object of a kind as one document object; 0 or -errno before anything has been written. */
int describe_prog(struct doc *d, uint32_t id, const struct relations *r);
int describe_map(struct doc *d, uint32_t id, const struct relations *r);
int describe_link(struct doc *d, uint32_t id, const struct relations *r);
int describe_btf(struct doc *d, uint32_t id, const struct relations *r);

/* `pinned` and `pids`, where there are any. */
void describe_relations(struct doc *d, enum kind kind, uint32_t id, const struct relations *r);

/* The device that an object is offloaded to, if any: `dev`. */
void describe_device(struct doc *d, uint32_t ifindex, uint64_t netns_dev, uint64_t netns_ino);

#endif
