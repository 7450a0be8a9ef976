/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_KIND_ENUM_H
#define BPFVIEW_KIND_ENUM_H

/* The kinds of BPF objects that have ids; BPF programs, which have no libc headers, use them too.
 */
enum kind { KIND_PROG, KIND_MAP, KIND_LINK, KIND_BTF, KIND_COUNT };

#endif
