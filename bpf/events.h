/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_EVENTS_H
#define BPFVIEW_EVENTS_H

#include "span.h"
#include "typed.h"

#include <stdbool.h>

/*
 * What programs send through a map of perf events or a ring buffer, as lines of JSON, with the keys
 * of `bpftool -j map event_pipe`:
 *
 *   {"type":9,"cpu":0,"index":0,"timestamp":NS,"data":D}      a perf event's record
 *   {"type":2,"cpu":0,"index":0,"lost":{"id":N,"count":N}}    so many records found no room
 *   {"data":D}                                                a ring buffer's record
 *
 * "type" is a PERF_RECORD_* and the time that of perf's clock.  D is an array of bytes or, where a
 * type is named, the value as plan_render() shows it; the bytes behind it are then "rest":[...], up
 * to 7 that perf may have added to a value (it fills records up to 4 bytes behind a multiple of 8)
 * left out.
 *
 * Reading takes records from who else reads.  A slot of a map of perf events belongs to one reader:
 * events_start() takes the slots over from whom had them, and events_close() leaves them empty, as
 * bpftool does.
 */
struct events;

/* What words ask for; zero-initialise, events_options_free() in the end. */
struct events_options {
	bool has_slot;
	uint32_t cpu, index; /* only this CPU's events, through that slot of the map */
	struct plan *plan;   /* of the type of the records */
	bool reset;	     /* forget what was asked for before */
};

/*
 * Reads options for a map, any of
 *
 *   cpu N              events of that CPU only, and
 *   index M            through slot M (or else N) of a map of perf events
 *   type [struct|union] NAME
 *                      a type in the BTF of the map, or of a program that uses it, or the kernel's
 *   reset              nothing else of what was set before
 *
 * 0, or -EINVAL, -ENOENT (no such map), ... with words.
 */
int events_options_parse(uint32_t map_id, struct span words, struct events_options *out,
			 struct problem *why);
void events_options_free(struct events_options *o);

/* Whether maps of a type can be read so. */
bool events_has(uint32_t map_type);

/* Notes that a map is to be read, which it does not keep alive before events_start(): 0, or
 * -ENOMEM. */
int events_open(uint32_t map_id, struct events **out);
void events_close(struct events *e);

/* Sets what was asked for, also while it runs, and takes the plan; what was not asked for stays as
 * it was.  0, or -errno with words and nothing changed. */
int events_set(struct events *e, struct events_options *o, struct problem *why);

/* From now on records are kept for events_read(): 0, or -errno (-ENOENT: no such map). */
int events_start(struct events *e);

/* A descriptor that poll(2) finds readable when there are records.  It says nothing of those that a
 * program has put into a ring buffer without waking anybody (BPF_RB_NO_WAKEUP). */
int events_fd(const struct events *e);

/* Appends what is there until there are `room` bytes or a few more, a line a record: 0 or -errno.
 */
int events_read(struct events *e, struct buf *out, size_t room);

#endif
