// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include "nearest.h"

#include <errno.h>
#include <string.h>

/* --- vocabularies --- */

static const char *vocabulary_word(void *arg, size_t i, size_t *len)
{
	const enum words *of = arg;
	bool from_kernel;
	uint32_t n = words_count(*of, &from_kernel);
	const char *word = NULL;

	/* a number may have no word */
	for (uint32_t v = 0; v < n && !word; v++) {
		word = word_of(*of, v);
		if (word && i--)
			word = NULL;
	}
	*len = word ? strlen(word) : 0;
	return word;
}

int words_value(enum words of, struct span word, const char *what, uint32_t *out,
		struct problem *why)
{
	unsigned __int128 number;
	bool from_kernel;
	uint32_t n = words_count(of, &from_kernel);

	word = span_trim(word);
	for (uint32_t v = 0; v < n; v++) {
		const char *known = word_of(of, v);

		if (known && span_is(word, known)) {
			*out = v;
			return 0;
		}
	}
	if (span_number(word, &number, NULL) || number > UINT32_MAX)
		return nearest(why, word.at, what, word, vocabulary_word, &of);
	*out = (uint32_t)number;
	return 0;
}

/* --- flags --- */

static const char *flag_word(void *arg, size_t i, size_t *len)
{
	const struct flag_word *known = arg;

	*len = known[i].word ? strlen(known[i].word) : 0;
	return known[i].word;
}

static int add_flag(const struct flag_word *known, struct span word, uint32_t *flags,
		    struct problem *why)
{
	unsigned __int128 number;

	for (const struct flag_word *f = known; f->word; f++)
		if (span_is(word, f->word)) {
			*flags |= (uint32_t)f->bit;
			return 0;
		}
	if (span_number(word, &number, NULL) || number > UINT32_MAX)
		return nearest(why, word.at, "flag", word, flag_word, (void *)known);
	*flags |= (uint32_t)number;
	return 0;
}

int words_flags(const struct flag_word *known, struct span text, uint32_t *out, struct problem *why)
{
	uint32_t flags = 0;
	int err = 0;

	text = span_trim(text);
	while (!err && text.at < text.end) {
		struct span one = {text.at, text.at};

		while (one.end < text.end && *one.end != ',' && *one.end != '|')
			one.end++;
		text.at = one.end < text.end ? one.end + 1 : text.end;
		err = add_flag(known, span_trim(one), &flags, why);
	}
	if (!err)
		*out = flags;
	return err;
}

/* --- numbers --- */

int words_number(struct span text, uint64_t most, uint64_t *out, struct problem *why)
{
	unsigned __int128 v;

	text = span_trim(text);
	if (span_number(text, &v, NULL))
		return problem(why, -EINVAL, text.at, "a number is expected");
	if (v > most)
		return problem(why, -EINVAL, text.at, "the number is too large");
	*out = (uint64_t)v;
	return 0;
}

int words_bool(struct span text, bool *out, struct problem *why)
{
	text = span_trim(text);
	if (!span_is(text, "0") && !span_is(text, "1"))
		return problem(why, -EINVAL, text.at, "0 or 1 is expected");
	*out = *text.at == '1';
	return 0;
}
