// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include "change.h"
#include "written.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
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
	bool readable;
	bool made; /* by this opening */
	bool left; /* who closed it last did so by dying */
	struct writer who;
	struct written written;
	uint64_t answer_at; /* at which offset the answer to what was written begins */
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

/* Makes what lies between, and drops what lies before. */
static int stream_reach(struct file *f, uint64_t offset, uint64_t end)
{
	int err = 0;

	if (offset < f->start) { /* read backwards: from the beginning again */
		stream_close(f);
		err = stream_open(f);
	}
	return err ? err : stream_until(f, offset, end);
}

static int stream_read(struct file *f, uint64_t offset, size_t size, struct buf *scratch)
{
	int err;

	pthread_mutex_lock(&f->lock);
	err = stream_reach(f, offset, offset + size);
	if (!err && offset < f->start + f->content.len) {
		size_t at = offset - f->start, rest = f->content.len - at;

		buf_add(scratch, f->content.data + at, rest < size ? rest : size);
		err = scratch->err;
	}
	pthread_mutex_unlock(&f->lock);
	return err;
}

/* What a command file takes, and how the last command ended. */
static int show_usage(struct file *f)
{
	const struct row *row = f->place.row;
	struct buf path __buf_free = {}, usage __buf_free = {};
	int err = tree_path(f->node, &path);

	if (row->verbs)
		verb_usage(row->verbs, &usage);
	else if (row->usage)
		buf_str(&usage, row->usage);
	buf_printf(&f->content, "%s\n", row->help);
	for (const char *line = buf_cstr(&usage), *end; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		buf_printf(&f->content, "usage: %.*s\n", (int)(end - line), line);
	}
	if (!err)
		outcome_show(buf_cstr(&path), &f->content);
	return err ? err : f->content.err;
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
	if (!row->show)
		return show_usage(f);
	err = row->show(&f->place, &f->content);
	return err ? err : f->content.err;
}

int file_open(uint64_t node, enum file_use use, struct file **out)
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
	f->readable = use == FILE_READ || use == FILE_READ_WRITE;
	f->made = use == FILE_MAKE;
	if (!err && f->readable)
		err = render(f);
	if (err) {
		file_close(f);
		return err;
	}
	*out = f;
	return 0;
}

/* A file that was made and closed with nothing written to it is there with no content; not so when
 * its maker died. */
static void close_written(struct file *f)
{
	if (f->made && !f->written.begun && !f->left)
		change_make(f->node, &f->who);
	written_close(&f->written, &f->place, &f->who);
}

void file_close(struct file *f)
{
	if (row_is_writable(f->place.row))
		close_written(f);
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

int file_exceeds(struct file *f, uint64_t offset, uint64_t *size)
{
	int more;

	pthread_mutex_lock(&f->lock);
	more = stream_reach(f, offset, *size + 1);
	if (!more)
		more = f->stream || f->start + f->content.len > *size;
	if (!more)
		*size = f->start + f->content.len;
	pthread_mutex_unlock(&f->lock);
	return more;
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
	/* Who writes and then reads goes on from where the text ended; who begins anew at 0 may do
	 * so too. */
	if (offset < f->answer_at)
		f->answer_at = 0;
	offset -= f->answer_at;
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

int file_write(struct file *f, const struct writer *who, uint64_t offset, const char *text,
	       size_t len)
{
	struct buf answer __buf_free = {};
	int err;

	if (!row_is_writable(f->place.row))
		return -EACCES;
	pthread_mutex_lock(&f->lock);
	f->who = *who;
	err = written_write(&f->written, &f->place, who, text, len, &answer);
	if (f->readable && !err) {
		stream_close(f);
		buf_reset(&f->content);
		buf_add(&f->content, answer.data, answer.len);
		f->whole = true;
		f->answer_at = offset + len;
	}
	pthread_mutex_unlock(&f->lock);
	return err;
}

/* A dying process's files are closed for it. */
static bool is_leaving(pid_t pid)
{
	enum { PF_EXITING = 4 }; /* linux/sched.h; proc_pid_stat(5), flags */
	char path[40], line[512], *at;
	unsigned long flags = PF_EXITING;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return true;
	at = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	if (at)
		sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %lu", &flags);
	fclose(f);
	return flags & PF_EXITING;
}

int file_flush(struct file *f, const struct writer *who)
{
	int err;

	pthread_mutex_lock(&f->lock);
	f->who = *who;
	f->left = f->made && !f->written.begun && is_leaving(who->pid);
	err = written_flush(&f->written, &f->place);
	pthread_mutex_unlock(&f->lock);
	return err;
}
