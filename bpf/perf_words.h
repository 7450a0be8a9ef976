/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_PERF_WORDS_H
#define BPFVIEW_PERF_WORDS_H

#include "span.h"

#include <stdint.h>

/* Perf's words for events, whose numbers are those of <linux/perf_event.h>. */

/* "software" and so on; NULL for a type without a word. */
const char *perf_type_word(uint32_t type);

/* Appends "cpu-clock", "LLC-load-misses"; nothing where only a number says what is counted. */
void perf_config_word(uint32_t type, uint64_t config, struct buf *out);

/*
 * Reads what words say: the name of an event, `TYPE:CONFIG` with a word or a number on either side
 * (a type may also be a PMU of /sys/bus/event_source/devices), or rHEX, a raw event.  0, or -EINVAL
 * with words.
 */
int perf_event_parse(struct span word, uint32_t *type, uint64_t *config, struct problem *why);

/* The type of a PMU, by its name in /sys/bus/event_source/devices: 0 or -errno (-ENOENT: there is
 * none). */
int perf_pmu_type(const char *name, uint32_t *type);

/* The lowest bit of a field of a PMU's configuration ("retprobe"): 0 or -errno. */
int perf_pmu_bit(const char *name, const char *field, unsigned int *bit);

#endif
