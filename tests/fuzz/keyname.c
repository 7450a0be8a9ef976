// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of keys.  The input is a type (types.h), a key and a name: the key's own name must be one
 * that a file can have and stand for just that key; the other may be anything.
 */
#include "types.h"

#include "bpf/keyname.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct buf *name)
{
	if (!name->len || name->len > NAME_MAX || name->data[0] == '.' ||
	    memchr(name->data, '/', name->len) || memchr(name->data, '\0', name->len))
		abort();
}

static void check_key(const struct plan *p, const uint8_t *key, size_t size)
{
	struct buf name __buf_free = {};
	uint8_t *back = malloc(size + 1);
	int err;

	keyname_encode(p, key, size, &name);
	check_name(&name);
	err = keyname_decode(p, span_of(name.data, name.len), back, size, NULL);
	if (err < 0 || (err && size < 189) || (!err && memcmp(back, key, size) != 0))
		abort();
	free(back);
}

static void check(const struct plan *p, struct source *s, size_t size)
{
	uint8_t *key = malloc(size + 1);
	struct problem why = {};
	struct span name;
	int err;

	for (size_t i = 0; i < size; i++)
		key[i] = (uint8_t)source_take(s, 256);
	check_key(p, key, size);
	name = span_of((const char *)s->at, (size_t)(s->end - s->at));
	err = keyname_decode(p, name, key, size, &why);
	if (!err)
		check_key(p, key, size);
	if (err < 0 && (!why.words.len || why.at < name.at || why.at > name.end))
		abort();
	free(key);
	problem_free(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = {.at = data, .end = data + size};
	struct btf *btf;
	struct plan *p;
	int id;

	if (source_take(&s, 8) == 7) { /* just bytes */
		check(NULL, &s, 1 + 2 * source_take(&s, 256));
		return 0;
	}
	btf = btf__new_empty();
	id = source_type(&s, btf, 0, false);
	if (!plan_compile(btf, (uint32_t)id, &p)) {
		if (plan_size(p) && plan_size(p) <= 512)
			check(p, &s, plan_size(p));
		plan_free(p);
	}
	btf__free(btf);
	return 0;
}
