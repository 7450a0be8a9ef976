// SPDX-License-Identifier: GPL-2.0-or-later
#include "map_commands.h"

#include "../bpf/events.h"
#include "../bpf/mapedit.h"
#include "../bpf/mapwords.h"
#include "../bpf/verb.h"
#include "command.h"
#include "pipe.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- entries --- */

/* A map and the key that a command begins with. */
struct keyed {
	struct mapedit map;
	void *key;
};

static void keyed_close(struct keyed *k)
{
	free(k->key);
	mapedit_close(&k->map);
}

static int keyed_open(const struct place *p, struct span key, struct keyed *out,
		      struct problem *why)
{
	int err = mapedit_open((uint32_t)p->id, &out->map, why);

	out->key = NULL;
	if (err)
		return err;
	out->key = calloc(1, out->map.key_size ? out->map.key_size : 1);
	err = out->key ? mapedit_key(&out->map, key, out->key, why) : -ENOMEM;
	if (err)
		keyed_close(out);
	return err;
}

int map_update(const struct place *p, struct command *c)
{
	struct mapwords words;
	struct keyed k;
	int err = mapwords_update(command_words(c), &words, &c->why);

	if (!err)
		err = keyed_open(p, words.key, &k, &c->why);
	if (err)
		return err;
	err = mapedit_update(&k.map, k.key, words.value, words.flags, &c->why);
	keyed_close(&k);
	return err;
}

static int delete_all(const struct place *p, struct command *c)
{
	struct mapedit map;
	uint64_t n;
	int err = mapedit_open((uint32_t)p->id, &map, &c->why);

	if (err)
		return err;
	err = mapedit_delete_all(&map, &n, &c->why);
	buf_printf(err ? &c->why.words : &c->answer, "%s%llu deleted\n", err ? "; " : "",
		   (unsigned long long)n);
	mapedit_close(&map);
	return err;
}

int map_delete(const struct place *p, struct command *c)
{
	struct span line = span_trim(command_words(c)), rest = line, word;
	struct keyed k;
	int err;

	if (!span_word(&rest, &word, NULL) && span_is(word, "all")) {
		err = take_end(rest, &c->why);
		return err ? err : delete_all(p, c);
	}
	err = take_keyword(&line, "key", &c->why);
	if (!err)
		err = keyed_open(p, line, &k, &c->why);
	if (err)
		return err;
	err = mapedit_delete(&k.map, k.key, &c->why);
	keyed_close(&k);
	return err;
}

int map_lookup(const struct place *p, struct command *c)
{
	struct span line = command_words(c);
	struct keyed k;
	void *value;
	int err = take_keyword(&line, "key", &c->why);

	if (!err)
		err = keyed_open(p, line, &k, &c->why);
	if (err)
		return err;
	value = calloc(1, k.map.value_size ? k.map.value_size : 1);
	err = value ? mapedit_lookup(&k.map, k.key, value, &c->why) : -ENOMEM;
	if (!err) {
		mapedit_render(&k.map, value, &c->answer);
		buf_char(&c->answer, '\n');
	}
	free(value);
	keyed_close(&k);
	return err;
}

/* --- queues, stacks, bloom filters --- */

int map_push(const struct place *p, struct command *c)
{
	struct mapedit map;
	int err = mapedit_open((uint32_t)p->id, &map, &c->why);

	if (err)
		return err;
	err = mapedit_push(&map, command_words(c), &c->why);
	mapedit_close(&map);
	return err;
}

int map_contains(const struct place *p, struct command *c)
{
	struct mapedit map;
	bool yes;
	int err = mapedit_open((uint32_t)p->id, &map, &c->why);

	if (err)
		return err;
	err = mapedit_contains(&map, command_words(c), &yes, &c->why);
	if (!err)
		buf_str(&c->answer, yes ? "true\n" : "false\n");
	mapedit_close(&map);
	return err;
}

static int show_head(uint32_t id,
		     int (*take)(const struct mapedit *e, void *value, struct problem *why),
		     struct buf *out)
{
	struct mapedit map;
	void *value;
	int err = mapedit_open(id, &map, NULL);

	if (err)
		return err;
	value = calloc(1, map.value_size ? map.value_size : 1);
	err = value ? take(&map, value, NULL) : -ENOMEM;
	if (!err) {
		mapedit_render(&map, value, out);
		buf_char(out, '\n');
	}
	free(value);
	mapedit_close(&map);
	return err;
}

/* An empty queue has no head to show. */
int map_peek(const struct place *p, struct buf *out)
{
	int err = show_head((uint32_t)p->id, mapedit_peek, out);

	return err == -ENOENT ? 0 : err;
}

/* --- freeze, pin --- */

int map_frozen(const struct place *p, struct buf *out)
{
	struct map m;
	int frozen, err = map_open((uint32_t)p->id, false, &m);

	if (err)
		return err;
	frozen = map_is_frozen(&m);
	map_close(&m);
	if (frozen < 0)
		return frozen;
	buf_printf(out, "%d\n", frozen);
	return 0;
}

int map_freeze(const struct place *p, struct command *c)
{
	struct mapedit map;
	int err;

	if (!span_is(span_trim(command_words(c)), "1"))
		return problem(&c->why, -EINVAL, c->line, "1 is expected: a map cannot be thawed");
	err = mapedit_open((uint32_t)p->id, &map, &c->why);
	if (err)
		return err;
	if (map_is_frozen(&map.map) == 1)
		err = problem(&c->why, -EBUSY, NULL, "it is frozen already");
	else
		err = bpf_map_freeze(map.map.fd);
	if (err && !c->why.words.len)
		problem_errno(&c->why, err, "BPF_MAP_FREEZE");
	mapedit_close(&map);
	return err;
}

/* --- pop_pipe: each read takes one value off --- */

static int open_pop(const struct place *p, void **state)
{
	*state = (void *)(uintptr_t)p->id;
	return 0;
}

static int fill_pop(void *state, struct buf *out, size_t room)
{
	uint32_t id = (uint32_t)(uintptr_t)state;
	int err = show_head(id, mapedit_pop, out);

	(void)room;
	return err == -ENOENT && kind_has_id(KIND_MAP, id) ? 0 : err;
}

static void close_pop(void *state)
{
	(void)state;
}

const struct pipe_type map_pop = {
    .open = open_pop, .fill = fill_pop, .close = close_pop, .interval_ms = 20};

/* --- event_pipe --- */

static int open_events(const struct place *p, void **state)
{
	struct events *e;
	int err = events_open((uint32_t)p->id, &e);

	if (!err)
		*state = e;
	return err;
}

static int start_events(void *state)
{
	return events_start(state);
}

static int set_events(void *state, void *options, struct problem *why)
{
	return events_set(state, options, why);
}

static int fill_events(void *state, struct buf *out, size_t room)
{
	return events_read(state, out, room);
}

static void close_events(void *state)
{
	events_close(state);
}

static int fd_of_events(void *state)
{
	return events_fd(state);
}

/* The interval is for records that come without waking anybody. */
const struct pipe_type map_events = {open_events,  start_events, set_events,	   fill_events,
				     close_events, fd_of_events, .interval_ms = 50};

int map_set_events(const struct place *p, struct command *c)
{
	struct events_options o = {};
	int err = events_options_parse((uint32_t)p->id, command_words(c), &o, &c->why);

	if (!err)
		err = pipe_set(p, &o, &c->why);
	events_options_free(&o);
	return err;
}
