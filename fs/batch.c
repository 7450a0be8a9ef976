// SPDX-License-Identifier: GPL-2.0-or-later
#include "batch.h"

#include "../bpf/span.h"
#include "file.h"

#include <errno.h>
#include <string.h>

enum { MOST_LINKS = 16 };

/* --- paths --- */

/* A node on the way; `owned`: it was looked up and is to be forgotten. */
struct step {
	uint64_t node;
	const struct row *row;
	bool owned;
};

static void leave(const struct step *at)
{
	if (at->owned)
		tree_forget(at->node, 1);
}

static int walk(uint64_t from, struct span path, const struct writer *who, unsigned int links,
		struct step *out);

/* Goes where a symlink in `dir` leads. */
static int follow(uint64_t dir, const struct step *link, unsigned int links, struct step *out)
{
	struct buf target __buf_free = {};
	struct place p;
	int err = links ? tree_place(link->node, &p) : -ELOOP;

	if (!err)
		err = p.row->target(&p, &target);
	if (!err)
		err = target.err;
	return err ? err : walk(dir, span_of(target.data, target.len), NULL, links - 1, out);
}

/* One name further; what is not there is made if there is somebody to make it. */
static int go(uint64_t dir, const char *name, const struct writer *who, unsigned int links,
	      struct step *out)
{
	struct node_info found;
	struct step link;
	int err;

	if (!strcmp(name, "..")) {
		err = tree_info(tree_parent(dir), &found);
		*out = (struct step){found.node, found.row, false};
		return err;
	}
	err = tree_lookup(dir, name, &found);
	if (err == -ENOENT && who)
		err = tree_add(dir, name, who, &found);
	if (err) /* where nothing can be made it is just not there */
		return err == -EPERM ? -ENOENT : err;
	*out = (struct step){found.node, found.row, true};
	if (!found.row || found.row->type != ROW_LINK)
		return 0;
	link = *out;
	err = follow(dir, &link, links, out);
	leave(&link);
	return err;
}

/* The node of a path from a folder on, symlinks followed; `who` makes the last part if need be. */
static int walk(uint64_t from, struct span path, const struct writer *who, unsigned int links,
		struct step *out)
{
	char name[NAME_MAX + 1];
	int err = 0;

	*out = (struct step){.node = from};
	while (!err && path.at < path.end) {
		const char *end = memchr(path.at, '/', span_len(path));
		size_t len = (size_t)((end ? end : path.end) - path.at);
		struct step at = *out;

		if (len > NAME_MAX) {
			leave(&at);
			return -ENAMETOOLONG;
		}
		memcpy(name, path.at, len);
		name[len] = '\0';
		path.at = end ? end + 1 : path.end;
		if (!len || !strcmp(name, "."))
			continue;
		err = go(at.node, name, path.at == path.end ? who : NULL, links, out);
		leave(&at);
	}
	return err;
}

/* --- lines --- */

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
	struct step found;
	struct span path;
	int err = span_word(&line, &path, &c->why);

	if (err)
		return err;
	err = walk(ROOT_NODE, path, &c->who, MOST_LINKS, &found);
	if (err)
		return problem(&c->why, err, path.at, "%.*s: %s", (int)span_len(path), path.at,
			       strerrordesc_np(-err));
	if (!row_is_writable(found.row))
		err = problem(&c->why, -EACCES, path.at, "the file takes no writes");
	else
		err = write_to(found.node, &c->who, span_trim(line));
	leave(&found);
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
	struct span text = span_of(c->line, strlen(c->line));
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
