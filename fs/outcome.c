// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Entries kept, and how much of each text: a writer must not be able to fill the memory. */
enum { KEPT = 32, LINE_KEPT = 1024, WORDS_KEPT = 1 << 20, LAST_KEPT = 64, LAST_WORDS = 64 << 10 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buf entries[KEPT];
static unsigned int first, count;

/* The last outcome of each of the files written to most recently. */
static struct last {
	char *path;
	struct buf text;
	uint64_t when; /* counts up */
} lasts[LAST_KEPT];
static uint64_t moment;

static void comm_of(pid_t pid, char comm[17])
{
	char path[40];
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(comm, 1, 16, f);
		fclose(f);
	}
	comm[n] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

static void add_time(struct buf *b)
{
	time_t now = time(NULL);
	char when[40];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", &tm);
	buf_str(b, when);
}

/* As many columns as characters: bytes of UTF-8 but for the first take none. */
static void add_printable(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_char(b, (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? '?' : s[i]);
}

static size_t columns(const char *s, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)s[i] & 0xc0) != 0x80;
	return width;
}

/* The line, or what surrounds the offending place of a long one, with a caret under it. */
static void add_line(struct buf *b, const char *line, const char *at)
{
	size_t len = strlen(line);
	bool inside = at && at >= line && at <= line + len;

	if (!len) /* what came in a stream has no line of its own */
		return;
	if (inside) { /* of several lines only that one */
		const char *begin = memrchr(line, '\n', (size_t)(at - line));

		line = begin ? begin + 1 : line;
		len = strcspn(line, "\n");
	}

	if (inside && at - line > LINE_KEPT / 2) {
		len -= (size_t)(at - line) - LINE_KEPT / 2;
		line = at - LINE_KEPT / 2;
	}
	if (len > LINE_KEPT)
		len = LINE_KEPT;
	buf_str(b, "  ");
	add_printable(b, line, len);
	buf_char(b, '\n');
	if (inside) {
		buf_fill(b, ' ', 2 + columns(line, (size_t)(at - line)));
		buf_str(b, "^\n");
	}
}

static void add_words(struct buf *b, const struct buf *words, size_t most)
{
	size_t kept = words->len < most ? words->len : most;

	if (!kept)
		return;
	buf_str(b, "  ");
	buf_add(b, words->data, kept);
	if (words->data[kept - 1] != '\n')
		buf_char(b, '\n');
}

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(-err);

	return name ? name : "?";
}

static void add_failure(const struct writer *who, const char *path, const char *line, int err,
			const struct problem *why)
{
	char comm[17];
	struct buf *b = &entries[(first + count) % KEPT];

	if (count == KEPT)
		first = (first + 1) % KEPT;
	else
		count++;
	buf_free(b);
	comm_of(who->pid, comm);
	buf_char(b, '[');
	add_time(b);
	buf_printf(b, "] pid=%d comm=%s uid=%u file=/%s errno=%s\n", who->pid, comm, who->uid, path,
		   errno_name(err));
	add_line(b, line, why->at);
	add_words(b, &why->words, WORDS_KEPT);
}

/* The file's slot, else the one that was used least recently. */
static struct last *slot_of(const char *path)
{
	struct last *oldest = lasts;

	for (struct last *l = lasts; l < lasts + LAST_KEPT; l++) {
		if (l->path && !strcmp(l->path, path))
			return l;
		if (l->when < oldest->when)
			oldest = l;
	}
	return oldest;
}

static void set_last(const char *path, const char *line, int err, const struct problem *why,
		     const struct buf *answer)
{
	struct last *l = slot_of(path);

	if (!l->path || strcmp(l->path, path) != 0) {
		free(l->path);
		l->path = strdup(path);
	}
	l->when = ++moment;
	buf_free(&l->text);
	buf_str(&l->text, "last write: ");
	add_time(&l->text);
	buf_printf(&l->text, " %s\n", err ? errno_name(err) : "done");
	add_line(&l->text, line, err ? why->at : NULL);
	if (err)
		add_words(&l->text, &why->words, LAST_WORDS);
	if (answer)
		add_words(&l->text, answer, LAST_WORDS);
}

void outcome_add(const struct writer *who, const char *path, const char *line, int err,
		 const struct problem *why, const struct buf *answer)
{
	pthread_mutex_lock(&lock);
	if (err)
		add_failure(who, path, line, err, why);
	set_last(path, line, err, why, answer);
	pthread_mutex_unlock(&lock);
}

void outcome_show(const char *path, struct buf *out)
{
	pthread_mutex_lock(&lock);
	for (const struct last *l = lasts; l < lasts + LAST_KEPT; l++)
		if (l->path && !strcmp(l->path, path))
			buf_add(out, l->text.data, l->text.len);
	pthread_mutex_unlock(&lock);
}

void error_log_show(struct buf *out)
{
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < count; i++) {
		const struct buf *b = &entries[(first + i) % KEPT];

		buf_add(out, b->data, b->len);
	}
	pthread_mutex_unlock(&lock);
}

void error_log_clear(void)
{
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < KEPT; i++)
		buf_free(&entries[i]);
	first = count = 0;
	pthread_mutex_unlock(&lock);
}

void outcomes_free(void)
{
	error_log_clear();
	pthread_mutex_lock(&lock);
	for (struct last *l = lasts; l < lasts + LAST_KEPT; l++) {
		free(l->path);
		buf_free(&l->text);
		*l = (struct last){};
	}
	pthread_mutex_unlock(&lock);
}
