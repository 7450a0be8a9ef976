// SPDX-License-Identifier: GPL-2.0-or-later
#include "fdinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 2048 };

int fdinfo_read(int fd, struct buf *out)
{
	char path[40];
	ssize_t n = 0;
	int in;

	buf_reset(out);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	in = open(path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return -errno;
	/* one read is enough but for what does not fit: procfs hands over a whole page */
	do {
		out->len += (size_t)n;
		n = buf_room(out, CHUNK) ? read(in, out->data + out->len, CHUNK) : -1;
	} while (n == CHUNK);
	if (n > 0)
		out->len += (size_t)n;
	if (n < 0 && !out->err)
		out->err = -errno;
	close(in);
	return out->err;
}

bool fdinfo_u64(struct buf *text, const char *key, uint64_t *out)
{
	const char *line = buf_cstr(text);
	size_t len = strlen(key);

	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == ':') {
			*out = strtoull(line + len + 1, NULL, 0);
			return true;
		}
	}
	return false;
}
