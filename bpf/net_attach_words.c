// SPDX-License-Identifier: GPL-2.0-or-later
#include "net_attach_impl.h"

#include "ref.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

/* What is said of a program in the commands that attach and detach. */

/* Whether the words that an object is named by are its id. */
static bool is_by_id(struct span words, enum kind kind)
{
	struct span word;

	if (!span_word(&words, &word, NULL) && span_is(word, kind_name(kind)))
		span_word(&words, &word, NULL);
	return span_is(word, "id") || (span_len(word) && isdigit((unsigned char)*word.at));
}

int net_take_program(struct span *words, void *to, struct problem *why)
{
	struct net_wish *w = to;
	enum kind kind;
	int err;

	span_blanks(words);
	w->prog_at = words->at;
	w->by_id = is_by_id(*words, KIND_PROG);
	w->prog_fd = ref_open(KIND_PROG, words, why);
	if (w->prog_fd < 0)
		return w->prog_fd;
	err = kind_of_fd(w->prog_fd, &kind, &w->prog_id);
	return err ? problem_errno(why, err, "the program") : 0;
}

static int take_link(struct span *words, struct net_wish *w, struct problem *why)
{
	enum kind kind;
	int fd, err;

	span_blanks(words);
	w->prog_at = words->at;
	w->by_id = is_by_id(*words, KIND_LINK);
	fd = ref_open(KIND_LINK, words, why);
	if (fd < 0)
		return fd;
	err = kind_of_fd(fd, &kind, &w->link_id);
	close(fd);
	return err ? problem_errno(why, err, "the link") : 0;
}

int net_take_attached(struct span *words, void *to, struct problem *why)
{
	struct span rest = *words, word, next;

	if (!span_word(&rest, &word, NULL) && span_is(word, kind_name(KIND_LINK)) &&
	    !span_word(&rest, &next, NULL) && span_len(next))
		return take_link(words, to, why);
	return net_take_program(words, to, why);
}

const struct clause net_program_only[] = {NET_PROGRAM, {}},
		    net_attached_only[] = {NET_ATTACHED, {}};
