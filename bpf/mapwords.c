// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapwords.h"

#include "mapedit.h"
#include "verb.h"

#include <errno.h>

/* What stands before `word`, which is not inside of JSON. */
static int take_until(struct span *line, const char *word, struct span *out, struct problem *why)
{
	const char *begin = line->at, *end = begin;
	struct span w;
	int err;

	while (!(err = span_word(line, &w, why)) && span_len(w)) {
		if (span_is(w, word)) {
			*out = (struct span){begin, end};
			return 0;
		}
		end = w.end;
	}
	return err ? err : problem(why, -EINVAL, line->at, "the word \"%s\" is expected", word);
}

static const struct flag {
	const char *word;
	uint64_t flag;
	bool is_lock; /* of the others only one can be said */
} flags[] = {{"any", BPF_ANY, false},
	     {"exist", BPF_EXIST, false},
	     {"noexist", BPF_NOEXIST, false},
	     {"lock", MAPEDIT_LOCK, true}};

static const struct flag *flag_of(struct span word)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (span_is(word, flags[i].word))
			return &flags[i];
	return NULL;
}

/* The word behind the last blank. */
static struct span last_word(struct span s)
{
	struct span last = {s.end, s.end};

	while (last.at > s.at && last.at[-1] != ' ' && last.at[-1] != '\t')
		last.at--;
	return last;
}

/* The words behind a value. */
static int take_flags(struct mapwords *w, struct problem *why)
{
	bool said[2] = {};
	struct span last;
	const struct flag *f;

	for (;; w->value.end = last.at) {
		w->value = span_trim(w->value);
		last = last_word(w->value);
		f = flag_of(last);
		if (!f || last.at == w->value.at) /* that is the value */
			return 0;
		if (said[f->is_lock])
			return problem(why, -EINVAL, last.at, "there is such a word already");
		said[f->is_lock] = true;
		w->flags |= f->flag;
	}
}

int mapwords_update(struct span line, struct mapwords *out, struct problem *why)
{
	int err = take_keyword(&line, "key", why);

	*out = (struct mapwords){};
	if (!err)
		err = take_until(&line, "value", &out->key, why);
	out->value = line;
	return err ? err : take_flags(out, why);
}
