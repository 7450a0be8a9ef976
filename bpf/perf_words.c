// SPDX-License-Identifier: GPL-2.0-or-later
#include "perf_words.h"

#include "nearest.h"

#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_words[] = {
    [PERF_TYPE_HARDWARE] = "hardware",
    [PERF_TYPE_SOFTWARE] = "software",
    [PERF_TYPE_TRACEPOINT] = "tracepoint",
    [PERF_TYPE_HW_CACHE] = "hw-cache",
    [PERF_TYPE_RAW] = "raw",
    [PERF_TYPE_BREAKPOINT] = "breakpoint",
};

static const char *const hardware_words[] = {
    [PERF_COUNT_HW_CPU_CYCLES] = "cpu-cycles",
    [PERF_COUNT_HW_INSTRUCTIONS] = "instructions",
    [PERF_COUNT_HW_CACHE_REFERENCES] = "cache-references",
    [PERF_COUNT_HW_CACHE_MISSES] = "cache-misses",
    [PERF_COUNT_HW_BRANCH_INSTRUCTIONS] = "branch-instructions",
    [PERF_COUNT_HW_BRANCH_MISSES] = "branch-misses",
    [PERF_COUNT_HW_BUS_CYCLES] = "bus-cycles",
    [PERF_COUNT_HW_STALLED_CYCLES_FRONTEND] = "stalled-cycles-frontend",
    [PERF_COUNT_HW_STALLED_CYCLES_BACKEND] = "stalled-cycles-backend",
    [PERF_COUNT_HW_REF_CPU_CYCLES] = "ref-cycles",
};

static const char *const software_words[] = {
    [PERF_COUNT_SW_CPU_CLOCK] = "cpu-clock",
    [PERF_COUNT_SW_TASK_CLOCK] = "task-clock",
    [PERF_COUNT_SW_PAGE_FAULTS] = "page-faults",
    [PERF_COUNT_SW_CONTEXT_SWITCHES] = "context-switches",
    [PERF_COUNT_SW_CPU_MIGRATIONS] = "cpu-migrations",
    [PERF_COUNT_SW_PAGE_FAULTS_MIN] = "minor-faults",
    [PERF_COUNT_SW_PAGE_FAULTS_MAJ] = "major-faults",
    [PERF_COUNT_SW_ALIGNMENT_FAULTS] = "alignment-faults",
    [PERF_COUNT_SW_EMULATION_FAULTS] = "emulation-faults",
    [PERF_COUNT_SW_DUMMY] = "dummy",
    [PERF_COUNT_SW_BPF_OUTPUT] = "bpf-output",
    [PERF_COUNT_SW_CGROUP_SWITCHES] = "cgroup-switches",
};

/* The three parts of a cache event: which cache, what is done to it, with what result. */
static const char *const cache_words[] = {"L1-dcache", "L1-icache", "LLC", "dTLB",
					  "iTLB",      "branch",    "node"};
static const char *const cache_op_words[] = {"load", "store", "prefetch"};
static const char *const cache_result_words[] = {"refs", "misses"};

#define SIZE(words)    (sizeof(words) / sizeof((words)[0]))
#define WORD(words, v) word_in(words, SIZE(words), v)

static const char *word_in(const char *const *words, size_t n, uint64_t v)
{
	return v < n ? words[v] : NULL;
}

static void add_named(struct buf *out, uint64_t v, const char *name)
{
	if (name)
		buf_str(out, name);
	else
		buf_u64(out, v);
}

const char *perf_type_word(uint32_t type)
{
	return WORD(type_words, type);
}

void perf_config_word(uint32_t type, uint64_t config, struct buf *out)
{
	const char *word = type == PERF_TYPE_HARDWARE	? WORD(hardware_words, config)
			   : type == PERF_TYPE_SOFTWARE ? WORD(software_words, config)
							: NULL;

	if (word)
		buf_str(out, word);
	if (type != PERF_TYPE_HW_CACHE)
		return;
	add_named(out, config & 0xff, WORD(cache_words, config & 0xff));
	buf_char(out, '-');
	add_named(out, config >> 8 & 0xff, WORD(cache_op_words, config >> 8 & 0xff));
	buf_char(out, '-');
	add_named(out, config >> 16, WORD(cache_result_words, config >> 16));
}

/* --- the other way round --- */

/* Words that perf has besides. */
static const struct {
	const char *word;
	uint32_t type;
	uint64_t config;
} aliases[] = {
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {"faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {"cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
    {"migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
};

enum { CACHES = SIZE(cache_words), OPS = SIZE(cache_op_words), RESULTS = SIZE(cache_result_words) };

/* The i-th event that has a word, in any order; false behind the last. */
static bool nth_event(size_t i, uint32_t *type, uint64_t *config)
{
	if (i < SIZE(hardware_words)) {
		*type = PERF_TYPE_HARDWARE;
		*config = i;
		return true;
	}
	i -= SIZE(hardware_words);
	if (i < SIZE(software_words)) {
		*type = PERF_TYPE_SOFTWARE;
		*config = i;
		return true;
	}
	i -= SIZE(software_words);
	*type = PERF_TYPE_HW_CACHE;
	*config = i % CACHES | i / CACHES % OPS << 8 | i / CACHES / OPS << 16;
	return i < CACHES * OPS * RESULTS;
}

/* With *type as it is wanted, or UINT32_MAX for any. */
static bool find_event(struct span word, uint32_t *type, uint64_t *config)
{
	struct buf name __buf_free = {};
	uint32_t t;
	uint64_t c;

	for (size_t i = 0; i < SIZE(aliases); i++)
		if (span_is(word, aliases[i].word) &&
		    (*type == UINT32_MAX || *type == aliases[i].type)) {
			*type = aliases[i].type;
			*config = aliases[i].config;
			return true;
		}
	for (size_t i = 0; nth_event(i, &t, &c); i++) {
		buf_reset(&name);
		perf_config_word(t, c, &name);
		if ((*type == UINT32_MAX || *type == t) && span_is(word, buf_cstr(&name))) {
			*type = t;
			*config = c;
			return true;
		}
	}
	return false;
}

static const char *nth_word(void *arg, size_t i, size_t *len)
{
	size_t n = SIZE(hardware_words);
	const char *word = i < n			  ? hardware_words[i]
			   : i - n < SIZE(software_words) ? software_words[i - n]
							  : NULL;

	(void)arg;
	*len = word ? strlen(word) : 0;
	return word;
}

static int parse_type(struct span word, uint32_t *type, struct problem *why)
{
	char name[NAME_MAX + 1];
	unsigned __int128 number;

	for (*type = 0; *type < SIZE(type_words); ++*type)
		if (span_is(word, type_words[*type]))
			return 0;
	if (!span_number(word, &number, NULL) && number < UINT32_MAX) {
		*type = (uint32_t)number;
		return 0;
	}
	snprintf(name, sizeof(name), "%.*s", (int)span_len(word), word.at);
	if (!strchr(name, '/') && *name != '.' && !perf_pmu_type(name, type))
		return 0;
	return problem(why, -EINVAL, word.at, "there is no type of events, and no PMU, called so");
}

static int parse_number(struct span word, uint64_t *out, struct problem *why)
{
	unsigned __int128 number;

	if (span_number(word, &number, NULL) || number > UINT64_MAX)
		return problem(why, -EINVAL, word.at, "an event is expected, by name or number");
	*out = (uint64_t)number;
	return 0;
}

/* rHEX */
static bool parse_raw(struct span word, uint64_t *config)
{
	char digits[17] = "";

	if (span_len(word) < 2 || span_len(word) > sizeof(digits) || *word.at != 'r')
		return false;
	memcpy(digits, word.at + 1, span_len(word) - 1);
	*config = strtoull(digits, NULL, 16);
	return !digits[strspn(digits, "0123456789abcdefABCDEF")];
}

int perf_event_parse(struct span word, uint32_t *type, uint64_t *config, struct problem *why)
{
	const char *colon = memchr(word.at, ':', span_len(word));
	struct span name = {colon ? colon + 1 : word.at, word.end};
	int err;

	*type = UINT32_MAX;
	if (!colon) {
		if (find_event(word, type, config))
			return 0;
		*type = PERF_TYPE_RAW;
		return parse_raw(word, config)
			   ? 0
			   : nearest(why, word.at, "event", word, nth_word, NULL);
	}
	err = parse_type((struct span){word.at, colon}, type, why);
	if (err || find_event(name, type, config))
		return err;
	return parse_number(name, config, why);
}

/* --- PMUs --- */

static int read_pmu(const char *pmu, const char *file, const char *fmt, unsigned int *out)
{
	char path[PATH_MAX];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/%s", pmu, file);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fscanf(f, fmt, out);
	fclose(f);
	return n == 1 ? 0 : -EINVAL;
}

int perf_pmu_type(const char *name, uint32_t *type)
{
	return read_pmu(name, "type", "%u", type);
}

int perf_pmu_bit(const char *name, const char *field, unsigned int *bit)
{
	char file[NAME_MAX + 1];

	snprintf(file, sizeof(file), "format/%s", field);
	return read_pmu(name, file, "config:%u", bit);
}
