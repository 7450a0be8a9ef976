// SPDX-License-Identifier: GPL-2.0-or-later
#include "maprestore.h"

#include "mapbatch.h"
#include "mapedit.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { LONGEST_ENTRY = 256 << 20 };

/* Where in the text we are. */
enum state {
	BEFORE,	 /* nothing has come */
	BETWEEN, /* entries */
	INSIDE,	 /* an entry */
	AFTER,	 /* the array has ended */
};

struct maprestore {
	struct mapedit map;
	struct mapbatch *batch;
	enum state state;
	bool array;	    /* the entries are in one */
	unsigned int depth; /* of braces and brackets in an entry */
	bool string, escape;
	struct buf entry; /* what has come of it */
	uint64_t number, line;
};

int maprestore_open(uint32_t map_id, struct maprestore **out)
{
	struct maprestore *r = calloc(1, sizeof(*r));
	int err = r ? mapedit_open(map_id, &r->map, NULL) : -ENOMEM;

	if (!err)
		err = mapbatch_open(&r->map, &r->batch);
	if (err) {
		maprestore_close(r);
		return err;
	}
	r->line = 1;
	*out = r;
	return 0;
}

void maprestore_close(struct maprestore *r)
{
	if (!r)
		return;
	mapbatch_close(r->batch);
	mapedit_close(&r->map);
	buf_free(&r->entry);
	free(r);
}

uint64_t maprestore_written(const struct maprestore *r)
{
	return mapbatch_written(r->batch);
}

/* --- one entry --- */

/* What an entry's object has; empty where it does not. */
struct parts {
	struct span key, value, key_bytes, value_bytes, inner, error;
};

static int keep_part(struct parts *p, struct span name, struct span value, struct problem *why)
{
	static const struct {
		const char *name;
		size_t len, part;
	} known[] = {
#define PART(name, member) {"\"" name "\"", sizeof(name) + 1, offsetof(struct parts, member)}
	    PART("key", key),
	    PART("value", value),
	    PART("values", value),
	    PART("key_bytes", key_bytes),
	    PART("value_bytes", value_bytes),
	    PART("inner_map_id", inner),
	    PART("error", error),
	    PART("skipped", error),
#undef PART
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (span_len(name) == known[i].len &&
		    !memcmp(name.at, known[i].name, known[i].len)) {
			struct span *part = (struct span *)((char *)p + known[i].part);

			if (part->at)
				return problem(why, -EINVAL, name.at, "it is given twice");
			*part = value;
			return 0;
		}
	return 0;
}

/* Takes an entry's object. */
static int split(struct span *text, struct parts *out, struct problem *why)
{
	struct span name, value;
	int err;

	*out = (struct parts){};
	if (!span_take(text, '{'))
		return problem(why, -EINVAL, text->at, "an object in {braces} is expected");
	do {
		span_blanks(text);
		err = span_string(text, &name, why);
		if (!err && !span_take(text, ':'))
			err = problem(why, -EINVAL, text->at, "a colon is expected");
		if (!err)
			err = span_value(text, &value, why);
		if (!err)
			err = keep_part(out, name, value, why);
	} while (!err && span_take(text, ','));
	if (!err && !span_take(text, '}'))
		err = problem(why, -EINVAL, text->at, "a comma or } is expected");
	return err;
}

/* Whether the dump says that there was nothing to be read. */
static bool is_empty_slot(struct span value)
{
	struct span name;

	return span_take(&value, '{') && (span_blanks(&value), 1) &&
	       !span_string(&value, &name, NULL) && span_is(name, "\"error\"");
}

static int put_entry(struct maprestore *r, struct span text, const struct parts *p,
		     struct problem *why)
{
	struct span key = p->key_bytes.at ? p->key_bytes : p->key, value = p->value;

	if (p->error.at)
		return problem(why, -EINVAL, p->error.at,
			       "the dump says that it is not complete: %.*s",
			       (int)span_len(p->error), p->error.at);
	if (!p->key.at || !p->value.at)
		return problem(why, -EINVAL, text.at, "\"key\" and \"value\" are expected");
	if (is_empty_slot(value))
		return 0;
	if (p->inner.at)
		value = p->inner;
	else if (p->value_bytes.at)
		value = p->value_bytes;
	return mapbatch_add(r->batch, key, value, why);
}

/* The place of a complaint is somewhere in a long text: say it in words. */
static int explain(struct maprestore *r, struct span text, int err, struct problem *why)
{
	struct buf words __buf_free = {};
	enum { SHOWN = 40 };

	if (!why)
		return err;
	buf_printf(&words, "entry %llu, line %llu: ", (unsigned long long)r->number,
		   (unsigned long long)r->line);
	buf_add(&words, why->words.data, why->words.len);
	if (why->at && why->at >= text.at && why->at < text.end) {
		size_t left = (size_t)(text.end - why->at);

		buf_printf(&words, ", at: %.*s", (int)(left < SHOWN ? left : SHOWN), why->at);
	}
	return problem(why, err, NULL, "%s", buf_cstr(&words));
}

/* Takes an entry that begins here if all of it is there and as it should be, without looking for
 * its end first.  Its length, 0 when it must be looked at more closely, or -errno. */
static ssize_t take_whole(struct maprestore *r, struct span text, struct problem *why)
{
	struct span rest = text;
	struct parts p;
	int err;

	if (split(&rest, &p, NULL))
		return 0;
	text.end = rest.at;
	for (const char *c = text.at; (c = memchr(c, '\n', (size_t)(text.end - c))); c++)
		r->line++;
	r->number++;
	r->state = BETWEEN;
	err = put_entry(r, text, &p, why);
	return err ? explain(r, text, err, why) : (ssize_t)span_len(text);
}

/* The text of an entry is all there: `text`, or behind what came before. */
static int end_entry(struct maprestore *r, struct span text, struct problem *why)
{
	struct parts p;
	struct span rest;
	int err;

	r->number++;
	r->state = BETWEEN;
	if (r->entry.len) {
		buf_add(&r->entry, text.at, span_len(text));
		text = span_of(r->entry.data, r->entry.len);
	}
	rest = text;
	err = r->entry.err;
	if (!err)
		err = split(&rest, &p, why);
	if (!err)
		err = put_entry(r, text, &p, why);
	if (err)
		return explain(r, text, err, why);
	buf_reset(&r->entry);
	return 0;
}

/* Keeps the beginning of an entry for what comes next. */
static int keep_beginning(struct maprestore *r, struct span text, struct problem *why)
{
	if (r->entry.len + span_len(text) > LONGEST_ENTRY)
		return problem(why, -E2BIG, NULL, "entry %llu does not end",
			       (unsigned long long)r->number + 1);
	buf_add(&r->entry, text.at, span_len(text));
	return r->entry.err;
}

/* --- the text around entries --- */

/* Takes a character that is in no entry: 0 or -errno. */
static int take_between(struct maprestore *r, char c, struct problem *why)
{
	if (c == '\n')
		r->line++;
	if (strchr(" \t\r\n", c))
		return 0;
	if (c == '[' && r->state == BEFORE) {
		r->array = true;
		r->state = BETWEEN;
		return 0;
	}
	if (c == ',' && r->state == BETWEEN)
		return 0;
	if (c == ']' && r->state == BETWEEN && r->array) {
		r->state = AFTER;
		return mapbatch_flush(r->batch, why);
	}
	return problem(why, -EINVAL, NULL, "line %llu: an array of entries is expected, not '%c'",
		       (unsigned long long)r->line, c >= ' ' && c < 0x7f ? c : '?');
}

/* How much of the text belongs to the entry that has begun; *end: that was all of it. */
static size_t scan_entry(struct maprestore *r, const char *text, size_t len, bool *end)
{
	size_t n = 0;

	static const bool special[256] = {['\n'] = true, ['"'] = true, ['\\'] = true, ['{'] = true,
					  ['}'] = true,	 ['['] = true, [']'] = true};

	*end = false;
	for (; n < len && !*end; n++) {
		char c = text[n];

		if (!special[(unsigned char)c] && !r->escape)
			continue;
		if (c == '\n')
			r->line++;
		if (r->escape)
			r->escape = false;
		else if (r->string && c == '\\')
			r->escape = true;
		else if (c == '"')
			r->string = !r->string;
		else if (!r->string && (c == '{' || c == '['))
			r->depth++;
		else if (!r->string && (c == '}' || c == ']'))
			*end = !--r->depth;
	}
	return n;
}

/* Takes some of the text: how much, or -errno. */
static ssize_t take_some(struct maprestore *r, struct span text, struct problem *why)
{
	bool end;
	size_t n;
	int err;

	if (r->state == INSIDE) {
		n = scan_entry(r, text.at, span_len(text), &end);
		text.end = text.at + n;
		err = end ? end_entry(r, text, why) : keep_beginning(r, text, why);
		return err ? err : (ssize_t)n;
	}
	if (*text.at == '{' && r->state != AFTER) {
		ssize_t whole = take_whole(r, text, why);

		if (whole)
			return whole;
		r->state = INSIDE;
		r->depth = 0;
		return 0;
	}
	err = take_between(r, *text.at, why);
	return err ? err : 1;
}

int maprestore_write(struct maprestore *r, const char *text, size_t len, struct problem *why)
{
	struct span rest = span_of(text, len);

	while (rest.at < rest.end) {
		ssize_t n = take_some(r, rest, why);

		if (n < 0) { /* all entries before a wrong one are in the map */
			mapbatch_flush(r->batch, NULL);
			return (int)n;
		}
		rest.at += n;
	}
	return 0;
}

int maprestore_flush(struct maprestore *r, struct problem *why)
{
	int err = mapbatch_flush(r->batch, why);

	if (err)
		return err;
	if (r->state == AFTER || (r->state == BETWEEN && !r->array))
		return 0;
	return problem(why, -EINVAL, NULL,
		       "the text ends in the middle, behind entry %llu, line %llu",
		       (unsigned long long)r->number, (unsigned long long)r->line);
}
