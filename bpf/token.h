/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TOKEN_H
#define BPFVIEW_TOKEN_H

#include "doc.h"

/* What mounts of bpffs delegate to whoever makes a BPF token of them (mount options delegate_cmds,
 * delegate_maps, delegate_progs, delegate_attachs, since Linux 6.9), with the keys of `bpftool -j
 * token list`.  Mounts that delegate nothing are left out.  0 or -errno. */
int token_list(enum doc_form form, struct buf *out);

#endif
