// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include "nearest.h"
#include "ref.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The words of the commands that attach and detach. */

/* The options of a hook that a command knows. */
struct known {
	const struct net_option *options;
	bool attach;
};

static bool is_known(const struct known *k, const struct net_option *o)
{
	return k->attach || o->selects;
}

static const char *nth_word(void *arg, size_t i, size_t *len)
{
	const struct known *k = arg;

	for (const struct net_option *o = k->options; o->word; o++)
		if (is_known(k, o) && !i--) {
			*len = strlen(o->word);
			return o->word;
		}
	return NULL;
}

static const struct net_option *find_option(const struct known *k, struct span word)
{
	for (const struct net_option *o = k->options; o && o->word; o++)
		if (is_known(k, o) && span_is(word, o->word))
			return o;
	return NULL;
}

/* Whether the words that an object is named by are its id. */
static bool is_by_id(struct span words, enum kind kind)
{
	struct span word;

	if (!span_word(&words, &word, NULL) && span_is(word, kind_name(kind)))
		span_word(&words, &word, NULL);
	return span_is(word, "id") || (span_len(word) && isdigit((unsigned char)*word.at));
}

static int take_program(struct net_change *c, struct span *words)
{
	enum kind kind;
	int err;

	span_blanks(words);
	c->wish.prog_at = words->at;
	c->wish.by_id = is_by_id(*words, KIND_PROG);
	c->wish.prog_fd = ref_open(KIND_PROG, words, c->why);
	if (c->wish.prog_fd < 0)
		return c->wish.prog_fd;
	err = kind_of_fd(c->wish.prog_fd, &kind, &c->wish.prog_id);
	return err ? problem_errno(c->why, err, "the program") : 0;
}

static int take_link(struct net_change *c, struct span *words)
{
	enum kind kind;
	int fd, err;

	span_blanks(words);
	c->wish.prog_at = words->at;
	c->wish.by_id = is_by_id(*words, KIND_LINK);
	fd = ref_open(KIND_LINK, words, c->why);
	if (fd < 0)
		return fd;
	err = kind_of_fd(fd, &kind, &c->wish.link_id);
	close(fd);
	return err ? problem_errno(c->why, err, "the link") : 0;
}

static int take_option(struct net_change *c, const struct net_option *o, struct span word,
		       struct span *words)
{
	if (net_says(&c->wish, o->says))
		return problem(c->why, -EINVAL, word.at, "that has been said already");
	c->wish.said |= 1U << o->says;
	return o->take ? o->take(c, words, o->value) : 0;
}

/* What is no option must be the program. */
static int take_object(struct net_change *c, const struct known *k, struct span word,
		       struct span *words)
{
	struct span rest = *words, next;

	if (c->wish.prog_fd >= 0 || c->wish.link_id)
		return k->options
			   ? nearest(c->why, word.at, "option", word, nth_word,
				     (void *)(uintptr_t)k)
			   : problem(c->why, -EINVAL, word.at, "nothing more is expected here");
	if (!k->attach && span_is(word, "link") && !span_word(&rest, &next, NULL) &&
	    !span_word(&rest, &next, NULL) && span_len(next))
		return take_link(c, words);
	return take_program(c, words);
}

int net_read_words(struct net_change *c, const struct net_hook_type *type, struct span words,
		   bool attach)
{
	const struct known known = {type->options, attach};
	struct span word;
	int err = 0;

	c->wish.prog_fd = -1;
	while (!err) {
		const struct net_option *o;
		struct span rest = words;

		err = span_word(&rest, &word, c->why);
		if (err || !span_len(word))
			break;
		o = find_option(&known, word);
		if (o)
			words = rest;
		err = o ? take_option(c, o, word, &words) : take_object(c, &known, word, &words);
	}
	if (!err && attach && c->wish.prog_fd < 0)
		err = problem(c->why, -EINVAL, words.end, "a program is missing: prog P");
	return err;
}
