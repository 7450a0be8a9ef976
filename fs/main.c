// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse.h"
#include "root.h"

#include <stdio.h>

static int print(void (*fill)(struct buf *out))
{
	struct buf text __buf_free = {};

	fill(&text);
	return fwrite(text.data, 1, text.len, stdout) == text.len && !fflush(stdout) ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options o;
	int status;

	if (options_parse(argc, argv, &o))
		status = 2;
	else if (o.help)
		status = print(options_help);
	else if (o.version)
		status = print(version_text);
	else
		status = fuse_serve(argv[0], &o);
	options_free(&o);
	return status;
}
