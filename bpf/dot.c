// SPDX-License-Identifier: GPL-2.0-or-later
#include "dot.h"

#include "confined.h"

#include <errno.h>
#include <unistd.h>

const char *dot_path(void)
{
	/* not $PATH: the daemon runs as root, whoever has set its environment */
	static const char *const paths[] = {"/usr/bin/dot", "/usr/local/bin/dot", NULL};
	const char *const *path = paths;

	while (*path && access(*path, X_OK))
		path++;
	return *path;
}

int dot_to_svg(const struct buf *graph, struct buf *out)
{
	static const struct confined_limits limits = {.ms = 10000, .output = 64 << 20};
	const char *argv[] = {dot_path(), "-Tsvg", NULL};

	return argv[0] ? confined_run(argv, graph, &limits, out) : -EOPNOTSUPP;
}
