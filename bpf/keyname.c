// SPDX-License-Identifier: GPL-2.0-or-later
#include "keyname.h"

#include "typed_parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* --- bytes --- */

static void add_base64(const uint8_t *key, size_t size, struct buf *out)
{
	uint32_t bits = 0;
	unsigned int n = 0;

	for (size_t i = 0; i < size; i++) {
		bits = bits << 8 | key[i];
		for (n += 8; n >= 6; n -= 6)
			buf_char(out, base64[bits >> (n - 6) & 63]);
	}
	if (n)
		buf_char(out, base64[bits << (6 - n) & 63]);
}

static int read_base64(struct span text, uint8_t *key, size_t size, struct problem *why)
{
	uint32_t bits = 0;
	unsigned int n = 0;
	size_t done = 0;

	if (span_len(text) != (size * 8 + 5) / 6)
		return problem(why, -EINVAL, text.at, "%zu bytes are expected", size);
	for (; text.at < text.end; text.at++) {
		const char *digit = strchr(base64, *text.at);

		if (!digit || !*digit)
			return problem(why, -EINVAL, text.at, "this is no base64");
		bits = bits << 6 | (uint32_t)(digit - base64);
		n += 6;
		if (n >= 8) {
			n -= 8;
			key[done++] = (uint8_t)(bits >> n);
		}
	}
	if (bits & ((1u << n) - 1))
		return problem(why, -EINVAL, text.end - 1, "this is no base64");
	return 0;
}

static int read_hex(struct span text, uint8_t *key, size_t size, struct problem *why)
{
	if (span_len(text) != 2 * size)
		return problem(why, -EINVAL, text.at, "%zu hex digits are expected", 2 * size);
	for (size_t i = 0; i < size; i++) {
		char digits[] = {'0', 'x', text.at[2 * i], text.at[2 * i + 1]};
		unsigned __int128 v;

		if (span_number(span_of(digits, sizeof(digits)), &v, NULL))
			return problem(why, -EINVAL, text.at + 2 * i, "hex digits are expected");
		key[i] = (uint8_t)v;
	}
	return 0;
}

/* FNV-1a of 128 bits (Fowler, Noll, Vo). */
static void add_hash(const uint8_t *key, size_t size, struct buf *out)
{
	const unsigned __int128 prime = (unsigned __int128)1 << 88 | 0x13b;
	unsigned __int128 h = (unsigned __int128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d;

	for (size_t i = 0; i < size; i++)
		h = (h ^ key[i]) * prime;
	buf_printf(out, "%016llx%016llx", (unsigned long long)(h >> 64), (unsigned long long)h);
}

static void encode_bytes(const uint8_t *key, size_t size, struct buf *out)
{
	if (2 * size + 4 <= NAME_MAX) {
		buf_str(out, "hex:");
		buf_hex(out, key, size);
	} else if ((size * 8 + 5) / 6 + 4 <= NAME_MAX) {
		buf_str(out, "b64:");
		add_base64(key, size, out);
	} else {
		buf_str(out, "hash:");
		add_hash(key, size, out);
	}
}

/* --- fields --- */

/* An array of characters, which is text without a NUL behind it. */
static bool add_text(struct span array, struct buf *out)
{
	struct span c;
	unsigned __int128 v;

	span_take(&array, '[');
	do {
		if (span_token(&array, &c, NULL))
			return false;
		if (span_len(c) == 3 && *c.at == '"')
			buf_char(out, c.at[1]);
		else if (!span_number(c, &v, NULL) && v >= 0x20 && v <= 0x7e)
			buf_char(out, (char)v);
		else
			return false;
	} while (span_take(&array, ','));
	return true;
}

/* {"a":{"b":1},"c":2} as a.b=1,c=2; whether that is possible. */
static bool flatten(struct span *json, const char *path, size_t path_len, struct buf *out)
{
	struct span name, value;
	char longer[NAME_MAX];
	size_t len;

	if (!span_take(json, '{') || span_take(json, '}'))
		return false;
	do {
		if (span_string(json, &name, NULL) || !span_take(json, ':'))
			return false;
		len = path_len + span_len(name) - 1;
		if (span_len(name) <= 2 || len >= sizeof(longer))
			return false;
		memcpy(longer, path, path_len);
		memcpy(longer + path_len, name.at + 1, span_len(name) - 2);
		longer[len - 1] = '.';
		if (*json->at == '{') {
			if (!flatten(json, longer, len, out))
				return false;
			continue;
		}
		if (span_value(json, &value, NULL))
			return false;
		if (out->len)
			buf_char(out, ',');
		buf_add(out, longer, len - 1);
		buf_char(out, '=');
		if (*value.at == '[' && !add_text(value, out))
			return false;
		if (*value.at == '[')
			continue;
		if (*value.at == '"')
			value = (struct span){value.at + 1, value.end - 1};
		buf_add(out, value.at, span_len(value));
	} while (span_take(json, ','));
	return span_take(json, '}');
}

static bool make_readable(struct span json, struct buf *out)
{
	if (json.at == json.end)
		return false;
	if (*json.at == '[')
		return add_text(json, out);
	if (*json.at == '{')
		return flatten(&json, "", 0, out);
	if (*json.at == '"')
		return !span_unquote(json, out, NULL);
	buf_add(out, json.at, span_len(json));
	return true;
}

/* Whether a field is named in the text before it, too. */
static bool is_repeated(const char *begin, struct span part)
{
	const char *equals = memchr(part.at, '=', span_len(part));
	size_t n = equals ? (size_t)(equals + 1 - part.at) : span_len(part);

	for (const char *at = begin; at < part.at;
	     at = memchr(at, ',', (size_t)(part.at - at)), at++)
		if ((size_t)(part.at - at) > n && !memcmp(at, part.at, n))
			return true;
	return false;
}

/* a=1,b=2, one field after the other. */
static int read_fields(const struct plan *plan, struct span name, void *key, size_t size,
		       struct problem *why)
{
	struct buf field __buf_free = {};
	const char *begin = name.at;
	int err = 0;

	while (!err && name.at < name.end) {
		struct span part = {name.at, memchr(name.at, ',', span_len(name))};
		struct problem inner = {};

		if (!part.end)
			part.end = name.end;
		name.at = part.end < name.end ? part.end + 1 : name.end;
		if (is_repeated(begin, part))
			return problem(why, -EINVAL, part.at, "the field is given twice");
		buf_reset(&field);
		buf_char(&field, '.');
		buf_add(&field, part.at, span_len(part));
		buf_cstr(&field);
		err = field.err
			  ? field.err
			  : plan_assign(plan, span_of(field.data, field.len), key, size, &inner);
		if (err)
			problem(why, err, part.at, "%s", buf_cstr(&inner.words));
		problem_free(&inner);
	}
	return err;
}

static bool take_prefix(struct span *name, const char *prefix)
{
	size_t n = strlen(prefix);

	if (span_len(*name) < n || memcmp(name->at, prefix, n) != 0)
		return false;
	name->at += n;
	return true;
}

int keyname_decode(const struct plan *plan, struct span name, void *key, size_t size,
		   struct problem *why)
{
	memset(key, 0, size);
	if (take_prefix(&name, "hex:"))
		return read_hex(name, key, size, why);
	if (take_prefix(&name, "b64:"))
		return read_base64(name, key, size, why);
	if (take_prefix(&name, "hash:"))
		return 1;
	if (!plan)
		return bytes_parse(name, key, size, why);
	if (span_len(name) && *name.at != '{' && *name.at != '"' &&
	    memchr(name.at, '=', span_len(name)) && plan_has_fields(plan))
		return read_fields(plan, name, key, size, why);
	return plan_parse(plan, name, key, size, why);
}

static bool is_printable(const struct buf *name)
{
	for (size_t i = 0; i < name->len; i++)
		if (name->data[i] < 0x20 || name->data[i] > 0x7e || name->data[i] == '/')
			return false;
	return name->len && name->len <= NAME_MAX && name->data[0] != '.';
}

void keyname_encode(const struct plan *plan, const void *key, size_t size, struct buf *out)
{
	struct buf json __buf_free = {}, name __buf_free = {};
	uint8_t *back = plan ? malloc(size ? size : 1) : NULL;

	if (back) {
		plan_render(plan, key, size, &json);
		if (make_readable(span_of(json.data, json.len), &name) && is_printable(&name) &&
		    !keyname_decode(plan, span_of(name.data, name.len), back, size, NULL) &&
		    !memcmp(back, key, size)) {
			buf_add(out, name.data, name.len);
			free(back);
			return;
		}
	}
	free(back);
	encode_bytes(key, size, out);
}
