/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BUF_H
#define BPFVIEW_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A growing byte buffer: all rendered text passes through one.
 *
 * Zero-initialise it.  Running out of memory is sticky: `err` becomes -ENOMEM, further additions do
 * nothing, and whoever uses the result checks `err` once at the end.  `data` is not NUL-terminated;
 * buf_cstr() makes it so.
 */
struct buf {
	char *data;
	size_t len;
	size_t cap;
	int err;
};

/* For `struct buf b __buf_free = {}`: freed when the scope ends. */
#define __buf_free __attribute__((cleanup(buf_free)))

void buf_free(struct buf *b);

/* Empties the buffer and clears the error, keeping the memory. */
void buf_reset(struct buf *b);

/* Makes room for n more bytes and returns where they go, NULL when out of memory; the caller writes
 * them and adds to `len`. */
char *buf_room(struct buf *b, size_t n);

/* A NUL-terminated view, valid until the next change; "" when out of memory. */
const char *buf_cstr(struct buf *b);

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* Decimal numbers, an order of magnitude faster than buf_printf. */
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
/* Lower-case hex digits of bytes, two each, nothing between them. */
void buf_hex(struct buf *b, const void *bytes, size_t n);

/*
 * A JSON string with its quotes (RFC 8259, section 7).  Bytes that are not valid UTF-8 are taken as
 * Latin-1 and escaped as \u00XX, so that the output is always valid JSON.
 */
void buf_json_str(struct buf *b, const char *s, size_t n);

/* Drops n bytes from the front. */
void buf_consume(struct buf *b, size_t n);

#endif
