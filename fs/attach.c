// SPDX-License-Identifier: GPL-2.0-or-later
#include "attach.h"

#include "../bpf/attach.h"
#include "../bpf/linkedit.h"
#include "command.h"
#include "given.h"

#include <errno.h>
#include <string.h>

int attach_program(const struct place *p, struct command *c)
{
	const struct given_files given = given_files(&c->who);

	return prog_attach((uint32_t)p->id, command_words(c), &given.files, &c->answer, &c->why);
}

int detach_program(const struct place *p, struct command *c)
{
	return prog_detach((uint32_t)p->id, command_words(c), &c->why);
}

int update_link(const struct place *p, struct command *c)
{
	return link_update((uint32_t)p->id, command_words(c), &c->why);
}

int detach_link(const struct place *p, struct command *c)
{
	int err = command_is_1(c);

	return err ? err : link_end((uint32_t)p->id, &c->why);
}
