/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_VERB_H
#define BPFVIEW_VERB_H

#include "span.h"

#include <stdint.h>

/*
 * Commands as tables: a verb, what must follow it, and clauses that may, in any order.  What is
 * read, what usage texts say and what is said of a wrong word come from the same rows.
 */

enum clause_use {
	CLAUSE_ONCE,
	CLAUSE_INSTEAD, /* not together with the clause before it */
	CLAUSE_AGAIN,	/* may be said several times */
	/* The last of a table: what begins with none of the other words, once.  It takes the first
	 * word, too. */
	CLAUSE_OTHER,
};

/* One clause: a word, and what stands behind it. */
struct clause {
	const char *usage; /* "pid N": its first word begins the clause; NULL ends a table */
	/* Takes what is behind that word; NULL: nothing is, and the bool at `to` becomes true. */
	int (*take)(struct span *words, void *to, struct problem *why);
	size_t at; /* where it goes, as an offset in what the clauses fill */
	enum clause_use use;
};

struct verb {
	/* "tracepoint CAT NAME": its first word is the verb; NULL ends a table */
	const char *usage;
	const struct clause *clauses; /* may be NULL */
	/* Does it: `words` are those behind the verb, `ctx` is verb_run()'s.  0, or -errno with
	 * words. */
	int (*run)(const struct verb *v, struct span words, void *ctx, struct problem *why);
	int form; /* for functions that serve several verbs */
};

/* Finds the verb that a command begins with, and does it.  -EINVAL with words for an unknown one,
 * or else what it returns. */
int verb_run(const struct verb *verbs, struct span words, void *ctx, struct problem *why);

/* Appends a line for each verb: "tracepoint CAT NAME [cookie N]". */
void verb_usage(const struct verb *verbs, struct buf *out);

/* Reads all that is left as clauses.  Those with a descriptor may have opened it also when this
 * fails.  0, or -errno with words. */
int take_clauses(const struct clause *clauses, struct span words, void *to, struct problem *why);

/* Takes a word: -EINVAL when there is none ("WHAT is missing"). */
int take_word(struct span *words, const char *what, struct span *out, struct problem *why);

/* Takes a word that must be this one. */
int take_keyword(struct span *words, const char *word, struct problem *why);

/* -EINVAL when something is left. */
int take_end(struct span words, struct problem *why);

/* Takes a number of at most `most`. */
int take_number(struct span *words, uint64_t most, uint64_t *out, struct problem *why);

/* For clauses: to a uint64_t, a uint32_t; to a uint32_t the index of a network device (-ENODEV:
 * there is none of that name); to an int, which becomes a program's descriptor that the
 * caller closes. */
int take_u64(struct span *words, void *to, struct problem *why);
int take_u32(struct span *words, void *to, struct problem *why);
int take_device(struct span *words, void *to, struct problem *why);
int take_prog(struct span *words, void *to, struct problem *why);

#endif
