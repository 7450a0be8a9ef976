// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse.h"
#include "manual.h"
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
	static const struct tree_options whole_tree;
	struct options o;
	int status;

	tree_init(&whole_tree);
	if (options_parse(argc, argv, &o))
		status = 2;
	else if (o.help)
		status = print(options_help);
	else if (o.version)
		status = print(version_text);
	else if (o.tree_page)
		status = print(manual_tree_page);
	else
		status = fuse_serve(argv[0], &o);
	options_free(&o);
	return status;
}
