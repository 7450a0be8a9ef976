/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_HOLDERS_PROC_H
#define BPFVIEW_HOLDERS_PROC_H

#include "buf.h"

/*
 * Appends a struct holders_record to `records` for each descriptor of a BPF object that any process
 * has open, in no order, found by walking /proc/PID/fd and reading /proc/PID/fdinfo
 * (Documentation/filesystems/proc.rst; the fields prog_id, map_id, link_id and btf_id).  Processes
 * that end meanwhile are left out.  0 or -errno.
 */
int holders_walk_proc(struct buf *records);

#endif
