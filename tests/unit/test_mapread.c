// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf/mapdump.h"
#include "bpf/mapread.h"
#include "bpf/seen.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Types for maps that want some: u32 to u32, u32 to {u64 packets, bytes}. */
static int btf_fd, u32, s32, pair;

static int load_btf(void **state)
{
	struct btf *btf = btf__new_empty();
	int u64;

	(void)state;
	if (geteuid())
		return 0;
	u32 = btf__add_int(btf, "u32", 4, 0);
	s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	u64 = btf__add_int(btf, "u64", 8, 0);
	pair = btf__add_struct(btf, "pair", 16);
	btf__add_field(btf, "packets", u64, 0, 0);
	btf__add_field(btf, "bytes", u64, 64, 0);
	if (btf__load_into_kernel(btf))
		return -1;
	btf_fd = dup(btf__fd(btf));
	btf__free(btf);
	return btf_fd < 0;
}

static int close_btf(void **state)
{
	(void)state;
	if (!geteuid())
		close(btf_fd);
	return 0;
}

struct made {
	uint32_t type, key, value, entries, flags;
	int key_type, value_type, inner;
};

/* MAP(HASH, 4, 8, 100, .flags = 1) */
#define MAP(type_, key_, value_, entries_, ...)                                                    \
	{                                                                                          \
		.type = BPF_MAP_TYPE_##type_, .key = key_, .value = value_, .entries = entries_,   \
		__VA_ARGS__                                                                        \
	}
#define MAKE(...) make((struct made)MAP(__VA_ARGS__))

static int make(struct made m)
{
	struct bpf_map_create_opts opts = {.sz = sizeof(opts), .map_flags = m.flags};
	int fd;

	if (m.value_type) {
		opts.btf_fd = (uint32_t)btf_fd;
		opts.btf_key_type_id = (uint32_t)m.key_type;
		opts.btf_value_type_id = (uint32_t)m.value_type;
	}
	opts.inner_map_fd = (uint32_t)m.inner;
	if (geteuid())
		skip();
	fd = bpf_map_create(m.type, "test", m.key, m.value, m.entries, &opts);
	assert_true(fd >= 0);
	return fd;
}

static uint32_t id_of(int fd)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	assert_int_equal(bpf_map_get_info_by_fd(fd, &info, &len), 0);
	return info.id;
}

static void put(int fd, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(fd, key, value, 0), 0);
}

static void put_u32(int fd, uint32_t key, uint32_t value)
{
	put(fd, &key, &value);
}

static struct mapread *begin(int fd, struct map *m)
{
	struct mapread *r;

	assert_int_equal(map_open(id_of(fd), false, m), 0);
	assert_int_equal(mapread_open(m, &r), 0);
	return r;
}

static void end(struct mapread *r, struct map *m)
{
	mapread_close(r);
	map_close(m);
}

/* The whole dump, read in pieces of `want` bytes. */
static void dump(int fd, enum dump_form form, size_t want, struct buf *out)
{
	struct mapdump *d;
	int more;

	buf_reset(out);
	assert_int_equal(mapdump_open(id_of(fd), form, &d), 0);
	do {
		size_t before = out->len;

		more = mapdump_more(d, out, want);
		assert_true(more >= 0);
		assert_true(!more || out->len - before >= want);
	} while (more);
	assert_int_equal(mapdump_more(d, out, want), 0);
	mapdump_close(d);
}

static void expect_dump(int fd, enum dump_form form, const char *text)
{
	struct buf out __buf_free = {};

	dump(fd, form, 1, &out);
	assert_string_equal(buf_cstr(&out), text);
	dump(fd, form, 1 << 20, &out);
	assert_string_equal(buf_cstr(&out), text);
}

/* Reads a map of `n` keys, the uint32_t at `at` of which are 0 to n - 1, and values that begin with
 * three times that: each comes once. */
static void expect_counted(int fd, uint32_t n, size_t at)
{
	uint8_t *got = calloc(1, n);
	struct map_entry e;
	struct map m;
	struct mapread *r = begin(fd, &m);
	uint32_t total = 0, key, value;

	while (mapread_next(r, &e) == 1) {
		assert_int_equal(e.err, 0);
		memcpy(&key, (const char *)e.key + at, sizeof(key));
		memcpy(&value, e.value, sizeof(value));
		assert_in_range(key, 0, n - 1);
		assert_int_equal(value, key * 3);
		assert_int_equal(got[key]++, 0);
		total++;
	}
	assert_int_equal(total, n);
	assert_int_equal(mapread_next(r, &e), 0);
	assert_int_equal(mapread_skipped(r), 0);
	assert_false(mapread_lost(r));
	end(r, &m);
	free(got);
}

static void test_counted(void **state)
{
	static const struct made maps[] = {
	    MAP(HASH, 4, 4, 20000),
	    MAP(HASH, 4, 4, 20000, .flags = BPF_F_NO_PREALLOC),
	    MAP(LRU_HASH, 4, 4, 100000),
	    MAP(ARRAY, 4, 4, 10000),
	    MAP(HASH, 1, 4, 256),
	    MAP(HASH, 64, 2000, 2000),
	    MAP(ARRAY, 4, 3000, 2000),
	    MAP(ARRAY, 4, 2 << 20, 3),
	    /* Buckets that do not fit into a batch. */
	    MAP(HASH, 4, 600000, 32, .flags = BPF_F_NO_PREALLOC),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		int fd = make(maps[i]);
		uint32_t n = maps[i].entries > 20000 ? 20000 : maps[i].entries;
		uint8_t key[64] = {}, *value = calloc(1, maps[i].value);

		for (uint32_t k = 0; k < n; k++) {
			uint32_t v = k * 3;

			memcpy(key, &k, sizeof(k));
			memcpy(value, &v, sizeof(v));
			put(fd, key, value);
		}
		free(value);
		if (maps[i].key >= 4)
			expect_counted(fd, n, 0);
		close(fd);
	}
}

static void test_empty(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH,
					 BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PROG_ARRAY};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		int fd = make((struct made){.type = types[i], .key = 4, .value = 4, .entries = 8});

		expect_dump(fd, DUMP_TEXT, "");
		expect_dump(fd, DUMP_JSON, "[]\n");
		expect_dump(fd, DUMP_BIN, "");
		close(fd);
	}
}

static void test_forms(void **state)
{
	int fd = MAKE(HASH, 4, 16, 8, .key_type = u32, .value_type = pair);
	struct buf out __buf_free = {};
	uint32_t key = 258;
	uint64_t value[2] = {7, UINT64_MAX};

	(void)state;
	put(fd, &key, value);
	expect_dump(fd, DUMP_TEXT, "258: {\"packets\":7,\"bytes\":18446744073709551615}\n");
	expect_dump(fd, DUMP_JSON,
		    "[{\"key\":258,\"value\":{\"packets\":7,\"bytes\":18446744073709551615}}]\n");
	dump(fd, DUMP_BIN, 1, &out);
	assert_int_equal(out.len, 20);
	assert_memory_equal(out.data, &key, 4);
	assert_memory_equal(out.data + 4, value, 16);
	close(fd);
}

static void test_bytes(void **state)
{
	int fd = MAKE(HASH, 2, 3, 8);

	(void)state;
	put(fd, "\1\xff", "abc");
	expect_dump(fd, DUMP_TEXT, "hex 01 ff: hex 61 62 63\n");
	expect_dump(fd, DUMP_JSON,
		    "[{\"key\":[\"0x01\",\"0xff\"],\"value\":[\"0x61\",\"0x62\",\"0x63\"]}]\n");
	close(fd);

	fd = MAKE(ARRAY, 4, 1, 2);
	expect_dump(fd, DUMP_TEXT, "0: hex 00\n1: hex 00\n");
	close(fd);
}

static void test_per_cpu(void **state)
{
	uint32_t types[] = {BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH,
			    BPF_MAP_TYPE_PERCPU_ARRAY};
	struct buf want __buf_free = {}, got __buf_free = {};
	uint64_t *values = calloc(map_cpus(), sizeof(*values));
	uint32_t key = 0;

	(void)state;
	for (unsigned int cpu = 0; cpu < map_cpus(); cpu++)
		values[cpu] = 10 + cpu;
	for (size_t i = 0; i < 3; i++) {
		struct made m = MAP(HASH, 4, 4, 1, .key_type = u32, .value_type = s32);
		int fd;

		m.type = types[i];
		fd = make(m);

		put(fd, &key, values);
		buf_reset(&want);
		buf_str(&want, "0: {");
		for (unsigned int cpu = 0; cpu < map_cpus(); cpu++)
			buf_printf(&want, "%s\"cpu%u\":%u", cpu ? "," : "", cpu, 10 + cpu);
		buf_str(&want, "}\n");
		expect_dump(fd, DUMP_TEXT, buf_cstr(&want));
		buf_reset(&want);
		buf_str(&want, "[{\"key\":0,\"values\":[");
		for (unsigned int cpu = 0; cpu < map_cpus(); cpu++)
			buf_printf(&want, "%s{\"cpu\":%u,\"value\":%u}", cpu ? "," : "", cpu,
				   10 + cpu);
		buf_str(&want, "]}]\n");
		expect_dump(fd, DUMP_JSON, buf_cstr(&want));
		dump(fd, DUMP_BIN, 1, &got);
		assert_int_equal(got.len, 4 + 8 * map_cpus());
		assert_memory_equal(got.data + 4, values, map_cpus() * sizeof(*values));
		close(fd);
	}
	free(values);
}

static void test_maps_of_maps(void **state)
{
	int inner = MAKE(ARRAY, 4, 4, 1);
	struct made outer = MAP(ARRAY_OF_MAPS, 4, 4, 4, .inner = inner);
	struct buf want __buf_free = {}, bytes __buf_free = {};
	int fd = make(outer);

	(void)state;
	put_u32(fd, 2, (uint32_t)inner);
	buf_printf(&want, "2: %u\n", id_of(inner));
	expect_dump(fd, DUMP_TEXT, buf_cstr(&want));
	close(fd);

	outer.type = BPF_MAP_TYPE_HASH_OF_MAPS;
	fd = make(outer);
	put_u32(fd, 2, (uint32_t)inner);
	buf_reset(&want);
	for (int i = 0; i < 4; i++)
		buf_printf(&bytes, "%s\"0x%02x\"", i ? "," : "", id_of(inner) >> 8 * i & 0xff);
	buf_printf(&want,
		   "[{\"key\":[\"0x02\",\"0x00\",\"0x00\",\"0x00\"],\"value\":[%s],"
		   "\"inner_map_id\":%u}]\n",
		   buf_cstr(&bytes), id_of(inner));
	expect_dump(fd, DUMP_JSON, buf_cstr(&want));
	close(fd);
	close(inner);
}

/* Maps whose slots the kernel refuses to show, or that are empty. */
static void test_refused(void **state)
{
	int fd = MAKE(PERF_EVENT_ARRAY, 4, 4, 1);

	(void)state;
	expect_dump(fd, DUMP_TEXT, "0: <Operation not supported>\n");
	expect_dump(fd, DUMP_JSON,
		    "[{\"key\":[\"0x00\",\"0x00\",\"0x00\",\"0x00\"],"
		    "\"value\":{\"error\":\"Operation not supported\"}}]\n");
	expect_dump(fd, DUMP_BIN, "");
	close(fd);
	fd = MAKE(CPUMAP, 4, 4, 1);
	expect_dump(fd, DUMP_TEXT, "0: <no entry>\n");
	expect_dump(fd, DUMP_JSON,
		    "[{\"key\":[\"0x00\",\"0x00\",\"0x00\",\"0x00\"],"
		    "\"value\":{\"error\":\"No such file or directory\"}}]\n");
	put_u32(fd, 0, 192);
	expect_dump(fd, DUMP_TEXT, "0: 192\n");
	close(fd);
}

/* Types that say why they cannot be listed. */
static void test_refusals(void **state)
{
	static const struct made maps[] = {
	    MAP(QUEUE, 0, 4, 4),
	    MAP(STACK, 0, 4, 4),
	    MAP(BLOOM_FILTER, 0, 4, 4),
	    MAP(RINGBUF, 0, 0, 65536),
	    MAP(USER_RINGBUF, 0, 0, 65536),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct buf out __buf_free = {};
		struct mapdump *d = NULL;
		int fd = make(maps[i]);

		dump(fd, DUMP_TEXT, 1, &out);
		assert_int_equal(strncmp(buf_cstr(&out), "# ", 2), 0);
		assert_ptr_equal(strchr(out.data, '\n'), out.data + out.len - 1);
		dump(fd, DUMP_JSON, 1, &out);
		assert_int_equal(strncmp(buf_cstr(&out), "[{\"error\":\"", 11), 0);
		assert_int_equal(mapdump_open(id_of(fd), DUMP_BIN, &d), -EOPNOTSUPP);
		assert_null(d);
		close(fd);
	}
}

static void test_sockets(void **state)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), fd;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	uint64_t value = (uint64_t)s;
	uint32_t key = 1;
	struct map_entry e;
	struct mapread *r;
	struct map m;

	(void)state;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof(to)), 0);
	fd = MAKE(SOCKHASH, 4, 8, 4);
	put(fd, &key, &value);
	r = begin(fd, &m);
	assert_int_equal(mapread_next(r, &e), 1);
	assert_int_equal(e.err, 0);
	assert_memory_equal(e.key, &key, 4);
	assert_int_equal(mapread_next(r, &e), 0);
	end(r, &m);
	close(fd);
	fd = MAKE(SOCKMAP, 4, 4, 2);
	put_u32(fd, 1, (uint32_t)s);
	expect_dump(fd, DUMP_TEXT, "0: <No space left on device>\n1: <No space left on device>\n");
	close(fd);
	close(s);
}

static void *wait_for_end(void *barrier)
{
	pthread_barrier_wait(barrier);
	pthread_barrier_wait(barrier);
	return NULL;
}

/* A value of this process, and none of the other thread. */
static void test_task_storage(void **state)
{
	int fd = MAKE(TASK_STORAGE, 4, 4, 0, .flags = BPF_F_NO_PREALLOC, .key_type = s32,
		      .value_type = u32);
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct buf want __buf_free = {};
	pthread_barrier_t barrier;
	pthread_t thread;

	(void)state;
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, wait_for_end, &barrier);
	pthread_barrier_wait(&barrier);
	put_u32(fd, (uint32_t)pidfd, 77);
	buf_printf(&want, "%d: 77\n", getpid());
	expect_dump(fd, DUMP_TEXT, buf_cstr(&want));
	buf_reset(&want);
	buf_printf(&want, "[{\"key\":%d,\"value\":77}]\n", getpid());
	expect_dump(fd, DUMP_JSON, buf_cstr(&want));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&barrier);
	close(pidfd);
	close(fd);
}

static void test_cgroup_storage(void **state)
{
	int fd = MAKE(CGRP_STORAGE, 4, 4, 0, .flags = BPF_F_NO_PREALLOC, .key_type = s32,
		      .value_type = u32);
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct buf path __buf_free = {}, want __buf_free = {};
	struct mntent *m;
	struct stat st;
	int cgroup;

	(void)state;
	while ((m = getmntent(mounts)) && strcmp(m->mnt_type, "cgroup2"))
		;
	if (!m)
		skip();
	buf_printf(&path, "%s/bpfview-test-%d", m->mnt_dir, getpid());
	endmntent(mounts);
	assert_int_equal(mkdir(buf_cstr(&path), 0700), 0);
	cgroup = open(buf_cstr(&path), O_RDONLY | O_DIRECTORY);
	assert_int_equal(fstat(cgroup, &st), 0);
	put_u32(fd, (uint32_t)cgroup, 5);
	buf_printf(&want, "[{\"key\":%llu,\"value\":5}]\n", (unsigned long long)st.st_ino);
	expect_dump(fd, DUMP_JSON, buf_cstr(&want));
	close(cgroup);
	assert_int_equal(rmdir(buf_cstr(&path)), 0);
	close(fd);
}

/* A socket filter that returns 0. */
static int load_program(void)
{
	static const struct bpf_insn insns[] = {
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	    {.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "test", "GPL", insns, 2, NULL);
}

static void test_prog_array(void **state)
{
	int fd = MAKE(PROG_ARRAY, 4, 4, 100);
	int prog = load_program();
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	struct buf want __buf_free = {};

	(void)state;
	assert_true(prog >= 0);
	assert_int_equal(bpf_prog_get_info_by_fd(prog, &info, &len), 0);
	put_u32(fd, 42, (uint32_t)prog);
	buf_printf(&want, "42: %u\n", info.id);
	expect_dump(fd, DUMP_TEXT, buf_cstr(&want));
	close(prog);
	close(fd);
}

/* Calls bpf_get_stackid() on its own stack and returns the id. */
static int32_t record_stack(int map)
{
	const struct bpf_insn insns[] = {
	    {.code = BPF_LD | BPF_DW, /* an immediate of 64 bits */
	     .dst_reg = BPF_REG_2,
	     .src_reg = BPF_PSEUDO_MAP_FD,
	     .imm = map},
	    {},
	    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3},
	    {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_stackid},
	    {.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "test", "GPL", insns, 5, NULL);
	int err;

	assert_true(prog >= 0);
	err = bpf_prog_test_run_opts(prog, &run);
	close(prog);
	assert_int_equal(err, 0);
	return (int32_t)run.retval;
}

static void test_stack_traces(void **state)
{
	int fd = MAKE(STACK_TRACE, 4, 8 * 127, 1000);
	int32_t id = record_stack(fd);
	struct buf out __buf_free = {};
	uint64_t ips[127] = {};
	unsigned long long ip;
	int key, end_at = 0;

	(void)state;
	assert_true(id >= 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &id, ips), 0);
	dump(fd, DUMP_JSON, 1, &out);
	assert_int_equal(
	    sscanf(buf_cstr(&out), "[{\"key\":%d,\"value\":[%llu%n", &key, &ip, &end_at), 2);
	assert_int_equal(key, id);
	assert_true(ip == ips[0]);
	/* Only the frames that there are. */
	assert_null(strstr(out.data + end_at, ",0"));
	close(fd);
}

struct lpm_key {
	uint32_t bits;
	uint32_t address;
};

static struct lpm_key lpm_key(uint32_t i)
{
	/* Many prefixes of each other, and each different: i decides length and bits. */
	uint32_t bits = 12 + i % 21;
	uint32_t address = (i / 21) << 20 | (i * 2654435761u & 0xfffff);

	return (struct lpm_key){bits, htonl(bits ? address & ~0u << (32 - bits) : 0)};
}

enum { PREFIXES = 40000 };

static void test_lpm(void **state)
{
	int fd = MAKE(LPM_TRIE, sizeof(struct lpm_key), 4, PREFIXES, .flags = BPF_F_NO_PREALLOC);
	struct seen seen = {};
	struct map_entry e;
	uint32_t n = 0, got = 0;
	struct mapread *r;
	struct map m;

	(void)state;
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct lpm_key key = lpm_key(i);

		n += !bpf_map_update_elem(fd, &key, &i, BPF_NOEXIST);
	}
	assert_in_range(n, PREFIXES / 2, PREFIXES);
	r = begin(fd, &m);
	while (mapread_next(r, &e) == 1) {
		assert_false(seen_has(&seen, e.key, sizeof(struct lpm_key)));
		assert_int_equal(seen_add(&seen, e.key, sizeof(struct lpm_key)), 0);
		got++;
	}
	assert_int_equal(got, n);
	assert_false(mapread_lost(r));
	seen_free(&seen);
	end(r, &m);
	close(fd);
}

/*
 * Reading while a thread deletes and adds as fast as it can: of keys 0 to 2 * n - 1 the even ones
 * stay and the odd ones come and go.
 */
struct churn {
	int fd;
	uint32_t type, n;
	bool stop;
};

static size_t churn_key(uint32_t type, uint32_t i, struct lpm_key *out)
{
	/* Neighbours in the trie, with nested ones. */
	if (type == BPF_MAP_TYPE_LPM_TRIE) {
		*out = (struct lpm_key){i % 4 == 3 ? 30 : 32, htonl(i * 8)};
		return sizeof(*out);
	}
	memcpy(out, &i, sizeof(i));
	return sizeof(i);
}

static void *churn(void *arg)
{
	struct churn *c = arg;
	uint32_t seed = 1, value = 1;
	struct lpm_key key;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		seed = seed * 1664525 + 1013904223;
		churn_key(c->type, (seed >> 8) % c->n * 2 + 1, &key);
		if (bpf_map_delete_elem(c->fd, &key))
			bpf_map_update_elem(c->fd, &key, &value, 0);
	}
	return NULL;
}

static void read_under_churn(struct churn *c)
{
	struct seen seen = {};
	struct map_entry e;
	struct lpm_key key;
	struct map m;
	struct mapread *r = begin(c->fd, &m);
	size_t size = churn_key(c->type, 0, &key);
	bool lost;
	int more;

	while ((more = mapread_next(r, &e)) == 1) {
		assert_false(seen_has(&seen, e.key, size));
		assert_int_equal(seen_add(&seen, e.key, size), 0);
	}
	assert_int_equal(more, 0);
	lost = mapread_lost(r);
	/* In an LPM trie the kernel itself can miss a key; see mapread.h. */
	for (uint32_t i = 0; i < c->n && !lost && c->type != BPF_MAP_TYPE_LPM_TRIE; i++) {
		churn_key(c->type, 2 * i, &key);
		assert_true(seen_has(&seen, &key, size));
	}
	seen_free(&seen);
	end(r, &m);
}

static void test_churn(void **state)
{
	static const struct made maps[] = {
	    MAP(HASH, 4, 4, 40000),
	    MAP(LRU_HASH, 4, 4, 200000),
	    MAP(LPM_TRIE, 8, 4, 4000, .flags = BPF_F_NO_PREALLOC),
	    MAP(DEVMAP_HASH, 4, 4, 40000),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		uint32_t n = maps[i].entries < 40000 ? maps[i].entries / 2 : 10000, one = 1;
		struct churn c = {.fd = make(maps[i]), .type = maps[i].type, .n = n};
		struct lpm_key key;
		pthread_t thread;

		for (uint32_t k = 0; k < 2 * n; k++) {
			churn_key(c.type, k, &key);
			put(c.fd, &key, &one);
		}
		pthread_create(&thread, NULL, churn, &c);
		for (int round = 0; round < 10; round++)
			read_under_churn(&c);
		__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
		pthread_join(thread, NULL);
		close(c.fd);
	}
}

/* How many descriptors this process has. */
static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_lets_go(void **state)
{
	int fd = MAKE(HASH, 4, 4, 8), before = descriptors();
	uint32_t id = id_of(fd);
	struct buf out __buf_free = {};
	struct mapdump *d;

	(void)state;
	put_u32(fd, 1, 2);
	assert_int_equal(mapdump_open(id, DUMP_JSON, &d), 0);
	assert_int_equal(descriptors(), before + 1);
	assert_int_equal(mapdump_more(d, &out, 1 << 20), 0);
	assert_int_equal(descriptors(), before);
	mapdump_close(d);
	assert_int_equal(mapdump_open(id, DUMP_JSON, &d), 0);
	mapdump_close(d);
	assert_int_equal(descriptors(), before);
	close(fd);
	assert_int_equal(mapdump_open(INT32_MAX, DUMP_JSON, &d), -ENOENT);
}

static void test_seen(void **state)
{
	struct seen s = {};
	uint32_t n = 0;

	(void)state;
	assert_false(seen_has(&s, &n, sizeof(n)));
	for (; !seen_add(&s, &n, sizeof(n)); n++)
		;
	assert_int_equal(n, SEEN_MAX_SLOTS / 4 * 3);
	for (uint32_t i = 0; i < 2 * n; i++)
		assert_int_equal(seen_has(&s, &i, sizeof(i)), i < n);
	seen_free(&s);
	assert_int_equal(seen_add(&s, "a\0b", 3), 0);
	assert_true(seen_has(&s, "a\0b", 3));
	assert_false(seen_has(&s, "a\0b\0", 4));
	assert_int_equal(seen_add(&s, "", 0), 0);
	assert_true(seen_has(&s, NULL, 0));
	seen_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counted),	   cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_forms),	   cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_per_cpu),	   cmocka_unit_test(test_maps_of_maps),
	    cmocka_unit_test(test_refused),	   cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_sockets),	   cmocka_unit_test(test_task_storage),
	    cmocka_unit_test(test_cgroup_storage), cmocka_unit_test(test_prog_array),
	    cmocka_unit_test(test_stack_traces),   cmocka_unit_test(test_lpm),
	    cmocka_unit_test(test_churn),	   cmocka_unit_test(test_lets_go),
	    cmocka_unit_test(test_seen),
	};

	return cmocka_run_group_tests(tests, load_btf, close_btf);
}
