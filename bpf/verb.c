// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb.h"

#include "nearest.h"
#include "ref.h"
#include "words.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

/* --- words --- */

int take_word(struct span *words, const char *what, struct span *out, struct problem *why)
{
	int err = span_word(words, out, why);

	if (!err && !span_len(*out))
		err = problem(why, -EINVAL, out->at, "%s is missing", what);
	return err;
}

int take_keyword(struct span *words, const char *word, struct problem *why)
{
	struct span w;
	int err = span_word(words, &w, why);

	if (!err && !span_is(w, word))
		err = problem(why, -EINVAL, w.at, "the word \"%s\" is expected", word);
	return err;
}

int take_end(struct span words, struct problem *why)
{
	words = span_trim(words);
	return span_len(words) ? problem(why, -EINVAL, words.at, "nothing more is expected here")
			       : 0;
}

int take_number(struct span *words, uint64_t most, uint64_t *out, struct problem *why)
{
	struct span word;
	int err = take_word(words, "a number", &word, why);

	return err ? err : words_number(word, most, out, why);
}

int take_u64(struct span *words, void *to, struct problem *why)
{
	return take_number(words, UINT64_MAX, to, why);
}

int take_u32(struct span *words, void *to, struct problem *why)
{
	uint64_t v;
	int err = take_number(words, UINT32_MAX, &v, why);

	if (!err)
		*(uint32_t *)to = (uint32_t)v;
	return err;
}

int take_device(struct span *words, void *to, struct problem *why)
{
	char name[IF_NAMESIZE] = "";
	struct span word;
	unsigned int index;
	int err = take_word(words, "a network device", &word, why);

	if (err)
		return err;
	if (span_len(word) < sizeof(name))
		memcpy(name, word.at, span_len(word));
	index = if_nametoindex(name);
	if (!index)
		return problem(why, -ENODEV, word.at, "there is no such network device");
	*(uint32_t *)to = index;
	return 0;
}

int take_prog(struct span *words, void *to, struct problem *why)
{
	int fd = ref_open(KIND_PROG, words, why), *out = to;

	if (fd < 0)
		return fd;
	if (*out >= 0)
		close(*out);
	*out = fd;
	return 0;
}

/* --- tables --- */

static struct span first_word(const char *usage)
{
	return span_of(usage, strcspn(usage, " "));
}

static bool begins(const char *usage, struct span word)
{
	struct span first = first_word(usage);

	return span_len(first) == span_len(word) && !memcmp(first.at, word.at, span_len(word));
}

static const char *nth_clause(void *arg, size_t i, size_t *len)
{
	const struct clause *c = (const struct clause *)arg + i;
	const char *usage = c->use != CLAUSE_OTHER ? c->usage : NULL;

	*len = usage ? span_len(first_word(usage)) : 0;
	return usage;
}

static const char *nth_verb(void *arg, size_t i, size_t *len)
{
	const char *usage = ((const struct verb *)arg)[i].usage;

	*len = usage ? span_len(first_word(usage)) : 0;
	return usage;
}

/* Whether clause i, or one that it cannot stand with, has been said: `said` has a bit for each. */
static bool is_taken(const struct clause *clauses, size_t i, uint64_t said)
{
	size_t first = i, last = i;

	if (clauses[i].use == CLAUSE_AGAIN)
		return false;
	while (clauses[first].use == CLAUSE_INSTEAD)
		first--;
	while (clauses[last + 1].usage && clauses[last + 1].use == CLAUSE_INSTEAD)
		last++;
	for (; first <= last; first++)
		if (said >> first & 1)
			return true;
	return false;
}

/* The clause that a word begins, NULL with words when there is none. */
static const struct clause *find_clause(const struct clause *clauses, struct span word,
					uint64_t said, struct problem *why)
{
	const struct clause *c = clauses;

	while (c->usage && c->use != CLAUSE_OTHER && !begins(c->usage, word))
		c++;
	if (c->usage && !is_taken(clauses, (size_t)(c - clauses), said))
		return c;
	if (c->usage && c->use != CLAUSE_OTHER)
		problem(why, -EINVAL, word.at, "that has been said already");
	else if (c == clauses)
		take_end(word, why);
	else
		nearest(why, word.at, "option", word, nth_clause, (void *)(uintptr_t)clauses);
	return NULL;
}

int take_clauses(const struct clause *clauses, struct span words, void *to, struct problem *why)
{
	static const struct clause none[1];
	struct span rest = words, word;
	uint64_t said = 0;
	int err;

	clauses = clauses ? clauses : none;
	while (!(err = span_word(&rest, &word, why)) && span_len(word)) {
		const struct clause *c = find_clause(clauses, word, said, why);

		if (!c)
			return -EINVAL;
		said |= UINT64_C(1) << (c - clauses);
		if (c->use != CLAUSE_OTHER)
			words = rest;
		if (c->take)
			err = c->take(&words, (char *)to + c->at, why);
		else
			*(bool *)((char *)to + c->at) = true;
		if (err)
			break;
		rest = words;
	}
	return err;
}

int verb_run(const struct verb *verbs, struct span words, void *ctx, struct problem *why)
{
	struct span word;
	int err = take_word(&words, "a command", &word, why);

	for (const struct verb *v = verbs; !err && v->usage; v++)
		if (begins(v->usage, word))
			return v->run(v, words, ctx, why);
	return err ? err
		   : nearest(why, word.at, "command", word, nth_verb, (void *)(uintptr_t)verbs);
}

void verb_usage(const struct verb *verbs, struct buf *out)
{
	for (const struct verb *v = verbs; v->usage; v++) {
		buf_str(out, v->usage);
		for (const struct clause *c = v->clauses; c && c->usage; c++)
			buf_printf(out, "%s%s%s", c->use == CLAUSE_INSTEAD ? "|" : " [", c->usage,
				   c[1].usage && c[1].use == CLAUSE_INSTEAD ? "" : "]");
		buf_char(out, '\n');
	}
}
