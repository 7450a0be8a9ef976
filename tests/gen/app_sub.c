// SPDX-License-Identifier: GPL-2.0-or-later
/* An application on skel_other.bpf.c and skel.bpf.c in one object; it leaves the latter to a
 * library. */
#include "skel_types.h"

#include SKELETON

#include "app_sub.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
	struct whole *s = whole__open();
	int err = s ? library_set(s->obj) : -errno;

	if (!err)
		err = whole__load(s);
	if (!err)
		err = library_run(s->obj);
	if (err)
		printf("%s\n", strerror(-err));
	else
		printf("corner %d first %ld\n", s->data->corner.x, s->data->first_data[1]);
	whole__destroy(s);
	return err != 0;
}
