// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A stream that ends within the first is a snapshot of known size; the rest comes in steps. */
enum { STREAM_FIRST = 1 << 20, STREAM_STEP = 64 << 10, FINGERPRINTED = 16 << 10 };

struct file {
	uint64_t node;
	struct place place;
	pthread_mutex_t lock; /* streams: one reader at a time */
	struct buf content;   /* the snapshot, or the part of a stream from `start` on */
	uint64_t start;
	const struct stream_type *stream; /* open, with its state; NULL: ended */
	void *state;
	bool whole; /* content is all there will ever be */
};

static int stream_open(struct file *f)
{
	const struct stream_type *stream = f->place.row->stream;
	int err = stream->open(&f->place, &f->state);

	buf_reset(&f->content);
	f->start = 0;
	f->stream = err ? NULL : stream;
	return err;
}

static void stream_close(struct file *f)
{
	if (f->stream)
		f->stream->close(f->state);
	f->stream = NULL;
}

/* Makes the stream until `end` is in reach, dropping what lies before `keep`. */
static int stream_until(struct file *f, uint64_t keep, uint64_t end)
{
	while (f->stream && f->start + f->content.len < end) {
		int more;

		if (keep > f->start) {
			uint64_t drop = keep - f->start;

			if (drop > f->content.len)
				drop = f->content.len;
			buf_consume(&f->content, drop);
			f->start += drop;
		}
		more = f->stream->more(f->state, &f->content, STREAM_STEP);
		if (f->content.err)
			more = f->content.err;
		if (more <= 0)
			stream_close(f);
		if (more < 0)
			return more;
	}
	return 0;
}

static int stream_read(struct file *f, uint64_t offset, size_t size, struct buf *scratch)
{
	int err = 0;

	pthread_mutex_lock(&f->lock);
	if (offset < f->start) { /* read backwards: from the beginning again */
		stream_close(f);
		err = stream_open(f);
	}
	if (!err)
		err = stream_until(f, offset, offset + size);
	if (!err && offset < f->start + f->content.len) {
		size_t at = offset - f->start, rest = f->content.len - at;

		buf_add(scratch, f->content.data + at, rest < size ? rest : size);
		err = scratch->err;
	}
	pthread_mutex_unlock(&f->lock);
	return err;
}

static int render(struct file *f)
{
	const struct row *row = f->place.row;
	int err;

	if (row->type == ROW_STREAM) {
		err = stream_open(f);
		if (!err)
			err = stream_until(f, 0, STREAM_FIRST);
		f->whole = !f->stream;
		return err;
	}
	f->whole = true;
	if (row->type != ROW_FILE)
		return -EINVAL;
	err = row->show(&f->place, &f->content);
	return err ? err : f->content.err;
}

int file_open(uint64_t node, bool readable, struct file **out)
{
	struct file *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	f->node = node;
	pthread_mutex_init(&f->lock, NULL);
	err = tree_place(node, &f->place);
	if (!err && !f->place.row)
		err = -EISDIR;
	if (!err && readable)
		err = render(f);
	if (err) {
		file_close(f);
		return err;
	}
	*out = f;
	return 0;
}

void file_close(struct file *f)
{
	stream_close(f);
	pthread_mutex_destroy(&f->lock);
	buf_free(&f->content);
	free(f);
}

bool file_is_whole(const struct file *f, uint64_t *size)
{
	*size = f->content.len;
	return f->whole;
}

uint64_t file_fingerprint(const struct file *f)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	if (!f->whole || f->content.len > FINGERPRINTED)
		return 0;
	for (size_t i = 0; i < f->content.len; i++)
		h = (h ^ (unsigned char)f->content.data[i]) * 0x100000001b3;
	return h;
}

int file_read(struct file *f, uint64_t offset, size_t size, struct buf *scratch, const char **data,
	      size_t *len)
{
	*len = 0;
	if (!f->whole) {
		int err = stream_read(f, offset, size, scratch);

		*data = scratch->data;
		*len = scratch->len;
		return err;
	}
	if (offset < f->content.len) {
		*data = f->content.data + offset;
		*len = f->content.len - offset < size ? f->content.len - offset : size;
	}
	return 0;
}

/* Records a failure and returns its errno. */
static int fail(const struct file *f, const struct writer *who, const char *line, int err,
		const struct problem *why)
{
	struct buf path __buf_free = {};

	tree_path(f->node, &path);
	error_log_add(who, buf_cstr(&path), line, err, why);
	return err;
}

static int run_command(const struct file *f, const struct writer *who, const char *line)
{
	struct problem why = {};
	int err = f->place.row->command(&f->place, line, &why);

	if (err)
		fail(f, who, line, err, &why);
	buf_free(&why.words);
	return err;
}

int file_write(struct file *f, const struct writer *who, const char *text, size_t len)
{
	struct buf copy __buf_free = {};
	char *line, *end;
	int err = 0;

	if (!f->place.row->command)
		return -EACCES;
	buf_add(&copy, text, len);
	buf_cstr(&copy);
	if (copy.err)
		return copy.err;
	if (memchr(copy.data, '\0', len)) {
		struct problem why = {};

		err = problem(&why, -EINVAL, NULL, "the text has a NUL byte in it");
		fail(f, who, copy.data, err, &why);
		buf_free(&why.words);
		return err;
	}
	if (len && copy.data[len - 1] == '\n')
		copy.data[len - 1] = '\0';
	for (line = copy.data; line && !err; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		/* blank lines between commands say nothing; a blank line alone is a command */
		if (*line || (line == copy.data && !end))
			err = run_command(f, who, line);
	}
	return err;
}
