// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a command.  The input's first byte says of which kind, with the letters below; the
 * rest is the text.  Maps are real ones (which needs root).  A failure has words and a place that
 * is in the text, and no descriptor stays open.
 */
#include "bpf/events.h"
#include "bpf/mapedit.h"
#include "bpf/mapwish.h"
#include "bpf/mapwords.h"
#include "bpf/ref.h"
#include "bpf/words.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- maps --- */

static uint32_t map_of(enum bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries)
{
	static uint32_t ids[BPF_MAP_TYPE_BLOOM_FILTER];
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int fd;

	if (ids[type])
		return ids[type];
	fd = bpf_map_create(type, "fuzz_words", key, value, entries, NULL); /* open till the end */
	if (fd < 0 || bpf_map_get_info_by_fd(fd, &info, &len)) {
		perror("fuzz: no map can be made");
		exit(1);
	}
	return ids[type] = info.id;
}

/* --- what reads commands --- */

static int update(uint32_t map_id, struct span text, struct problem *why)
{
	struct mapwords words;
	struct mapedit map;
	uint8_t key[8] = {};
	int err = mapwords_update(text, &words, why);

	if (err)
		return err;
	if (mapedit_open(map_id, &map, NULL))
		abort();
	err = mapedit_key(&map, words.key, key, why);
	if (!err)
		err = mapedit_update(&map, key, words.value, words.flags, why);
	if (err == 1)
		abort();
	mapedit_close(&map);
	return err;
}

static int update_hash(struct span text, struct problem *why)
{
	return update(map_of(BPF_MAP_TYPE_HASH, 4, 6, 64), text, why);
}

static int update_per_cpu(struct span text, struct problem *why)
{
	return update(map_of(BPF_MAP_TYPE_PERCPU_HASH, 4, 6, 64), text, why);
}

static int update_progs(struct span text, struct problem *why)
{
	return update(map_of(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8), text, why);
}

static int update_devices(struct span text, struct problem *why)
{
	return update(map_of(BPF_MAP_TYPE_DEVMAP_HASH, 4, 8, 8), text, why);
}

static int update_cgroups(struct span text, struct problem *why)
{
	return update(map_of(BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 8), text, why);
}

static int events(uint32_t map_id, struct span text, struct problem *why)
{
	struct events_options o = {};
	int err = events_options_parse(map_id, text, &o, why);

	if (!err && o.has_slot && o.index > 7)
		abort();
	events_options_free(&o);
	return err;
}

static int perf_events(struct span text, struct problem *why)
{
	return events(map_of(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 8), text, why);
}

static int ring_events(struct span text, struct problem *why)
{
	return events(map_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096), text, why);
}

static int wish(struct span text, struct problem *why)
{
	struct mapwish w;
	int err = mapwish_read(text, &w, why);

	if (!err && !w.has_type)
		abort();
	mapwish_free(&w);
	return err;
}

static int reference(enum kind kind, struct span text, struct problem *why)
{
	int fd = ref_open(kind, &text, why);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int prog(struct span text, struct problem *why)
{
	return reference(KIND_PROG, text, why);
}

static int map(struct span text, struct problem *why)
{
	return reference(KIND_MAP, text, why);
}

static int flags(struct span text, struct problem *why)
{
	uint32_t out;

	return words_flags(map_flag_words, text, &out, why);
}

static int value(struct span text, struct problem *why)
{
	uint32_t out;

	return words_value(WORDS_MAP_TYPE, text, "type of map", &out, why);
}

static const struct {
	uint8_t letter;
	int (*read)(struct span text, struct problem *why);
} readers[] = {
    {'u', update_hash},	   {'c', update_per_cpu},
    {'p', update_progs},   {'d', update_devices},
    {'g', update_cgroups}, {'e', perf_events},
    {'r', ring_events},	   {'w', wish},
    {'P', prog},	   {'M', map},
    {'f', flags},	   {'v', value},
};

/* --- the target --- */

/* Descriptors are handed out from below: one that stays open makes it greater. */
static int next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), number = fd;

	close(fd);
	return number;
}

static void check(int (*read)(struct span text, struct problem *why), struct span text)
{
	struct problem why = {};
	int err = read(text, &why);

	if (err > 0 || (err && !why.words.len))
		abort();
	if (err && why.at && (why.at < text.at || why.at > text.end))
		abort();
	read(text, NULL); /* nobody wants words */
	problem_free(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data + 1, size ? size - 1 : 0);

	for (size_t i = 0; size && i < sizeof(readers) / sizeof(*readers); i++)
		if (readers[i].letter == data[0]) {
			int fd;

			check(readers[i].read, text); /* caches are filled, maps made */
			fd = next_fd();
			check(readers[i].read, text);
			if (next_fd() > fd)
				abort();
		}
	return 0;
}
