/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SKEL_TYPES_H
#define SKEL_TYPES_H

/* What skel.bpf.c and the applications on it call by name. */
enum mood { CALM, CURIOUS = 7, CROSS = -1 };

struct point {
	int x, y;
};

struct tail {
	int n;
	short items[];
};

#endif
