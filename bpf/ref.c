// SPDX-License-Identifier: GPL-2.0-or-later
#include "ref.h"

#include "index.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_id(enum kind kind, uint32_t id)
{
	switch (kind) {
	case KIND_PROG: return bpf_prog_get_fd_by_id(id);
	case KIND_MAP: return bpf_map_get_fd_by_id(id);
	case KIND_LINK: return bpf_link_get_fd_by_id(id);
	default: return bpf_btf_get_fd_by_id(id);
	}
}

static int by_id(enum kind kind, struct span word, struct problem *why)
{
	unsigned __int128 id;
	int fd;

	if (span_number(word, &id, NULL) || id > UINT32_MAX)
		return problem(why, -EINVAL, word.at, "an id is expected");
	fd = open_id(kind, (uint32_t)id);
	if (fd < 0)
		return problem(why, fd, word.at, "%s %u: %s", kind_name(kind), (uint32_t)id,
			       strerrordesc_np(-fd));
	return fd;
}

static bool has_tag(const struct index_entry *e, struct span tag)
{
	char text[20];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)e->tag);
	return span_is(tag, text);
}

/* By name or tag: the only object that has it. */
static int by_word(enum kind kind, struct span word, bool tag, struct problem *why)
{
	const struct index *x;
	uint32_t found = 0;
	unsigned int n = 0;
	int err = index_get(kind, &x);

	if (err)
		return problem_errno(why, err, kind_name(kind));
	for (size_t i = 0; i < x->n; i++) {
		const struct index_entry *e = &x->entries[i];

		if (!(tag ? has_tag(e, word) : span_is(word, e->name)) || !kind_has_id(kind, e->id))
			continue;
		found = e->id;
		n++;
	}
	index_put(kind, x);
	if (!n)
		return problem(why, -ENOENT, word.at, "no %s has this %s", kind_name(kind),
			       tag ? "tag" : "name");
	if (n > 1)
		return problem(why, -EINVAL, word.at, "%u %ss have this %s: say the id", n,
			       kind_name(kind), tag ? "tag" : "name");
	return open_id(kind, found);
}

static int by_path(enum kind kind, struct span word, struct problem *why)
{
	char *path = strndup(word.at, span_len(word));
	enum kind found;
	uint32_t id;
	int fd = path ? bpf_obj_get(path) : -ENOMEM;

	free(path);
	if (fd < 0)
		return problem(why, fd, word.at, "it cannot be opened: %s", strerrordesc_np(-fd));
	if (kind_of_fd(fd, &found, &id) || found != kind) {
		close(fd);
		return problem(why, -EINVAL, word.at, "this is no %s", kind_name(kind));
	}
	return fd;
}

/* The word behind the one that says how an object is named. */
static int next_word(struct span *words, struct span *out, struct problem *why)
{
	int err = span_word(words, out, why);

	if (!err && !span_len(*out))
		err = problem(why, -EINVAL, out->at, "a word is missing here");
	return err;
}

int ref_open(enum kind kind, struct span *words, struct problem *why)
{
	struct span word, rest, next;
	int err = next_word(words, &word, why);

	if (err)
		return err;
	rest = *words;
	if (span_is(word, kind_name(kind)) && !span_word(&rest, &next, NULL) && span_len(next)) {
		*words = rest;
		word = next;
	}
	rest = *words;
	span_blanks(&rest);
	if (rest.at < rest.end) {
		bool id = span_is(word, "id"), name = span_is(word, "name");
		bool tag = span_is(word, "tag"), pinned = span_is(word, "pinned");

		if (id || name || tag || pinned) {
			err = next_word(words, &word, why);
			if (err)
				return err;
			return id	? by_id(kind, word, why)
			       : pinned ? by_path(kind, word, why)
					: by_word(kind, word, tag, why);
		}
	}
	if (*word.at == '/')
		return by_path(kind, word, why);
	if (*word.at >= '0' && *word.at <= '9')
		return by_id(kind, word, why);
	return by_word(kind, word, false, why);
}

int ref_open_attached(struct span *words, enum kind *kind, struct problem *why)
{
	struct span rest = *words, word;
	int err = span_word(&rest, &word, why);

	if (err)
		return err;
	*kind = span_is(word, kind_name(KIND_LINK)) ? KIND_LINK : KIND_PROG;
	return ref_open(*kind, words, why);
}
