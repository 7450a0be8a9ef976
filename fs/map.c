// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "map_commands.h"
#include "objects.h"

#include "../bpf/describe.h"
#include "../bpf/events.h"
#include "../bpf/map.h"
#include "../bpf/mapcreate.h"
#include "../bpf/mapdump.h"
#include "../bpf/mapread.h"
#include "../bpf/maprestore.h"
#include "../bpf/stacks.h"

#include <errno.h>
#include <string.h>

/* --- map/ID/progs/ --- */

static bool uses_map(const struct index_entry *e, uint64_t map_id)
{
	for (uint32_t i = 0; i < e->nmap_ids; i++)
		if (e->map_ids[i] == map_id)
			return true;
	return false;
}

static int open_progs(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err = n ? objects_add_ids(n, KIND_PROG, uses_map, dir->id) : -ENOMEM;

	return names_done(n, err, state);
}

static const struct generator map_progs = {
    .row = {"ID", ROW_LINK, "a program that uses the map", .form = KIND_PROG,
	    .target = objects_link},
    .open = open_progs,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder map_progs_folder = {.parent = FOLDER_MAP_ID, .gen = &map_progs};

/* --- map/ID/ --- */

static int open_dump(const struct place *p, void **state)
{
	struct mapdump *dump;
	int err = mapdump_open((uint32_t)p->id, (enum dump_form)p->row->form, &dump);

	if (!err)
		*state = dump;
	return err;
}

static int more_dump(void *state, struct buf *out, size_t want)
{
	return mapdump_more(state, out, want);
}

static void close_dump(void *state)
{
	mapdump_close(state);
}

static const struct stream_type dump = {open_dump, more_dump, close_dump};

static int open_stacks(const struct place *p, void **state)
{
	struct stacks *s;
	int err = stacks_open((uint32_t)p->id, (enum stacks_form)p->row->form, &s);

	if (!err)
		*state = s;
	return err;
}

static int more_stacks(void *state, struct buf *out, size_t want)
{
	return stacks_more(state, out, want);
}

static void close_stacks(void *state)
{
	stacks_close(state);
}

static int open_restore(const struct place *p, void **state)
{
	struct maprestore *r;
	int err = maprestore_open((uint32_t)p->id, &r);

	if (!err)
		*state = r;
	return err;
}

static int write_restore(void *state, const char *text, size_t len, struct problem *why)
{
	return maprestore_write(state, text, len, why);
}

static int flush_restore(void *state, struct problem *why)
{
	return maprestore_flush(state, why);
}

static void report_restore(void *state, struct buf *out)
{
	buf_printf(out, "%llu entries written", (unsigned long long)maprestore_written(state));
}

static void close_restore(void *state)
{
	maprestore_close(state);
}

static const struct sink_type restore = {open_restore, write_restore, flush_restore, report_restore,
					 close_restore};

static const struct stream_type stacks = {open_stacks, more_stacks, close_stacks};

/* The map's info, or false when it is gone. */
static bool map_info(const struct place *p, struct bpf_map_info *out)
{
	struct map m;

	if (map_open((uint32_t)p->id, false, &m))
		return false;
	*out = m.info;
	map_close(&m);
	return true;
}

static int link_btf(const struct place *p, struct buf *out)
{
	struct bpf_map_info info;

	if (!map_info(p, &info))
		return -ENOENT;
	tree_link(p, KIND_BTF, info.btf_id, out);
	return 0;
}

static bool has_btf(const struct place *p)
{
	struct bpf_map_info info;

	return map_info(p, &info) && info.btf_id;
}

static bool has_inner(const struct place *p)
{
	struct bpf_map_info info;

	return map_info(p, &info) &&
	       (map_type_is_map_of_maps(info.type) || info.type == BPF_MAP_TYPE_PROG_ARRAY);
}

static bool has_stacks(const struct place *p)
{
	struct bpf_map_info info;

	return map_info(p, &info) && info.type == BPF_MAP_TYPE_STACK_TRACE;
}

static bool is_type(const struct place *p, uint32_t one, uint32_t other)
{
	struct bpf_map_info info;

	return map_info(p, &info) && (info.type == one || info.type == other);
}

static bool has_events(const struct place *p)
{
	struct bpf_map_info info;

	return map_info(p, &info) && events_has(info.type);
}

static bool is_queue(const struct place *p)
{
	return is_type(p, BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK);
}

static bool is_bloom(const struct place *p)
{
	return is_type(p, BPF_MAP_TYPE_BLOOM_FILTER, BPF_MAP_TYPE_BLOOM_FILTER);
}

static bool takes_values(const struct place *p)
{
	return is_queue(p) || is_bloom(p);
}

static bool has_keys(const struct place *p)
{
	struct bpf_map_info info;

	return map_info(p, &info) && info.key_size;
}

/* The other forms of a dump say in words why there is none. */
static bool can_be_listed(const struct place *p)
{
	struct bpf_map_info info;

	return map_info(p, &info) && !mapread_refusal(info.type);
}

static const struct row map_id_rows[] = {
    {"info", ROW_FILE, "what the kernel knows of the map", .form = DOC_TEXT, .quick = true,
     .show = objects_info},
    {"info.json", ROW_FILE, "the same, as bpftool -j map show", .form = DOC_JSON, .quick = true,
     .show = objects_info},
    {"dump", ROW_STREAM, "every entry, a line each, typed where there is BTF", .form = DUMP_TEXT,
     .stream = &dump},
    {"dump.json", ROW_STREAM, "the same as an array of {\"key\":K,\"value\":V}", .form = DUMP_JSON,
     .stream = &dump},
    {"dump.bin", ROW_STREAM, "the bytes of keys and values", .form = DUMP_BIN,
     .exists = can_be_listed, .stream = &dump},
    {"stacks", ROW_STREAM, "every stack of a stack trace map, a line a frame, with symbols",
     .form = STACKS_TEXT, .exists = has_stacks, .stream = &stacks},
    {"stacks.json", ROW_STREAM, "the same as an array of {\"id\":N,\"frames\":[...]}",
     .form = STACKS_JSON, .exists = has_stacks, .stream = &stacks},
    {"entries", ROW_FOLDER, "a file for each entry", .folder = FOLDER_MAP_ENTRIES,
     .exists = has_keys},
    {"update", ROW_FILE, "sets an entry", .quick = true, .command = map_update,
     .usage = "key KEY value VALUE [any|exist|noexist] [lock]", .exists = has_keys},
    {"delete", ROW_FILE, "removes an entry, or all", .command = map_delete, .usage = "key KEY\nall",
     .exists = has_keys},
    {"lookup", ROW_FILE, "tells an entry's value to who writes its key, then reads", .quick = true,
     .command = map_lookup, .usage = "key KEY", .exists = has_keys},
    {"restore", ROW_FILE, "writes back what dump.json gave: cat a/dump.json > b/restore",
     .sink = &restore, .usage = "[{\"key\":K,\"value\":V},...]", .exists = has_keys},
    {"push", ROW_FILE, "puts a value into the queue, stack or bloom filter", .quick = true,
     .command = map_push, .usage = "VALUE", .whole = true, .exists = takes_values},
    {"peek", ROW_FILE, "the head of the queue or stack", .quick = true, .show = map_peek,
     .exists = is_queue},
    {"pop_pipe", ROW_PIPE, "the same, taken off: each read takes one; waits for one",
     .pipe = &map_pop, .exists = is_queue},
    {"contains", ROW_FILE, "tells whether the bloom filter may have a value", .quick = true,
     .command = map_contains, .usage = "VALUE", .whole = true, .exists = is_bloom},
    {"event_pipe", ROW_PIPE, "what programs send through it, a line of JSON a record, as it comes",
     .pipe = &map_events, .command = map_set_events,
     .usage = "[cpu N [index M]] [type NAME] [reset]", .exists = has_events},
    {"freeze", ROW_FILE, "1 when user space can no longer change it; write 1", .quick = true,
     .show = map_frozen, .command = map_freeze},
    OBJECTS_PIN,
    {"progs", ROW_FOLDER, "the programs that use the map", .folder = FOLDER_MAP_PROGS},
    {"inner", ROW_FOLDER, "what a map of maps or of programs holds, by key",
     .folder = FOLDER_MAP_INNER, .exists = has_inner},
    {"btf", ROW_LINK, "its types", .exists = has_btf, .target = link_btf},
    {"pids", ROW_FILE, "processes that hold it", .form = DOC_TEXT, .show = objects_pids},
    {"pids.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = objects_pids},
    {"pins", ROW_FILE, "its paths in bpffs", .show = objects_pins},
};

const struct folder map_id_folder = {.parent = FOLDER_MAP, FOLDER_ROWS(map_id_rows)};

/* --- map/ --- */

static int create_map(const struct place *p, struct command *c)
{
	struct buf pinned __buf_free = {};
	uint32_t id;
	int err = mapcreate(command_words(c), &id, &pinned, &c->why);

	(void)p;
	if (!err)
		buf_printf(&c->answer, "id %u\npinned %s\n", id, buf_cstr(&pinned));
	return err;
}

static const struct row map_rows[] = {
    {"list", ROW_FILE, "all maps, a line each", .form = DOC_TABLE, .show = objects_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j map show", .form = DOC_JSON,
     .show = objects_list},
    {"create", ROW_FILE, "makes a map", .command = create_map,
     .usage = "NAME type T key BYTES value BYTES entries N [flags WORD[,WORD]...] "
	      "[inner_map MAP] [dev IF] [numa_node N] [map_extra N] "
	      "[btf map MAP | btf ID key_type T value_type T] [pin PATH]"},
    {"by-name", ROW_FOLDER, "links by name", .folder = FOLDER_MAP_BY_NAME},
    {"by-type", ROW_FOLDER, "links by type", .folder = FOLDER_MAP_BY_TYPE},
};

static const struct generator map_ids = {
    .row = {"ID", ROW_FOLDER, "a map", .folder = FOLDER_MAP_ID},
    .by_id = true,
    .open = objects_open_ids,
    .close = objects_close_ids,
    .next = objects_next_id,
    .find = objects_find_id,
};

const struct folder map_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(map_rows), .gen = &map_ids};

const struct folder map_by_name_folder = {
    .parent = FOLDER_MAP, .gen = &(const struct generator)OBJECTS_BY_NAME(KIND_MAP)};

const struct folder map_by_type_folder = {
    .parent = FOLDER_MAP,
    .gen = &(const struct generator)OBJECTS_GROUPS("TYPE", GROUP_TYPE, FOLDER_MAP_TYPE)};

const struct folder map_type_folder = {.parent = FOLDER_MAP_BY_TYPE,
				       .gen = &(const struct generator)OBJECTS_MEMBERS(KIND_MAP)};
