// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapwish.h"

#include "kbtf.h"
#include "ref.h"
#include "verb.h"
#include "words.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static int take_type(struct span *words, void *to, struct problem *why)
{
	struct mapwish *w = to;
	int err = take_word(words, "a type", &w->type_at, why);

	if (err)
		return err;
	w->has_type = true;
	return words_value(WORDS_MAP_TYPE, w->type_at, "type of map", &w->type, why);
}

static int take_flags(struct span *words, void *to, struct problem *why)
{
	struct mapwish *w = to;
	uint32_t flags;
	struct span all;
	int err = take_word(words, "a flag", &all, why);

	if (!err)
		err = words_flags(map_flag_words, all, &flags, why);
	if (!err)
		w->opts.map_flags |= flags;
	return err;
}

/* --- BTF --- */

static int use_btf(struct mapwish *w, uint32_t id, struct problem *why)
{
	w->btf_fd = bpf_btf_get_fd_by_id(id);
	if (w->btf_fd < 0)
		return problem_errno(why, w->btf_fd, "BTF");
	w->opts.btf_fd = (uint32_t)w->btf_fd;
	return 0;
}

/* btf map MAP */
static int like_map(struct span *words, struct mapwish *w, struct problem *why)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	const char *at = words->at;
	int fd = ref_open(KIND_MAP, words, why), err;

	if (fd < 0)
		return fd;
	err = bpf_map_get_info_by_fd(fd, &info, &len);
	close(fd);
	if (err)
		return problem_errno(why, err, "the map");
	if (!info.btf_id)
		return problem(why, -EINVAL, at, "that map has no BTF");
	w->opts.btf_key_type_id = info.btf_key_type_id;
	w->opts.btf_value_type_id = info.btf_value_type_id;
	return use_btf(w, info.btf_id, why);
}

static int take_btf_type(struct span *words, const struct btf *btf, const char *which,
			 uint32_t *out, struct problem *why)
{
	struct span word;
	unsigned __int128 number;
	int err = take_word(words, which, &word, why);

	if (!err && !span_is(word, which))
		err = problem(why, -EINVAL, word.at, "the word \"%s\" is expected", which);
	if (!err)
		err = take_word(words, "a type", &word, why);
	if (err)
		return err;
	if (!span_number(word, &number, NULL) && number < btf__type_cnt(btf)) {
		*out = (uint32_t)number;
		return 0;
	}
	for (uint32_t i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);

		if (span_is(word, btf__name_by_offset(btf, t->name_off)) && !btf_is_fwd(t)) {
			*out = i;
			return 0;
		}
	}
	return problem(why, -EINVAL, word.at, "the BTF has no such type");
}

/* Of what was not given. */
static void size_of_type(const struct btf *btf, uint32_t type_id, uint32_t *size)
{
	int64_t n = btf__resolve_size(btf, type_id);

	if (!*size && n > 0)
		*size = (uint32_t)n;
}

static int take_btf(struct span *words, void *to, struct problem *why)
{
	struct mapwish *w = to;
	struct span rest = *words, word;
	struct btf_ref ref;
	uint32_t id;
	int err = take_word(&rest, "BTF", &word, why);

	if (!err && span_is(word, "map"))
		return like_map(words, w, why);
	if (!err && span_is(word, "id"))
		*words = rest;
	if (!err)
		err = take_u32(words, &id, why);
	if (!err)
		err = use_btf(w, id, why);
	if (err)
		return err;
	err = btf_open(id, &ref);
	if (err)
		return problem_errno(why, err, "BTF");
	err = take_btf_type(words, ref.btf, "key_type", &w->opts.btf_key_type_id, why);
	if (!err)
		err = take_btf_type(words, ref.btf, "value_type", &w->opts.btf_value_type_id, why);
	if (!err)
		size_of_type(ref.btf, w->opts.btf_key_type_id, &w->key_size);
	if (!err)
		size_of_type(ref.btf, w->opts.btf_value_type_id, &w->value_size);
	btf_close(&ref);
	return err;
}

/* --- the whole --- */

static int take_inner(struct span *words, void *to, struct problem *why)
{
	struct mapwish *w = to;

	w->inner_fd = ref_open(KIND_MAP, words, why);
	w->opts.inner_map_fd = (uint32_t)w->inner_fd;
	return w->inner_fd < 0 ? w->inner_fd : 0;
}

static int take_name(struct span word, struct mapwish *w, struct problem *why)
{
	w->full_name = word;
	for (const char *c = word.at; c < word.end; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", *c))
			return problem(why, -EINVAL, c,
				       "a name has letters, digits, underscores and dots");
	if (span_len(word) >= sizeof(w->name))
		return problem(why, -EINVAL, word.at, "a name has at most %zu characters",
			       sizeof(w->name) - 1);
	memcpy(w->name, word.at, span_len(word));
	return 0;
}

static int take_node(struct span *words, void *to, struct problem *why)
{
	struct mapwish *w = to;

	w->opts.map_flags |= BPF_F_NUMA_NODE;
	return take_u32(words, &w->opts.numa_node, why);
}

static int take_extra(struct span *words, void *to, struct problem *why)
{
	struct mapwish *w = to;
	uint64_t extra;
	int err = take_number(words, UINT64_MAX, &extra, why);

	if (!err)
		w->opts.map_extra = extra;
	return err;
}

static int take_path(struct span *words, void *to, struct problem *why)
{
	return take_word(words, "a path", to, why);
}

/* With the two words of bpftool's that are ours in other words. */
static const struct clause clauses[] = {
    {"type T", take_type, 0, CLAUSE_ONCE},
    {"key BYTES", take_u32, offsetof(struct mapwish, key_size), CLAUSE_ONCE},
    {"value BYTES", take_u32, offsetof(struct mapwish, value_size), CLAUSE_ONCE},
    {"entries N", take_u32, offsetof(struct mapwish, entries), CLAUSE_ONCE},
    {"max_entries N", take_u32, offsetof(struct mapwish, entries), CLAUSE_INSTEAD},
    {"flags WORD[,WORD]...", take_flags, 0, CLAUSE_ONCE},
    {"inner_map MAP", take_inner, 0, CLAUSE_ONCE},
    {"dev IF", take_device, offsetof(struct mapwish, opts.map_ifindex), CLAUSE_ONCE},
    {"offload_dev IF", take_device, offsetof(struct mapwish, opts.map_ifindex), CLAUSE_INSTEAD},
    {"numa_node N", take_node, 0, CLAUSE_ONCE},
    {"map_extra N", take_extra, 0, CLAUSE_ONCE},
    {"btf map MAP | btf ID key_type T value_type T", take_btf, 0, CLAUSE_ONCE},
    {"pin PATH", take_path, offsetof(struct mapwish, pin), CLAUSE_ONCE},
    {},
};

int mapwish_read(struct span words, struct mapwish *w, struct problem *why)
{
	struct span word;
	int err;

	*w = (struct mapwish){.opts.sz = sizeof(w->opts), .inner_fd = -1, .btf_fd = -1};
	err = take_word(&words, "a name", &word, why);
	if (!err)
		err = take_name(word, w, why);
	if (!err)
		err = take_clauses(clauses, words, w, why);
	if (!err && !w->has_type)
		err = problem(why, -EINVAL, words.end, "a type is missing");
	return err;
}

void mapwish_free(struct mapwish *w)
{
	if (w->inner_fd >= 0)
		close(w->inner_fd);
	if (w->btf_fd >= 0)
		close(w->btf_fd);
	w->inner_fd = w->btf_fd = -1;
}
