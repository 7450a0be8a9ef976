// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_rows.h"
#include "command.h"

#include "../bpf/object.h"

#include <errno.h>
#include <string.h>

int object_at(const struct place *p, struct object **out)
{
	struct place above;

	return tree_above(p, FOLDER_OBJECT_NAME, &above) ? object_get(above.name, out) : -ENOENT;
}

int object_at_or_say(const struct place *p, struct object **out, struct problem *why)
{
	int err = object_at(p, out);

	if (err == -EBUSY)
		problem(why, err, NULL, "somebody is at work with it");
	else if (err)
		problem_errno(why, err, "the object");
	return err;
}

int object_show_field(const struct place *p, struct buf *out)
{
	struct object *o;
	int err = object_at(p, &o);

	if (err)
		return err;
	err = object_show(o, (enum object_field)p->row->form, p->name, out, NULL);
	object_put(o);
	return err;
}

int object_set_field(const struct place *p, struct command *c)
{
	struct object *o;
	int err = object_at_or_say(p, &o, &c->why);

	if (err)
		return err;
	err = object_set(o, (enum object_field)p->row->form, p->name, command_words(c), &c->why);
	object_put(o);
	return err;
}

int object_do_step(const struct place *p, struct command *c,
		   int (*step)(struct object *o, const char *item, struct problem *why))
{
	struct object *o;
	int err = command_is_1(c);

	if (!err)
		err = object_at_or_say(p, &o, &c->why);
	if (err)
		return err;
	err = step(o, p->folder == FOLDER_OBJECT_NAME ? NULL : p->name, &c->why);
	object_put(o);
	return err;
}

int object_do_attach(const struct place *p, struct command *c)
{
	return object_do_step(p, c, object_attach);
}

int object_do_detach(const struct place *p, struct command *c)
{
	return object_do_step(p, c, object_detach);
}
