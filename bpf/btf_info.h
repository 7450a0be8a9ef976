/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BTF_INFO_H
#define BPFVIEW_BTF_INFO_H

#include "buf.h"

#include <linux/bpf.h>
#include <stdint.h>

/* What the kernel tells of a BTF object; its name replaces `name`'s content ("" for programs' own
 * BTF).  The blob itself is not read.  0 or -errno (-ENOENT: no such object). */
int btf_info_read(uint32_t id, struct bpf_btf_info *info, struct buf *name);

/* Appends the blob: the BTF as it was loaded, with its header (linux/btf.h).  0 or -errno. */
int btf_info_blob(uint32_t id, struct buf *out);

#endif
