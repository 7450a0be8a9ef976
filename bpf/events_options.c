// SPDX-License-Identifier: GPL-2.0-or-later
#include "events.h"

#include "index.h"
#include "kbtf.h"
#include "map.h"
#include "nearest.h"
#include "verb.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* --- a type by its name, in the BTF of those who know the map --- */

struct wanted {
	struct span name;
	uint32_t kind;	   /* BTF_KIND_STRUCT or UNION; 0: any that has a size */
	struct plan *plan; /* once found */
};

static bool is_wanted(const struct btf *btf, uint32_t type_id, const struct wanted *w)
{
	const struct btf_type *t = btf__type_by_id(btf, type_id);

	if (w->kind ? btf_kind(t) != w->kind
		    : !btf_is_composite(t) && !btf_is_typedef(t) && !btf_is_int(t) &&
			  !btf_is_any_enum(t))
		return false;
	return span_is(w->name, btf__name_by_offset(btf, t->name_off));
}

/* 0, found or not, or -errno of a type that cannot be rendered. */
static int look_in(const struct btf *btf, struct wanted *w)
{
	uint32_t n = btf__type_cnt(btf);

	for (uint32_t i = 1; i < n; i++)
		if (is_wanted(btf, i, w))
			return plan_compile(btf, i, &w->plan);
	return 0;
}

static int look_in_id(uint32_t btf_id, struct wanted *w)
{
	struct btf_ref ref;
	int err = btf_id ? btf_open(btf_id, &ref) : -ENOENT;

	if (err) /* it may be gone by now */
		return err == -ENOMEM ? err : 0;
	err = look_in(ref.btf, w);
	btf_close(&ref);
	return err;
}

static bool uses(const struct index_entry *prog, uint32_t map_id)
{
	for (uint32_t i = 0; i < prog->nmap_ids; i++)
		if (prog->map_ids[i] == map_id)
			return true;
	return false;
}

/* The BTF of the program behind *at that uses the map, 0 at the end. */
static uint32_t next_btf(const struct index *progs, uint32_t map_id, size_t *at)
{
	while (*at < progs->n) {
		const struct index_entry *e = &progs->entries[(*at)++];

		if (e->btf_id && uses(e, map_id))
			return e->btf_id;
	}
	return 0;
}

static int look_in_progs(uint32_t map_id, struct wanted *w)
{
	const struct index *progs;
	uint32_t btf_id, last = 0;
	size_t at = 0;
	int err = index_get(KIND_PROG, &progs);

	if (err)
		return err;
	while (!err && !w->plan && (btf_id = next_btf(progs, map_id, &at))) {
		if (btf_id != last) /* programs of one object share it */
			err = look_in_id(btf_id, w);
		last = btf_id;
	}
	index_put(KIND_PROG, progs);
	return err;
}

static int look_in_kernel(struct wanted *w)
{
	struct btf *btf;
	int err = kbtf_get(&btf);

	if (err)
		return err == -ENOMEM ? err : 0;
	err = look_in(btf, w);
	kbtf_put(btf);
	return err;
}

static const char *type_name(void *arg, size_t i, size_t *len)
{
	const struct btf *btf = arg;
	const struct btf_type *t =
	    i + 1 < btf__type_cnt(btf) ? btf__type_by_id(btf, (uint32_t)i + 1) : NULL;
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;

	if (t && (!name || !(btf_is_composite(t) || btf_is_typedef(t))))
		name = "";
	*len = name ? strlen(name) : 0;
	return name;
}

/* Says so, and which type of a program is meant perhaps. */
static int no_type(uint32_t map_id, const struct wanted *w, struct problem *why)
{
	const struct index *progs;
	struct btf_ref ref;
	size_t at = 0;
	uint32_t btf_id = 0;

	if (!index_get(KIND_PROG, &progs)) {
		btf_id = next_btf(progs, map_id, &at);
		index_put(KIND_PROG, progs);
	}
	if (!btf_id || btf_open(btf_id, &ref))
		return problem(why, -EINVAL, w->name.at,
			       "neither the map's BTF nor the kernel's has such a type");
	nearest(why, w->name.at, "type of the map, its programs or the kernel", w->name, type_name,
		ref.btf);
	btf_close(&ref);
	return -EINVAL;
}

static int find_type(const struct map *m, struct wanted *w, struct problem *why)
{
	int err = look_in_id(m->info.btf_id, w);

	if (!err && !w->plan)
		err = look_in_progs(m->info.id, w);
	if (!err && !w->plan)
		err = look_in_kernel(w);
	if (err)
		return problem(why, err, w->name.at, "the type cannot be shown");
	return w->plan ? 0 : no_type(m->info.id, w, why);
}

/* --- words --- */

/* What the clauses fill. */
struct reader {
	const struct map *map;
	struct events_options *options;
	bool reset, has_index;
	const char *cpu_at, *index_at; /* where they are said */
};

static int take_below(struct span *words, uint32_t below, const char *what, uint32_t *out,
		      struct problem *why)
{
	const char *at = (span_blanks(words), words->at);
	uint64_t v;
	int err = take_number(words, UINT64_MAX, &v, why);

	if (!err && v >= below)
		err = problem(why, -EINVAL, at, "there are only %u %s", below, what);
	if (!err)
		*out = (uint32_t)v;
	return err;
}

static int take_cpu(struct span *words, void *to, struct problem *why)
{
	struct reader *r = to;

	r->cpu_at = words->at;
	if (r->map->info.type == BPF_MAP_TYPE_RINGBUF)
		return problem(why, -EINVAL, words->at, "a ring buffer is that of all CPUs");
	r->options->has_slot = true;
	return take_below(words, map_cpus(), "CPUs", &r->options->cpu, why);
}

static int take_index(struct span *words, void *to, struct problem *why)
{
	struct reader *r = to;

	r->index_at = words->at;
	r->has_index = true;
	return take_below(words, r->map->info.max_entries, "slots in the map", &r->options->index,
			  why);
}

static int take_type(struct span *words, void *to, struct problem *why)
{
	struct reader *r = to;
	struct wanted w = {};
	int err = take_word(words, "the name of a type", &w.name, why);

	if (!err && span_is(w.name, "struct"))
		w.kind = BTF_KIND_STRUCT;
	else if (!err && span_is(w.name, "union"))
		w.kind = BTF_KIND_UNION;
	if (!err && w.kind)
		err = take_word(words, "the name of a type", &w.name, why);
	if (!err)
		err = find_type(r->map, &w, why);
	if (!err)
		r->options->plan = w.plan;
	return err;
}

static const struct clause clauses[] = {
    {"cpu N", take_cpu, 0, CLAUSE_ONCE},
    {"index N", take_index, 0, CLAUSE_ONCE},
    {"type NAME", take_type, 0, CLAUSE_ONCE},
    {"reset", NULL, offsetof(struct reader, reset), CLAUSE_ONCE},
    {},
};

static int read_options(const struct map *m, struct span words, struct events_options *o,
			struct problem *why)
{
	struct reader r = {.map = m, .options = o};
	int err;

	words = span_trim(words);
	if (!span_len(words))
		return problem(why, -EINVAL, words.at, "an option is missing");
	err = take_clauses(clauses, words, &r, why);
	if (err)
		return err;
	o->reset = r.reset;
	if (r.has_index && !o->has_slot)
		return problem(why, -EINVAL, r.index_at, "of which CPU? \"cpu N\" is missing");
	if (!r.has_index)
		o->index = o->cpu;
	if (o->has_slot && o->index >= m->info.max_entries)
		return problem(why, -EINVAL, r.cpu_at,
			       "the map has only %u slots: say which with \"index N\"",
			       m->info.max_entries);
	return 0;
}

int events_options_parse(uint32_t map_id, struct span words, struct events_options *out,
			 struct problem *why)
{
	struct events_options o = {};
	struct map m;
	int err = map_open(map_id, false, &m);

	if (err)
		return problem_errno(why, err, "the map");
	err = read_options(&m, words, &o, why);
	map_close(&m);
	if (err)
		events_options_free(&o);
	else
		*out = o;
	return err;
}

void events_options_free(struct events_options *o)
{
	plan_free(o->plan);
	*o = (struct events_options){};
}
