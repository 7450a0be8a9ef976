// SPDX-License-Identifier: GPL-2.0-or-later
#include "problem.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Entries kept, and how much of each text: a writer must not be able to fill the memory. */
enum { KEPT = 32, LINE_KEPT = 1024, WORDS_KEPT = 1 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buf entries[KEPT];
static unsigned int first, count;

int problem(struct problem *why, int err, const char *at, const char *fmt, ...)
{
	va_list ap;

	if (!why)
		return err;
	buf_reset(&why->words);
	why->at = at;
	va_start(ap, fmt);
	buf_vprintf(&why->words, fmt, ap);
	va_end(ap);
	return err;
}

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

static void add_printable(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_char(b, (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? '?' : s[i]);
}

static void format_entry(struct buf *b, const struct writer *who, const char *path,
			 const char *line, int err, const struct problem *why)
{
	const char *name = strerrorname_np(-err);
	size_t len = strnlen(line, LINE_KEPT);
	time_t now = time(NULL);
	char when[40], comm[17];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", &tm);
	comm_of(who->pid, comm);
	buf_printf(b, "[%s] pid=%d comm=%s uid=%u file=/%s errno=%s\n", when, who->pid, comm,
		   who->uid, path, name ? name : "?");
	buf_str(b, "  ");
	add_printable(b, line, len);
	buf_char(b, '\n');
	if (why->at && why->at >= line && why->at <= line + len) {
		buf_fill(b, ' ', 2 + (size_t)(why->at - line));
		buf_str(b, "^\n");
	}
	if (why->words.len) {
		size_t kept = why->words.len < WORDS_KEPT ? why->words.len : WORDS_KEPT;

		buf_str(b, "  ");
		buf_add(b, why->words.data, kept);
		if (why->words.data[kept - 1] != '\n')
			buf_char(b, '\n');
	}
}

void error_log_add(const struct writer *who, const char *path, const char *line, int err,
		   const struct problem *why)
{
	struct buf *b;

	pthread_mutex_lock(&lock);
	b = &entries[(first + count) % KEPT];
	if (count == KEPT)
		first = (first + 1) % KEPT;
	else
		count++;
	buf_free(b);
	format_entry(b, who, path, line, err, why);
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
