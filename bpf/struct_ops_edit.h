/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_STRUCT_OPS_EDIT_H
#define BPFVIEW_STRUCT_OPS_EDIT_H

#include "span.h"

#include <stdint.h>

/*
 * Registers every struct_ops map of an object file, whose programs of other types are left out.
 *
 * Those of .struct_ops stay registered by themselves.  Those of .struct_ops.link are registered by
 * a link, which is pinned as LINK_DIR/MAP (a folder in a bpffs, made if need be; relative ones are
 * below its root), or with no LINK_DIR as pin_keep() does.  Appends a line for each: "id N name MAP
 * [link N pinned PATH]".  0, or -errno with words, what libbpf and the verifier say among them, and
 * all undone.
 */
int struct_ops_register(const struct buf *elf, const char *name, struct span link_dir,
			struct buf *answer, struct problem *why);

/* Unregisters one: detaches its links, or takes it back if it is registered by itself.  Our own
 * pins of its links go too.  0, or -errno with words (-ENOENT: it is not registered). */
int struct_ops_unregister(uint32_t map_id, struct problem *why);

#endif
