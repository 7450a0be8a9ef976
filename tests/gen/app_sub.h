/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef APP_SUB_H
#define APP_SUB_H

struct bpf_object;

/* What the library of app_sub_library.c does before its object is loaded, and after. */
int library_set(struct bpf_object *object);
int library_run(struct bpf_object *object);

#endif
