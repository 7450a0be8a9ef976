// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_impl.h"

#include <errno.h>
#include <string.h>

/*
 * Settings are records of three NUL-terminated texts: the name of the field (that of its number, so
 * that other versions understand it), of the map or program it is of, and what it was set to.
 */
enum { MOST_SETTINGS = 4 << 20 };

static const char VARIABLE[] = "variable";

static const char *const NAMES[] = {
#define X(NAME, name, usage, help) [OBJECT_##NAME] = #NAME,
    OBJECT_FIELDS(X) OBJECT_MAP_FIELDS(X) OBJECT_PROG_FIELDS(X)
#undef X
};

enum { FIELDS = sizeof(NAMES) / sizeof(NAMES[0]) };

static const char *name_of(int field)
{
	return field == OBJECT_VARIABLE ? VARIABLE : NAMES[field];
}

struct record {
	const char *field, *item, *text;
};

/* The record at *at, which is moved on; false at the end. */
static bool next(const struct buf *settings, size_t *at, struct record *out)
{
	const char **texts[] = {&out->field, &out->item, &out->text};

	for (int i = 0; i < 3; i++) {
		const char *begin = settings->data + *at;
		const char *end =
		    *at < settings->len ? memchr(begin, '\0', settings->len - *at) : NULL;

		if (!end)
			return false;
		*texts[i] = begin;
		*at += (size_t)(end + 1 - begin);
	}
	return true;
}

/* What a field was set to before counts no more; of a variable it may have been another part. */
static void forget(struct buf *settings, const char *field, const char *item)
{
	struct buf rest = {};
	struct record r;
	size_t begin, at = 0;

	for (begin = 0; next(settings, &at, &r); begin = at)
		if (strcmp(r.field, field) != 0 || strcmp(r.item, item) != 0)
			buf_add(&rest, settings->data + begin, at - begin);
	if (rest.err) {
		buf_free(&rest);
		return;
	}
	buf_free(settings);
	*settings = rest;
}

int settings_add(struct buf *settings, int field, const char *item, struct span text,
		 struct problem *why)
{
	if (field != OBJECT_VARIABLE)
		forget(settings, name_of(field), item);
	if (settings->len + span_len(text) > MOST_SETTINGS)
		return problem(why, -E2BIG, NULL, "more than %d MiB of settings",
			       MOST_SETTINGS >> 20);
	buf_str(settings, name_of(field));
	buf_char(settings, '\0');
	buf_str(settings, item);
	buf_char(settings, '\0');
	buf_add(settings, text.at, span_len(text));
	buf_char(settings, '\0');
	return settings->err;
}

const char *settings_get(const struct buf *settings, enum object_field field, const char *item)
{
	const char *found = NULL;
	struct record r;
	size_t at = 0;

	while (next(settings, &at, &r))
		if (!strcmp(r.field, NAMES[field]) && !strcmp(r.item, item))
			found = r.text;
	return found;
}

static int apply(struct object *o, const struct record *r, struct problem *why)
{
	struct span text = span_of(r->text, strlen(r->text));

	if (!strcmp(r->field, VARIABLE))
		return object_apply_var(o, r->item, text, why);
	for (int i = 0; i < FIELDS; i++)
		if (!strcmp(r->field, NAMES[i]))
			return object_apply(o, (enum object_field)i, r->item, text, why);
	return 0; /* another version's */
}

/* Of what is loaded, variables have values of their own by now, and what the settings spoke of may
 * be gone. */
static bool counts_no_more(const struct object *o, const struct record *r)
{
	return o->kept &&
	       (!strcmp(r->field, VARIABLE) || !strcmp(r->field, NAMES[OBJECT_MAP_REUSE]));
}

int settings_apply(struct object *o, struct problem *why)
{
	struct record r;
	size_t at = 0;
	int err = 0;

	while (!err && next(&o->settings, &at, &r))
		if (!counts_no_more(o, &r))
			err = apply(o, &r, why);
	if (o->kept)
		err = 0;
	if (err && why)
		why->at = NULL; /* it is not in what was written now */
	return err;
}
