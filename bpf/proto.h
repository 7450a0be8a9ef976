/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PROTO_H
#define BPFVIEW_PROTO_H

#include "buf.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Appends the declaration of a BTF type on one line, spaced as bpftool spaces it: for a FUNC its
 * prototype, `int xdp_pass(struct xdp_md * ctx)`.  Returns false, with nothing appended, when the
 * BTF is NULL or broken or nests too deep.
 */
bool proto_render(const struct btf *btf, uint32_t type_id, struct buf *out);

#endif
