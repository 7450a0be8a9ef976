// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_parse.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/* Bytes without a type. */

static int one_byte(struct span token, bool hex, uint8_t *out, struct problem *why)
{
	char prefixed[] = "0x00";
	unsigned __int128 v;
	struct span number = token;

	if (span_len(number) >= 2 && *number.at == '"')
		number = (struct span){number.at + 1, number.end - 1};
	if (hex && span_len(number) <= 2) {
		memcpy(prefixed + 4 - span_len(number), number.at, span_len(number));
		number = span_of(prefixed, 4);
	} else if (hex && (number.at[1] | 0x20) != 'x') {
		return problem(why, -EINVAL, token.at, "two hex digits are expected");
	}
	if (span_number(number, &v, NULL) || v > 0xff)
		return problem(why, -EINVAL, token.at,
			       hex ? "two hex digits are expected"
				   : "a byte is expected, 0 to 255");
	*out = (uint8_t)v;
	return 0;
}

/* Numbers separated by blanks (or commas, in a JSON array); they are only looked at without data.
 */
static int list(struct span text, bool hex, uint8_t *data, size_t size, struct problem *why)
{
	bool json = span_take(&text, '['), closed = json && span_take(&text, ']');
	struct span token;
	size_t n = 0;
	int err;

	for (span_blanks(&text); text.at < text.end && !closed; n++, span_blanks(&text)) {
		uint8_t byte = 0;

		err = span_token(&text, &token, why);
		if (!err)
			err = one_byte(token, hex, &byte, why);
		if (err)
			return err;
		if (data && n < size)
			data[n] = byte;
		closed = json && span_take(&text, ']');
		if (json && !closed && !span_take(&text, ','))
			return problem(why, -EINVAL, text.at, "a comma or ] is expected");
	}
	if (text.at < text.end || closed != json)
		return problem(why, -EINVAL, text.at,
			       closed ? "there is something behind the bytes" : "] is expected");
	if (n != size)
		return problem(why, -EINVAL, text.end, "%zu bytes are expected, not %zu", size, n);
	return 0;
}

/* A number alone, for what has the size of one. */
static bool number(struct span text, void *data, size_t size)
{
	bool negative;
	unsigned __int128 v;
	uint64_t bits;

	if ((size != 2 && size != 4 && size != 8) || span_number(text, &v, &negative))
		return false;
	if (v > (negative ? (unsigned __int128)1 << (8 * size - 1)
			  : ((unsigned __int128)1 << 8 * size) - 1))
		return false;
	bits = negative ? (uint64_t)-v : (uint64_t)v;
	if (BYTE_ORDER == BIG_ENDIAN)
		bits <<= 64 - 8 * size;
	memcpy(data, &bits, size);
	return true;
}

static bool take_hex(struct span *text)
{
	struct span rest = *text, word;

	if (span_word(&rest, &word, NULL) || !span_is(word, "hex"))
		return false;
	*text = rest;
	return true;
}

int bytes_parse(struct span text, void *data, size_t size, struct problem *why)
{
	bool hex;
	int err;

	text = span_trim(text);
	hex = take_hex(&text);
	if (!hex && number(text, data, size))
		return 0;
	err = list(text, hex, NULL, size, why);
	return err ? err : list(text, hex, data, size, why);
}

static bool has_blank(struct span text)
{
	while (text.at < text.end && !strchr(" \t\n", *text.at))
		text.at++;
	return text.at < text.end;
}

bool bytes_are_given(struct span text, size_t size)
{
	size_t n = 0;

	text = span_trim(text);
	if (!has_blank(text))
		return false;
	if (take_hex(&text))
		return true;
	for (; text.at < text.end; n++, span_blanks(&text)) {
		struct span word;
		uint8_t byte = 0;

		if (n == size || span_word(&text, &word, NULL) ||
		    one_byte(word, false, &byte, NULL) || *word.at == '"')
			return false;
	}
	return n == size && n > 1;
}

int bytes_parse_hex(struct span text, struct buf *out, struct problem *why)
{
	struct span word, one;
	uint8_t byte;
	int err = 0;

	take_hex(&text);
	while (!err && !(err = span_word(&text, &word, why)) && span_len(word)) {
		if (span_len(word) > 2 && *word.at == '0' && (word.at[1] | 0x20) == 'x')
			word.at += 2;
		if (span_len(word) > 2 && span_len(word) % 2)
			err = problem(why, -EINVAL, word.end, "a hex digit is missing");
		for (; !err && word.at < word.end; word.at = one.end) {
			one =
			    (struct span){word.at, word.end - word.at > 2 ? word.at + 2 : word.end};
			err = one_byte(one, true, &byte, why);
			buf_add(out, &byte, !err);
		}
	}
	return err ? err : out->err;
}
