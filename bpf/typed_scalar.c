// SPDX-License-Identifier: GPL-2.0-or-later
#include "typed_scalar.h"

#include "nearest.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

/* The text between the quotes, if there are any. */
static struct span bare(struct span token)
{
	if (span_len(token) >= 2 && *token.at == '"')
		return (struct span){token.at + 1, token.end - 1};
	return token;
}

static bool copy_text(struct span token, char *out, size_t size)
{
	token = bare(token);
	if (span_len(token) >= size || memchr(token.at, '\0', span_len(token)))
		return false;
	memcpy(out, token.at, span_len(token));
	out[span_len(token)] = '\0';
	return true;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5], &end) == 6 &&
	       !text[end] && strspn(text, "0123456789abcdefABCDEF:") == strlen(text);
}

bool address_parse(struct span token, void *data, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t mac[6];

	if ((size != 4 && size != 6 && size != 16) || !copy_text(token, text, sizeof(text)))
		return false;
	if (size == 6) {
		if (!parse_mac(text, mac))
			return false;
		memcpy(data, mac, sizeof(mac));
		return true;
	}
	/* inet_pton leaves the memory alone unless it is an address */
	return inet_pton(size == 4 ? AF_INET : AF_INET6, text, data) == 1;
}

static void store(void *data, uint64_t v, uint32_t size)
{
	if (BYTE_ORDER == BIG_ENDIAN)
		v <<= 64 - 8 * size;
	memcpy(data, &v, size);
}

static void load(uint64_t *v, const void *data, uint32_t size)
{
	memcpy(v, data, size);
	if (BYTE_ORDER == BIG_ENDIAN)
		*v >>= 64 - 8 * size;
}

static int out_of_range(struct problem *why, const char *at, unsigned int bits, u128 lowest,
			u128 highest)
{
	if (bits > 64)
		return problem(why, -EINVAL, at, "the number has more than %u bits", bits);
	return problem(why, -EINVAL, at, "the number must be from %s%" PRIu64 " to %" PRIu64,
		       lowest ? "-" : "", (uint64_t)lowest, (uint64_t)highest);
}

/* A number of so many bits: 0, or -errno with words.  `lowest` is how far below zero it may be. */
static int read_number(struct span token, unsigned int bits, u128 lowest, u128 highest, u128 *out,
		       struct problem *why)
{
	bool negative;
	int err = span_number(bare(token), out, &negative);

	if (err == -EINVAL)
		return problem(why, err, token.at, "a number is expected");
	if (err || *out > (negative ? lowest : highest))
		return out_of_range(why, token.at, bits, lowest, highest);
	if (negative)
		*out = -*out;
	return 0;
}

static u128 mask(unsigned int bits)
{
	return bits < 128 ? ((u128)1 << bits) - 1 : ~(u128)0;
}

static int parse_integer(const struct plan_op *op, struct span token, void *data,
			 struct problem *why)
{
	unsigned int bits = 8 * op->size;
	bool is_signed = op->kind == PLAN_INT;
	u128 v;
	int err;

	if (!is_signed && op->size == 4 && memchr(token.at, '.', span_len(token)) &&
	    address_parse(token, data, 4))
		return 0;
	/* C says `char` for small numbers too, so a letter will do for one */
	if (op->size == 1 && span_len(token) == 3 && *token.at == '"' &&
	    !isdigit((unsigned char)token.at[1])) {
		memcpy(data, token.at + 1, 1);
		return 0;
	}
	err = read_number(token, bits, is_signed ? (u128)1 << (bits - 1) : 0,
			  mask(bits - is_signed), &v, why);
	if (!err)
		store(data, (uint64_t)v, op->size);
	return err;
}

/* Bits are counted as by plan_render(). */
static void store_bits(uint8_t *at, unsigned int first, unsigned int n, u128 v)
{
	for (unsigned int i = 0; i < n; i++, v >>= 1) {
		unsigned int bit = BYTE_ORDER == LITTLE_ENDIAN ? first + i : first + n - 1 - i;
		unsigned int shift = BYTE_ORDER == LITTLE_ENDIAN ? bit % 8 : 7 - bit % 8;
		uint8_t set = (uint8_t)(1 << shift);

		at[bit / 8] = (uint8_t)(v & 1 ? at[bit / 8] | set : at[bit / 8] & ~set);
	}
}

/* The type of a bitfield says nothing of a sign here: either is taken. */
static int parse_bits(const struct plan_op *op, struct span token, void *data, struct problem *why)
{
	u128 v;
	int err = read_number(token, op->bits, (u128)1 << (op->bits - 1), mask(op->bits), &v, why);

	if (!err)
		store_bits(data, op->bits_at, op->bits, v);
	return err;
}

/* What is true already stays as it is, whichever of its bits are set. */
static int parse_bool(const struct plan_op *op, struct span token, void *data, struct problem *why)
{
	static const uint8_t none[8];
	struct span word = bare(token);
	bool yes = span_is(word, "true") || span_is(word, "1");

	if (!yes && !span_is(word, "false") && !span_is(word, "0"))
		return problem(why, -EINVAL, token.at, "true or false is expected");
	if (!yes || !memcmp(data, none, op->size))
		store(data, yes, op->size);
	return 0;
}

static int parse_char(const struct plan_op *op, struct span token, void *data, struct problem *why)
{
	struct buf text __buf_free = {};
	const struct plan_op number = {.kind = PLAN_UINT, .size = op->size};
	int err = 0;

	if (*token.at != '"') {
		bool quoted = span_len(token) == 3 && *token.at == '\'' && token.end[-1] == '\'';

		if (!quoted && (span_len(token) > 1 || isdigit((unsigned char)*token.at)))
			return parse_integer(&number, token, data, why);
		buf_char(&text, token.at[quoted]);
	} else {
		err = span_unquote(token, &text, why);
	}
	if (!err && text.len != 1)
		return problem(why, -EINVAL, token.at, "one character is expected, not %zu",
			       text.len);
	if (!err)
		memcpy(data, text.data, 1);
	return err;
}

static const char *enumerator(void *arg, size_t i, size_t *len)
{
	const struct plan *p = ((void **)arg)[0];
	const struct plan_op *op = ((void **)arg)[1];
	const struct plan_enumerator *e;

	if (i >= op->count)
		return NULL;
	e = &p->enumerators[op->first + i];
	*len = e->name_len - 2;
	return p->names.data + e->name + 1;
}

static int parse_enum(const struct plan *p, const struct plan_op *op, struct span token, void *data,
		      struct problem *why)
{
	const void *arg[] = {p, op};
	unsigned int bits = 8 * op->size;
	struct span word = bare(token);
	const char *name;
	size_t len = 0;
	u128 v;

	for (uint32_t i = 0; i < op->count; i++) {
		name = enumerator(arg, i, &len);
		if (len == span_len(word) && !memcmp(name, word.at, len)) {
			store(data, p->enumerators[op->first + i].value, op->size);
			return 0;
		}
	}
	if (span_number(word, &v, &(bool){false}) != -EINVAL) {
		int err = read_number(token, bits, (u128)1 << (bits - 1), mask(bits), &v, why);

		if (!err)
			store(data, (uint64_t)v, op->size);
		return err;
	}
	return nearest(why, token.at, "value of the enum", word, enumerator, arg);
}

/* There are many NaNs: one that is there stays, else as few bits as possible are set. */
static void store_nan(void *data, uint32_t size)
{
	uint64_t v = 0, fraction = size == 4 ? (1ULL << 23) - 1 : (1ULL << 52) - 1;
	uint64_t infinity = size == 4 ? 0xffULL << 23 : 0x7ffULL << 52;

	load(&v, data, size);
	v |= infinity;
	if (!(v & fraction))
		v |= (fraction + 1) / 2; /* the bit that makes it a quiet one */
	store(data, v, size);
}

static int parse_float(const struct plan_op *op, struct span token, void *data, struct problem *why)
{
	const struct plan_op all = {.bits = (uint8_t)(8 * op->size)};
	char text[64], *end = text;
	double v = 0;
	float f;

	if (op->size != sizeof(f) && op->size != sizeof(v))
		return parse_bits(&all, token, data, why);
	if (copy_text(token, text, sizeof(text)) && !isspace((unsigned char)*text))
		v = strtod(text, &end);
	if (end == text || *end)
		return problem(why, -EINVAL, token.at, "a number is expected");
	f = op->size == sizeof(f) ? strtof(text, NULL) : 0;
	if ((isinf(v) || isinf(f)) && !strpbrk(text, "iI"))
		return problem(why, -EINVAL, token.at, "the number is too large");
	if (isnan(v))
		store_nan(data, op->size);
	else
		memcpy(data, op->size == sizeof(f) ? (void *)&f : (void *)&v, op->size);
	return 0;
}

int scalar_parse(const struct plan *p, const struct plan_op *op, struct span token, void *data,
		 struct problem *why)
{
	switch (op->kind) {
	case PLAN_UINT:
	case PLAN_INT: return parse_integer(op, token, data, why);
	case PLAN_BOOL: return parse_bool(op, token, data, why);
	case PLAN_CHAR: return parse_char(op, token, data, why);
	case PLAN_ENUM: return parse_enum(p, op, token, data, why);
	case PLAN_FLOAT: return parse_float(op, token, data, why);
	case PLAN_BITS: return parse_bits(op, token, data, why);
	case PLAN_PROG:
		return problem(why, -EOPNOTSUPP, token.at, "a program cannot be written here");
	default:
		if (span_is(token, "null"))
			return 0;
		return problem(why, -EINVAL, token.at, "there is nothing here to be written");
	}
}
