// SPDX-License-Identifier: GPL-2.0-or-later
#include "written.h"

#include <errno.h>
#include <string.h>

enum { PIECE = 4096, MOST_HELD = 64 << 20 };

/* Records how something that was asked of a file ended. */
static void record(const struct place *p, const struct writer *who, const char *line, int err,
		   const struct problem *why, const struct buf *answer)
{
	struct buf path __buf_free = {};

	tree_path(p->node, &path);
	outcome_add(who, buf_cstr(&path), line, err, why, answer);
}

/* A failure that is not a command's. */
static int refuse(const struct place *p, const struct writer *who, const char *line, int err,
		  const char *words)
{
	struct problem why = {};

	problem(&why, err, NULL, "%s", words);
	record(p, who, line, err, &why, NULL);
	problem_free(&why);
	return err;
}

static int run(const struct place *p, const struct writer *who, const char *line,
	       struct buf *answer)
{
	struct command c = {.who = *who, .line = line};
	int err = errno_known(p->row->command(p, &c));

	record(p, who, line, err, &c.why, &c.answer);
	buf_reset(answer);
	if (!err)
		buf_add(answer, c.answer.data, c.answer.len);
	problem_free(&c.why);
	buf_free(&c.answer);
	return err;
}

/* Runs a NUL-terminated text, in which it puts NULs. */
static int run_lines(const struct place *p, const struct writer *who, char *text, size_t len,
		     struct buf *answer)
{
	char *line, *end;
	int err = 0;

	if (memchr(text, '\0', len))
		return refuse(p, who, text, -EINVAL, "the text has a NUL byte in it");
	if (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (p->row->whole)
		return run(p, who, text, answer);
	for (line = text; line && !err; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		/* blank lines between commands say nothing; a blank line alone is a command */
		if (*line || (line == text && !end))
			err = run(p, who, line, answer);
	}
	return err;
}

/* How much of the text is to be run now: not a last line that goes on in the next piece. */
static size_t complete(const struct place *p, const char *text, size_t len, bool piece)
{
	const char *end;

	if (!piece)
		return len;
	end = p->row->whole ? NULL : memrchr(text, '\n', len);
	return end ? (size_t)(end + 1 - text) : 0;
}

static int write_commands(struct written *w, const struct place *p, const struct writer *who,
			  const char *text, size_t len, struct buf *answer)
{
	bool cut = len % PIECE == 0 || len > WRITE_MOST - PIECE;
	bool piece = len && cut && text[len - 1] != '\n';
	struct buf now __buf_free = {};
	bool pieces = piece || w->held.len;
	size_t n;
	int err = 0;

	if (w->err)
		return w->err;
	buf_add(&now, w->held.data, w->held.len);
	buf_add(&now, text, len);
	buf_reset(&w->held);
	n = complete(p, now.data, now.len, piece);
	buf_add(&w->held, now.data + n, now.len - n);
	if (w->held.len > MOST_HELD) {
		buf_free(&w->held);
		return w->err = refuse(p, who, "", -E2BIG, "a command of more than 64 MiB");
	}
	now.len = n;
	buf_cstr(&now);
	if (now.err || w->held.err)
		return -ENOMEM;
	if (n || !piece)
		err = run_lines(p, who, now.data, n, answer);
	if (err) {
		buf_reset(&w->held);
		w->err = pieces ? err : 0;
	}
	return err;
}

/* --- sinks --- */

static void report_sink(struct written *w, const struct place *p, const struct writer *who,
			struct problem *why)
{
	struct buf done __buf_free = {};

	if (w->sink)
		p->row->sink->report(w->sink, &done);
	if (w->err && done.len)
		buf_printf(&why->words, "%s%s", why->words.len ? "; " : "", buf_cstr(&done));
	record(p, who, "", w->err, why, w->err ? NULL : &done);
}

static int write_sink(struct written *w, const struct place *p, const struct writer *who,
		      const char *text, size_t len)
{
	struct problem why = {};

	if (w->err)
		return w->err;
	if (!w->sink)
		w->err = p->row->sink->open(p, &w->sink);
	if (!w->err)
		w->err = errno_known(p->row->sink->write(w->sink, text, len, &why));
	if (w->err)
		report_sink(w, p, who, &why);
	problem_free(&why);
	return w->err;
}

int written_write(struct written *w, const struct place *p, const struct writer *who,
		  const char *text, size_t len, struct buf *answer)
{
	w->begun = true;
	if (p->row->sink)
		return write_sink(w, p, who, text, len);
	return write_commands(w, p, who, text, len, answer);
}

int written_flush(struct written *w, const struct place *p)
{
	if (w->held.len)
		return -EINVAL;
	/* of a write in pieces the program may have been told the length of the first ones */
	if (w->err)
		return w->err;
	return w->sink ? p->row->sink->flush(w->sink, NULL) : 0;
}

void written_close(struct written *w, const struct place *p, const struct writer *who)
{
	struct problem why = {};

	if (w->held.len)
		refuse(p, who, buf_cstr(&w->held), -EINVAL,
		       "the text ends in the middle: long text must end with a newline");
	if (w->sink && !w->err) {
		w->err = p->row->sink->flush(w->sink, &why);
		report_sink(w, p, who, &why);
	}
	if (w->sink)
		p->row->sink->close(w->sink);
	problem_free(&why);
	buf_free(&w->held);
}
