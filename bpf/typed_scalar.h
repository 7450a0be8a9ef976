/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TYPED_SCALAR_H
#define BPFVIEW_TYPED_SCALAR_H

#include "span.h"
#include "typed_plan.h"

/* Puts what a token stands for into `data`, by an op without parts.  0, or -EINVAL,
 * -EOPNOTSUPP with words. */
int scalar_parse(const struct plan *p, const struct plan_op *op, struct span token, void *data,
		 struct problem *why);

/* An IPv4, IPv6 or MAC address for what has 4, 16 or 6 bytes; whether it was one. */
bool address_parse(struct span token, void *data, size_t size);

#endif
