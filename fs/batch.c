// SPDX-License-Identifier: GPL-2.0-or-later
#include "batch.h"

#include "command.h"
#include "file.h"
#include "path.h"

#include <errno.h>
#include <string.h>

static int write_to(uint64_t node, const struct writer *who, struct span text)
{
	struct file *f;
	int err = file_open(node, FILE_WRITE, &f);

	if (err)
		return err;
	err = file_write(f, who, 0, text.at, span_len(text));
	if (!err)
		err = file_flush(f, who);
	file_close(f);
	return err;
}

static int run_line(struct span line, struct command *c)
{
	struct path_node found;
	struct span path;
	int err = span_word(&line, &path, &c->why);

	if (err)
		return err;
	err = path_walk(ROOT_NODE, path, &c->who, &found);
	if (err)
		return problem(&c->why, err, path.at, "%.*s: %s", (int)span_len(path), path.at,
			       strerrordesc_np(-err));
	if (!row_is_writable(found.row))
		err = problem(&c->why, -EACCES, path.at, "the file takes no writes");
	else
		err = write_to(found.node, &c->who, span_trim(line));
	path_leave(&found);
	if (err && !c->why.words.len)
		problem(&c->why, err, path.at,
			"%s; the entry before this one in error_log says why",
			strerrordesc_np(-err));
	return err;
}

/* Says which line it was, in front of what is wrong with it. */
static int number_line(struct command *c, unsigned int number, int err)
{
	struct buf words __buf_free = {};

	buf_add(&words, c->why.words.data, c->why.words.len);
	problem(&c->why, err, c->why.at, "line %u: %s; the lines before it are done", number,
		buf_cstr(&words));
	return err;
}

int batch_run(const struct place *p, struct command *c)
{
	struct span text = command_words(c);
	unsigned int number = 0;
	int err = 0;

	(void)p;
	while (!err && text.at < text.end) {
		struct span line = {text.at, memchr(text.at, '\n', span_len(text))};

		if (!line.end)
			line.end = text.end;
		text.at = line.end < text.end ? line.end + 1 : text.end;
		line = span_trim(line);
		number++;
		if (line.at == line.end || *line.at == '#')
			continue;
		err = run_line(line, c);
		buf_printf(&c->answer, "line %u: %s\n", number,
			   err ? strerrorname_np(-err) : "done");
		if (err)
			number_line(c, number, err);
	}
	return err;
}
