// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapvalue.h"

#include "cgroup.h"
#include "ref.h"
#include "typed_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- values that are descriptors --- */

static bool is_sockets(uint32_t type)
{
	return type == BPF_MAP_TYPE_SOCKMAP || type == BPF_MAP_TYPE_SOCKHASH ||
	       type == BPF_MAP_TYPE_XSKMAP || type == BPF_MAP_TYPE_REUSEPORT_SOCKARRAY;
}

static bool is_devices(uint32_t type)
{
	return type == BPF_MAP_TYPE_DEVMAP || type == BPF_MAP_TYPE_DEVMAP_HASH;
}

bool mapvalue_is_reference(uint32_t type)
{
	return map_type_is_map_of_maps(type) || is_sockets(type) || is_devices(type) ||
	       type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_CGROUP_ARRAY ||
	       type == BPF_MAP_TYPE_PERF_EVENT_ARRAY || type == BPF_MAP_TYPE_CPUMAP;
}

static int take_number(struct span *text, const char *word, int *out, struct problem *why)
{
	unsigned __int128 n;
	struct span w;
	int err = span_word(text, &w, why);

	if (!err && word) {
		if (!span_is(w, word))
			return problem(why, -EINVAL, w.at, "the word \"%s\" is expected", word);
		err = span_word(text, &w, why);
	}
	if (!err && (span_number(w, &n, NULL) || n > INT32_MAX))
		err = problem(why, -EINVAL, w.at, "a number is expected");
	if (!err)
		*out = (int)n;
	return err;
}

/* pid P fd N: a copy of another process's descriptor. */
static int open_socket(struct span *text, struct problem *why)
{
	struct span rest = *text, word;
	int pid = 0, number = 0, pidfd, fd, err;

	if (!span_word(&rest, &word, NULL) && span_is(word, "socket"))
		*text = rest;
	err = take_number(text, "pid", &pid, why);
	if (!err)
		err = take_number(text, "fd", &number, why);
	if (err)
		return err;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return problem(why, -errno, NULL, "process %d: %s", pid, strerror(errno));
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	err = -errno;
	close(pidfd);
	if (fd < 0)
		return problem(why, err, NULL, "descriptor %d of process %d: %s", number, pid,
			       strerror(-err));
	return fd;
}

static int open_cgroup(struct span *text, struct problem *why)
{
	struct span word;
	int err = span_word(text, &word, why), fd;
	char *path;

	if (!err && span_is(word, "cgroup"))
		err = span_word(text, &word, why);
	if (err)
		return err;
	path = strndup(word.at, span_len(word));
	fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (path && fd < 0 && *path != '/')
		fd = cgroup_open(path);
	err = -errno;
	free(path);
	return fd >= 0 ? fd : problem(why, err, word.at, "no cgroup: %s", strerror(-err));
}

static int open_object(const struct mapedit *e, struct span *text, struct problem *why)
{
	uint32_t type = e->map.info.type;

	if (map_type_is_map_of_maps(type))
		return ref_open(KIND_MAP, text, why);
	if (type == BPF_MAP_TYPE_PROG_ARRAY)
		return ref_open(KIND_PROG, text, why);
	if (type == BPF_MAP_TYPE_CGROUP_ARRAY)
		return open_cgroup(text, why);
	if (is_sockets(type))
		return open_socket(text, why);
	return problem(why, -EOPNOTSUPP, text->at,
		       "perf events belong to the program that opens them");
}

static int parse_object(const struct mapedit *e, struct span text, struct mapvalue *v,
			struct problem *why)
{
	int fd = open_object(e, &text, why);

	if (fd < 0)
		return fd;
	v->fd = fd;
	span_blanks(&text);
	if (text.at < text.end)
		return problem(why, -EINVAL, text.at, "there is something behind the value");
	memset(v->data, 0, e->value_size);
	memcpy(v->data, &fd, sizeof(fd));
	return 0;
}

/* --- devmaps and cpumaps: a number, and perhaps a program to run there --- */

static bool device_of(struct span text, uint32_t *ifindex)
{
	char name[IF_NAMESIZE];

	if (!span_len(text) || span_len(text) >= sizeof(name))
		return false;
	memcpy(name, text.at, span_len(text));
	name[span_len(text)] = '\0';
	*ifindex = if_nametoindex(name);
	return *ifindex;
}

static int parse_target(const struct mapedit *e, struct span text, struct mapvalue *v,
			struct problem *why)
{
	char id[12];
	uint32_t target[2] = {};
	struct span number;
	int err = 0;

	if (*text.at == '[')
		return bytes_parse(text, v->data, e->value_size, why);
	if (is_devices(e->map.info.type) && device_of(text, &target[0])) {
		memset(v->data, 0, e->value_size);
		memcpy(v->data, target, sizeof(target[0]));
		return 0;
	}
	if (e->value_size >= sizeof(target) && !span_number(text, &(unsigned __int128){0}, NULL)) {
		memset(v->data, 0, e->value_size);
		return bytes_parse(text, v->data, sizeof(target[0]), why);
	}
	err = e->types.value ? plan_parse(e->types.value, text, v->data, e->value_size, why)
			     : bytes_parse(text, v->data, e->value_size, why);
	if (err || e->value_size < sizeof(target))
		return err;
	memcpy(target, v->data, sizeof(target));
	if (!target[1])
		return 0;
	number = span_of(id, (size_t)snprintf(id, sizeof(id), "%u", target[1]));
	v->fd = ref_open(KIND_PROG, &number, why);
	if (v->fd < 0) {
		if (why)
			why->at = NULL;
		return v->fd;
	}
	memcpy(v->data + sizeof(target[0]), &v->fd, sizeof(v->fd));
	return 0;
}

/* --- plain values --- */

static int parse_one(const struct mapedit *e, struct span text, void *data, struct problem *why)
{
	size_t size = e->map.info.value_size;

	if (!e->types.value)
		return bytes_parse(text, data, size, why);
	text = span_trim(text);
	if (plan_is_path(text) &&
	    (plan_has_fields(e->types.value) || plan_is_array(e->types.value)))
		return plan_assign(e->types.value, text, data, size, why);
	return plan_parse(e->types.value, text, data, size, why);
}

/* --- per CPU --- */

/* Where a CPU's value goes, NULL with words; `given` counts each CPU's values, when there may be
 * many. */
static uint8_t *memory_of_cpu(const struct mapedit *e, unsigned __int128 cpu,
			      const struct mapvalue *v, uint8_t *given, const char *at,
			      struct problem *why)
{
	if (cpu >= map_cpus()) {
		problem(why, -EINVAL, at, "there are only %u CPUs", map_cpus());
		return NULL;
	}
	if (given && given[(size_t)cpu]++) {
		problem(why, -EINVAL, at, "the value of CPU %u is given twice", (unsigned int)cpu);
		return NULL;
	}
	return v->data + (size_t)cpu * map_value_stride(&e->map.info);
}

static int parse_cpu(const struct mapedit *e, unsigned __int128 cpu, struct span text,
		     struct mapvalue *v, uint8_t *given, const char *at, struct problem *why)
{
	uint8_t *data = memory_of_cpu(e, cpu, v, given, at, why);

	return data ? parse_one(e, text, data, why) : -EINVAL;
}

/* The N of "cpuN". */
static bool cpu_of(struct span name, unsigned __int128 *cpu)
{
	if (span_len(name) < 6 || memcmp(name.at, "\"cpu", 4) != 0)
		return false;
	return !span_number((struct span){name.at + 4, name.end - 1}, cpu, NULL);
}

/* {"cpu0":V,...} */
static int parse_by_name(const struct mapedit *e, struct span text, struct mapvalue *v,
			 uint8_t *given, struct problem *why)
{
	unsigned __int128 cpu = 0;
	struct span name, value;
	int err;

	span_take(&text, '{');
	do {
		span_blanks(&text);
		err = span_string(&text, &name, why);
		if (!err && !cpu_of(name, &cpu))
			err = problem(why, -EINVAL, name.at, "\"cpu0\" and so on are expected");
		if (!err && !span_take(&text, ':'))
			err = problem(why, -EINVAL, text.at, "a colon is expected");
		if (!err)
			err = span_value(&text, &value, why);
		if (!err && *value.at == '"' && !e->types.value)
			value = (struct span){value.at + 1, value.end - 1};
		if (!err)
			err = parse_cpu(e, cpu, value, v, given, name.at, why);
	} while (!err && span_take(&text, ','));
	if (!err && (!span_take(&text, '}') || (span_blanks(&text), text.at < text.end)))
		err = problem(why, -EINVAL, text.at, "a comma or } is expected");
	return err;
}

/* {"cpu":0,"value":V}, as bpftool shows it; *is_one: whether it is that. */
static int parse_cpu_object(const struct mapedit *e, struct span text, struct mapvalue *v,
			    uint8_t *given, bool *is_one, struct problem *why)
{
	struct span all = text, name, number, value;
	unsigned __int128 cpu;
	uint8_t *data;

	*is_one = false;
	if (!span_take(&text, '{') || (span_blanks(&text), span_string(&text, &name, NULL)) ||
	    !span_is(name, "\"cpu\"") || !span_take(&text, ':') ||
	    span_token(&text, &number, NULL) || span_number(number, &cpu, NULL))
		return 0;
	*is_one = true;
	if (!span_take(&text, ',') || (span_blanks(&text), span_string(&text, &name, NULL)) ||
	    !span_is(name, "\"value\"") || !span_take(&text, ':'))
		return problem(why, -EINVAL, all.at, "{\"cpu\":N,\"value\":V} is expected");
	if (span_value(&text, &value, why))
		return -EINVAL;
	if (span_take(&text, ',')) { /* the bytes of a value that its type does not show whole */
		if (span_blanks(&text), span_string(&text, &name, why))
			return -EINVAL;
		if (!span_is(name, "\"value_bytes\"") || !span_take(&text, ':'))
			return problem(why, -EINVAL, name.at, "\"value_bytes\" is expected");
		if (span_value(&text, &value, why))
			return -EINVAL;
		data = memory_of_cpu(e, cpu, v, given, number.at, why);
		return data ? bytes_parse(value, data, e->map.info.value_size, why) : -EINVAL;
	}
	return parse_cpu(e, cpu, value, v, given, number.at, why);
}

/* [V,...], each a CPU's. */
static int parse_by_place(const struct mapedit *e, struct span text, struct mapvalue *v,
			  uint8_t *given, struct problem *why)
{
	unsigned int cpu = 0;
	bool is_one = false, named = false;
	struct span value;
	int err;

	span_take(&text, '[');
	do {
		err = span_value(&text, &value, why);
		if (!err)
			err = parse_cpu_object(e, value, v, given, &is_one, why);
		named |= is_one;
		if (!err && named && !is_one)
			err =
			    problem(why, -EINVAL, value.at, "{\"cpu\":N,\"value\":V} is expected");
		if (!err && !named)
			err = parse_cpu(e, cpu, value, v, given, value.at, why);
		cpu++;
	} while (!err && span_take(&text, ','));
	if (!err && (!span_take(&text, ']') || (span_blanks(&text), text.at < text.end)))
		err = problem(why, -EINVAL, text.at, "a comma or ] is expected");
	if (!err && !named && cpu != map_cpus())
		err = problem(why, -EINVAL, text.at, "%u values are expected, one per CPU",
			      map_cpus());
	return err;
}

/* Whether an array is one of values, and not a value itself. */
static bool is_list_of_cpus(const struct mapedit *e, struct span text)
{
	span_take(&text, '[');
	span_blanks(&text);
	if (span_len(text) > 6 && !memcmp(text.at, "{\"cpu\":", 7))
		return true;
	if (text.at < text.end && (*text.at == '[' || *text.at == '{'))
		return !e->types.value || !plan_is_array(e->types.value) || *text.at == '[';
	return e->types.value && !plan_is_array(e->types.value);
}

/* `given` has a byte for each CPU. */
static int parse_cpus(const struct mapedit *e, struct span text, struct mapvalue *v, uint8_t *given,
		      struct problem *why)
{
	size_t stride = map_value_stride(&e->map.info);
	struct span rest = text, word;
	unsigned __int128 cpu;
	int err = 0;

	if (*text.at == '[' && !plan_is_path(text) && is_list_of_cpus(e, text))
		return parse_by_place(e, text, v, given, why);
	if (span_take(&rest, '{') && (span_blanks(&rest), !span_string(&rest, &word, NULL)) &&
	    cpu_of(word, &cpu))
		return parse_by_name(e, text, v, given, why);
	for (unsigned int i = 0; !err && i < map_cpus(); i++)
		err = parse_one(e, text, v->data + i * stride, why);
	return err;
}

static int parse_per_cpu(const struct mapedit *e, struct span text, struct mapvalue *v,
			 struct problem *why)
{
	struct span rest = text, word;
	uint8_t *given;
	int err;

	if (!span_word(&rest, &word, NULL) && span_is(word, "cpu")) {
		err = take_number(&rest, NULL, &v->cpu, why);
		return err ? err : parse_cpu(e, (unsigned int)v->cpu, rest, v, NULL, word.at, why);
	}
	given = calloc(map_cpus(), 1);
	err = given ? parse_cpus(e, text, v, given, why) : -ENOMEM;
	free(given);
	return err;
}

int mapvalue_parse(const struct mapedit *e, struct span text, struct mapvalue *v,
		   struct problem *why)
{
	uint32_t type = e->map.info.type;

	v->fd = v->cpu = -1;
	text = span_trim(text);
	if (!span_len(text) && e->value_size)
		return problem(why, -EINVAL, text.at, "a value is expected");
	if (is_devices(type) || type == BPF_MAP_TYPE_CPUMAP)
		return parse_target(e, text, v, why);
	if (mapvalue_is_reference(type))
		return parse_object(e, text, v, why);
	if (map_type_is_per_cpu(type))
		return parse_per_cpu(e, text, v, why);
	if (!e->value_size)
		return 0; /* sets have no values */
	return parse_one(e, text, v->data, why);
}
