/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_LINK_H
#define BPFVIEW_LINK_H

#include "buf.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A link: a descriptor and what the kernel tells of it.
 *
 * The info is asked for with more room than this build knows members of, so that a newer kernel's
 * are there as well; what a kernel does not tell is zero.
 */
enum { LINK_INFO_BYTES = 512 };

union link_info {
	struct bpf_link_info known;
	uint8_t bytes[LINK_INFO_BYTES];
};

struct link {
	int fd;
	int refusal; /* -errno: the kernel has no details of this one, known.id is all there is */
	/* As asked for without buffers: lengths and counts are those of what there is to fetch. */
	union link_info info;
};

/* Members of struct bpf_link_info that are younger than the headers of Linux 6.12, by their
 * offsets, which never change: two u64 of Linux 6.17, one of 6.16. */
enum {
	LINK_RAW_TRACEPOINT_COOKIE = 32,
	LINK_TRACING_COOKIE = 32,
	LINK_UPROBE_REF_CTR_OFFSET = 48,
};

/* 0, or -errno with *out empty (-ENOENT: no such link, or not yet). */
int link_open(uint32_t id, struct link *out);
void link_close(struct link *l);

uint64_t link_u64(const struct link *l, size_t offset);

/* Fetches a string member by the offsets of its pointer and its length in struct bpf_link_info.
 * Appends nothing when the kernel does not tell. */
void link_string(const struct link *l, size_t pointer, size_t length, struct buf *out);

/* The map that an iterator link goes through, 0 when it is about none. */
uint32_t link_iter_map(const struct link *l);
/* The id of the cgroup that it begins at, likewise. */
uint64_t link_iter_cgroup(const struct link *l);

/* Fetches `n` arrays of as many u64 as the member at offset `count` says, by the offsets of their
 * pointers: all of the first, then all of the second and so on, to be freed by the caller.  NULL
 * when there are none or the kernel does not tell. */
uint64_t *link_arrays(const struct link *l, size_t count, const size_t *pointers, size_t n);

/* The size in bytes of the member of struct bpf_link_info's union that is named as the type, in the
 * running kernel; 0 when there is none, or no BTF. */
uint32_t link_member_size(uint32_t type);

/* Whether the running kernel has such a member; true when no BTF says that it has not.  Many a type
 * of link is older than what is told of it: uprobe_multi came with 6.6, its member with 6.8. */
bool link_is_told(uint32_t type);

/* Appends that member as JSON, laid out by the kernel's BTF: 0, or -errno (-ENOENT: there is none).
 */
int link_render(const struct link *l, uint32_t type, struct buf *out);

#endif
