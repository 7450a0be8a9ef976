// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuse_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct writer request_writer(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct writer){ctx->pid, ctx->uid};
}

static bool is_slow(fuse_ino_t node)
{
	struct node_info info;

	return !tree_info(node, &info) && info.row && info.row->slow;
}

void submit(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *fi, size_t size,
	    off_t offset, const char *text, size_t len, void (*run)(struct job *job))
{
	struct request *r = malloc(sizeof(*r) + len + 1);

	if (!r) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*r = (struct request){.job = {.run = run, .slow = is_slow(node)},
			      .req = req,
			      .node = node,
			      .size = size,
			      .offset = offset,
			      .writer = request_writer(req)};
	if (fi)
		r->fi = *fi;
	if (len)
		memcpy(r->text, text, len);
	r->text[len] = '\0';
	workers_submit(&r->job);
}
