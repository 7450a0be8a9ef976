/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TYPED_PARSE_H
#define BPFVIEW_TYPED_PARSE_H

#include "span.h"
#include "typed.h"

/*
 * Values written by people and programs, put into memory by the plan that renders them.
 *
 * What plan_render() gives is read back as the same bytes (see plan_is_exact() for what it does not
 * show).  Besides:
 *
 *   integers      decimal, 0x hex, 0o or 0 octal, 0b binary, signed or quoted; never out of range
 *   bool          true, false, 1, 0
 *   char          "x", or its number
 *   enum          the name, quoted or not, or the number
 *   bitfields     numbers that fit
 *   text          an array of char takes a string of at most its length, the rest becomes zero; a
 *                 value that is nothing else may go without quotes
 *   addresses     1.2.3.4 for what has 4 bytes, IPv6 for 16, a MAC address for 6, where that is an
 *                 unsigned integer, an array of integers or a struct: in network order
 *   objects       members in any order, none twice; those left out keep what is in memory; members
 * of an anonymous struct or union may stand next to it; of the members of a union those count that
 * change it DATASEC       {"variable":value,...} too arrays        of as many elements as there
 * are; a flexible one of as many as there is room for
 */

/*
 * Reads all of `text` into `data`, which holds the value as it was, or zeros.  0, or with words
 * -EINVAL, -EOPNOTSUPP (where there is a program's id), -ENOMEM; `data` is then worth nothing.
 *
 * Text that begins with the word `hex`, and as many numbers from 0 to 255 as the value has bytes,
 * two at least, are bytes; everything else is typed.  (Text that could be taken for bytes goes in
 * quotes.)
 */
int plan_parse(const struct plan *p, struct span text, void *data, size_t size,
	       struct problem *why);

/* One field: ".path.to[3].field=5".  As plan_parse(). */
int plan_assign(const struct plan *p, struct span text, void *data, size_t size,
		struct problem *why);

/* Whether the text begins with the path of a field and an equals sign. */
bool plan_is_path(struct span text);

/* What values of the plan are. */
bool plan_has_fields(const struct plan *p);
bool plan_is_array(const struct plan *p);

/* Whether the text is a list of exactly `size` bytes, as bpftool takes it ("1 0x2 03"). */
bool bytes_are_given(struct span text, size_t size);

/* Bytes: "hex 01 02 0a", "1 2 0x0a" or ["0x01","0x02"]; without a plan a number alone stands for
 * 1, 2, 4 or 8 bytes in the machine's order.  Exactly `size` of them: 0, or -EINVAL with words and
 * `data` untouched. */
int bytes_parse(struct span text, void *data, size_t size, struct problem *why);

/* Appends the bytes that a text gives in hex: digits with blanks wherever one likes between bytes,
 * 0x or not, the word `hex` before them or not.  0, or -EINVAL with words. */
int bytes_parse_hex(struct span text, struct buf *out, struct problem *why);

#endif
