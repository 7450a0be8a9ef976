// SPDX-License-Identifier: GPL-2.0-or-later
#include "skeleton_impl.h"
#include <errno.h>

int skeleton_light(struct skeleton *s, struct problem *why)
{
	(void)s;
	return problem(why, -EOPNOTSUPP, NULL, "not yet");
}
