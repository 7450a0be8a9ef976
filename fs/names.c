// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Each child is its value and its NUL-terminated name, one after the other in `items`. */
struct names {
	struct buf items;
	struct buf offsets; /* size_t each */
};

struct names *names_new(void)
{
	return calloc(1, sizeof(struct names));
}

int names_add(struct names *n, const char *name, uint64_t value)
{
	size_t len = strlen(name), offset = n->items.len;

	if (!len || len > NAME_MAX || strchr(name, '/'))
		return 0;
	buf_add(&n->items, &value, sizeof(value));
	buf_add(&n->items, name, len + 1);
	buf_add(&n->offsets, &offset, sizeof(offset));
	return n->items.err ? n->items.err : n->offsets.err;
}

int names_add_name(const char *name, void *names)
{
	return names_add(names, name, 0);
}

void names_clear(struct names *n)
{
	buf_reset(&n->items);
	buf_reset(&n->offsets);
}

int names_done(struct names *n, int err, void **state)
{
	if (err && n)
		names_close(n);
	if (!err)
		*state = n;
	return err;
}

int names_next(const struct place *dir, void *state, uint64_t *cursor, struct child *out)
{
	const struct names *n = state;
	const size_t *offsets = (const size_t *)n->offsets.data;
	const char *item;

	(void)dir;
	if (*cursor >= n->offsets.len / sizeof(*offsets))
		return 0;
	item = n->items.data + offsets[(*cursor)++];
	memcpy(&out->value, item, sizeof(out->value));
	item += sizeof(out->value);
	memcpy(out->name, item, strlen(item) + 1);
	return 1;
}

void names_close(void *state)
{
	struct names *n = state;

	buf_free(&n->items);
	buf_free(&n->offsets);
	free(n);
}

int names_find(const struct place *dir, const char *name, struct child *out)
{
	const struct generator *gen = folder_at(dir->folder)->gen;
	uint64_t cursor = 0;
	void *state;
	int err = gen->open(dir, &state);

	if (err)
		return err;
	while ((err = names_next(dir, state, &cursor, out)) > 0 && strcmp(out->name, name) != 0)
		;
	names_close(state);
	return err > 0 ? 0 : err < 0 ? err : -ENOENT;
}

/* "03-NAME" without its number, NULL when it has none. */
static const char *behind_number(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits && name[digits] == '-' ? name + digits + 1 : NULL;
}

int names_find_numbered(const struct place *dir, const char *name, struct child *out)
{
	const struct generator *gen = folder_at(dir->folder)->gen;
	const char *wanted = behind_number(name);
	uint64_t cursor = 0;
	struct child found = {};
	unsigned int n = 0;
	void *state;
	int err = names_find(dir, name, out);

	if (err != -ENOENT || !wanted)
		return err;
	err = gen->open(dir, &state);
	if (err)
		return err;
	while ((err = names_next(dir, state, &cursor, &found)) > 0) {
		const char *known = behind_number(found.name);

		if (known && !strcmp(known, wanted)) {
			*out = found;
			n++;
		}
	}
	names_close(state);
	return err ? err : n == 1 ? 0 : -ENOENT;
}
