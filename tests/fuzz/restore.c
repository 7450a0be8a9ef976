// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps that are put back, into a real map (which needs root).  The input's first byte says what
 * kind of map, the second how the rest is cut into pieces: the outcome must not depend on that, a
 * failure has words, and what is in the map then must survive being dumped and put back.
 */
#include "bpf/mapdump.h"
#include "bpf/mapedit.h"
#include "bpf/maprestore.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t map_of(enum bpf_map_type type)
{
	static uint32_t ids[BPF_MAP_TYPE_LPM_TRIE];
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int fd;

	if (ids[type])
		return ids[type];
	fd = bpf_map_create(type, "fuzz_restore", 4, 6, 8, NULL); /* open till the end */
	if (fd < 0 || bpf_map_get_info_by_fd(fd, &info, &len)) {
		perror("fuzz: no map can be made");
		exit(1);
	}
	return ids[type] = info.id;
}

static void empty(uint32_t id)
{
	struct problem why = {};
	struct mapedit map;
	uint64_t n;

	if (mapedit_open(id, &map, NULL) || mapedit_delete_all(&map, &n, &why))
		abort();
	mapedit_close(&map);
	problem_free(&why);
}

/* The map's dump, in an order that depends on nothing but what is in it. */
static void dump(uint32_t id, enum dump_form form, struct buf *out)
{
	struct mapdump *d;

	if (mapdump_open(id, form, &d))
		abort();
	while (mapdump_more(d, out, 4096) > 0)
		;
	mapdump_close(d);
	buf_cstr(out);
}

static int put(uint32_t id, const char *text, size_t len, size_t piece, uint64_t *written)
{
	struct problem why = {};
	struct maprestore *r;
	int err = maprestore_open(id, &r);

	if (err)
		abort();
	for (size_t n; !err && len; text += n, len -= n) {
		char *copy;

		n = len < piece ? len : piece;
		copy = malloc(n); /* of just that size, so that reading beyond it is noticed */
		memcpy(copy, text, n);
		err = maprestore_write(r, copy, n, &why);
		free(copy);
	}
	if (!err)
		err = maprestore_flush(r, &why);
	if (err && !why.words.len)
		abort();
	*written = maprestore_written(r);
	maprestore_close(r);
	problem_free(&why);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum bpf_map_type types[] = {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_HASH};
	struct buf first __buf_free = {}, second __buf_free = {}, json __buf_free = {};
	const char *text = (const char *)data + 2;
	uint64_t written, again;
	uint32_t id;
	int err;

	if (size < 2)
		return 0;
	id = map_of(types[data[0] % 2]);
	empty(id);
	err = put(id, text, size - 2, size, &written);
	dump(id, DUMP_BIN, &first);
	dump(id, DUMP_JSON, &json);
	empty(id);
	if (put(id, text, size - 2, 1 + data[1] % 64, &again) != err || written != again)
		abort();
	empty(id);
	if (put(id, json.data, json.len, size, &again))
		abort();
	dump(id, DUMP_BIN, &second);
	if (first.len != second.len)
		abort();
	return 0;
}
