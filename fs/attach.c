// SPDX-License-Identifier: GPL-2.0-or-later
#include "attach.h"

#include "../bpf/attach.h"
#include "../bpf/linkedit.h"
#include "given.h"

#include <errno.h>
#include <string.h>

static struct span line_of(const struct command *c)
{
	return span_of(c->line, strlen(c->line));
}

/* Files that a command names are its writer's. */
struct writers_files {
	struct attach_files files;
	const struct writer *who;
};

static int open_file(const struct attach_files *files, struct span path, struct problem *why)
{
	return given_open(((const struct writers_files *)files)->who, path, why);
}

int attach_program(const struct place *p, struct command *c)
{
	struct writers_files f = {{open_file}, &c->who};

	return prog_attach((uint32_t)p->id, line_of(c), &f.files, &c->answer, &c->why);
}

int detach_program(const struct place *p, struct command *c)
{
	return prog_detach((uint32_t)p->id, line_of(c), &c->why);
}

int update_link(const struct place *p, struct command *c)
{
	return link_update((uint32_t)p->id, line_of(c), &c->why);
}

int detach_link(const struct place *p, struct command *c)
{
	if (!span_is(span_trim(line_of(c)), "1"))
		return problem(&c->why, -EINVAL, c->line, "1 is expected");
	return link_end((uint32_t)p->id, &c->why);
}
