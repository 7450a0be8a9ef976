/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_KEYNAME_H
#define BPFVIEW_KEYNAME_H

#include "span.h"
#include "typed.h"

/*
 * Keys of maps as names of files: a number, an enumerator's name, printable text, field=value,...
 * of a struct (field.field=value of one in it).  What has no such name that reads back as the same
 * bytes is hex:0a000001, or b64: and base64 with - and _ (RFC 4648, section 5) when that is too
 * long for a name, or hash: and a fingerprint when even that is: a key of more than 188 bytes.
 *
 * A key has one name, and no two keys the same.
 */

/* Appends the name of a key; `plan` is NULL where keys are just bytes. */
void keyname_encode(const struct plan *plan, const void *key, size_t size, struct buf *out);

/* Reads a name, or any spelling of a key that plan_parse() or bytes_parse() take.  0, -EINVAL
 * with words, or 1: it is a fingerprint, whose key must be searched for. */
int keyname_decode(const struct plan *plan, struct span name, void *key, size_t size,
		   struct problem *why);

#endif
