/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_DOC_H
#define BPFVIEW_DOC_H

#include "buf.h"

#include <time.h>

/*
 * One description, several renderings.
 *
 * An object is described once, as a sequence of named fields; what comes out is decided by the form
 * that the document was begun with:
 *
 *   DOC_JSON   compact JSON, with bpftool's keys
 *   DOC_TEXT   `key: value` lines, nested objects indented under their key
 *   DOC_TABLE  one aligned line an object, of the columns named at the beginning, under a header
 *
 * Keys are static strings.  Inside an array keys are NULL.  In text an array of plain values stands
 * on one line, in a list one on each; in a table an array is joined with commas, the values of an
 * object in it with colons.
 */
enum doc_form { DOC_JSON, DOC_TEXT, DOC_TABLE };

struct doc;

/* A bit and its word; the list ends with a NULL word. */
struct flag_word {
	uint64_t bit;
	const char *word;
};

/* Appends the words of the bits in v, joined by commas, those that have none in hex; "0" for none.
 */
void flag_words(uint64_t v, const struct flag_word *words, struct buf *out);

/* Begins a document that appends to `out`.  For DOC_TABLE `columns` names the keys of the top-level
 * objects' fields to show, ending with NULL; otherwise it is NULL.  NULL when out of memory. */
struct doc *doc_begin(enum doc_form form, struct buf *out, const char *const *columns);

/* Completes the output and frees the document.  Returns 0 or the buffer's error. */
int doc_end(struct doc *d);

/* A document of many objects is wrapped in doc_list() .. doc_close(), in every form: an array in
 * JSON. */
void doc_list(struct doc *d);
void doc_object(struct doc *d, const char *key);
void doc_array(struct doc *d, const char *key);
/* Closes what doc_list, doc_object or doc_array opened last. */
void doc_close(struct doc *d);

void doc_u64(struct doc *d, const char *key, uint64_t v);
void doc_i64(struct doc *d, const char *key, int64_t v);
void doc_bool(struct doc *d, const char *key, bool v);
void doc_str(struct doc *d, const char *key, const char *s);
void doc_strn(struct doc *d, const char *key, const char *s, size_t n);
/* Words with blanks between them, which in a table belong in the last column. */
void doc_phrase(struct doc *d, const char *key, const char *s);
/* The name of a number where there is one (`name` not NULL), else the number. */
void doc_named(struct doc *d, const char *key, uint64_t v, const char *name);
/* Flags: in JSON their number, and an array of their words under `words_key`; in text the words
 * joined by commas, with bits that have none in hex. */
void doc_flags(struct doc *d, const char *key, const char *words_key, uint64_t v,
	       const struct flag_word *words);
/* Seconds since the epoch: a number in JSON, local time in text. */
void doc_time(struct doc *d, const char *key, time_t v);
/* A number in JSON; in text another way to say it. */
void doc_said(struct doc *d, const char *key, int64_t v, const char *text);
/* null in JSON; in text what to say instead. */
void doc_none(struct doc *d, const char *key, const char *text);
/* JSON as it stands (another writer's complete value). */
void doc_raw(struct doc *d, const char *key, const char *json, size_t n);
/* The same for compact JSON; in text its objects are nested ones, a line a field, and its strings
 * go without their quotes. */
void doc_json(struct doc *d, const char *key, const char *json, size_t n);

#endif
