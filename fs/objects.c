// SPDX-License-Identifier: GPL-2.0-or-later
#include "objects.h"
#include "command.h"

#include "../bpf/describe.h"
#include "../bpf/names.h"
#include "../bpf/pinning.h"
#include "../bpf/pins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind objects_kind(const struct place *p)
{
	enum folder_index top = p->folder;

	while (folder_at(top)->parent != FOLDER_ROOT)
		top = folder_at(top)->parent;
	switch (top) {
	case FOLDER_PROG: return KIND_PROG;
	case FOLDER_MAP: return KIND_MAP;
	case FOLDER_LINK: return KIND_LINK;
	default: return KIND_BTF;
	}
}

bool objects_is_folder(const struct place *p)
{
	switch (p->folder) {
	case FOLDER_PROG_ID:
	case FOLDER_MAP_ID:
	case FOLDER_LINK_ID:
	case FOLDER_BTF_ID: return !p->row;
	default: return false;
	}
}

/* --- rows --- */

int objects_list(const struct place *p, struct buf *out)
{
	return describe_list(objects_kind(p), (enum doc_form)p->row->form, out);
}

int objects_info(const struct place *p, struct buf *out)
{
	return describe_object(objects_kind(p), (uint32_t)p->id, (enum doc_form)p->row->form, out);
}

int objects_pids(const struct place *p, struct buf *out)
{
	return describe_holders(objects_kind(p), (uint32_t)p->id, (enum doc_form)p->row->form, out);
}

int objects_pins(const struct place *p, struct buf *out)
{
	const char *const *paths;
	struct pins *pins;
	size_t n;
	int err = kind_has_id(objects_kind(p), (uint32_t)p->id) ? pins_get(&pins) : -ENOENT;

	if (err)
		return err;
	paths = pins_of(pins, objects_kind(p), (uint32_t)p->id, &n);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s\n", paths[i]);
	pins_put(pins);
	return 0;
}

int objects_pin(const struct place *p, struct command *c)
{
	return pin_object(objects_kind(p), (uint32_t)p->id, command_words(c), &c->why);
}

int objects_link(const struct place *p, struct buf *out)
{
	tree_link(p, (enum kind)p->row->form, p->child, out);
	return 0;
}

/* --- by id --- */

/* The state is the youngest object when the listing began: one that went on to those made meanwhile
 * might never end. */
int objects_open_ids(const struct place *dir, void **state)
{
	(void)dir;
	*state = calloc(1, sizeof(uint32_t));
	return *state ? 0 : -ENOMEM;
}

void objects_close_ids(void *state)
{
	free(state);
}

int objects_next_id(const struct place *dir, void *state, uint64_t *cursor, struct child *out)
{
	enum kind kind = objects_kind(dir);
	uint32_t *youngest = state, id;
	int err;

	if (!*cursor)
		*youngest = kind_greatest_id(kind, 0);
	err = kind_next_id(kind, (uint32_t)*cursor, &id);
	if (!err && id > *youngest)
		return 0;
	if (err)
		return err == -ENOENT ? 0 : err;
	*cursor = out->value = id;
	snprintf(out->name, sizeof(out->name), "%u", id);
	return 1;
}

/* A decimal number without sign, leading zeros or anything behind it. */
static bool parse_id(const char *text, uint32_t *out)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long long v = strtoull(text, NULL, 10);

	if (!digits || digits > 10 || text[digits] || *text == '0' || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

int objects_find_id(const struct place *dir, const char *name, struct child *out)
{
	uint32_t id;

	if (!parse_id(name, &id) || !kind_has_id(objects_kind(dir), id))
		return -ENOENT;
	out->value = id;
	return 0;
}

/* --- by name --- */

/* Names depend on which others there are: an index with an object that has gone will not do. */
static int add_names(struct names *n, enum kind kind, const struct index *x, bool *outdated)
{
	int err = 0;

	for (size_t i = 0; !err && i < x->n; i++) {
		const struct index_entry *e = &x->entries[x->by_name[i]];

		if (kind_has_id(kind, e->id))
			err = names_add(n, e->file_name, e->id);
		else
			*outdated = true;
	}
	return err;
}

int objects_open_by_name(const struct place *dir, void **state)
{
	enum kind kind = objects_kind(dir);
	const struct index *x;
	struct names *n = names_new();
	bool outdated = false;
	int err = n ? index_get(kind, &x) : -ENOMEM;

	if (err)
		return names_done(n, err, state);
	err = add_names(n, kind, x, &outdated);
	if (!err && outdated) {
		names_clear(n);
		err = index_renew(kind, &x);
		if (err)
			return names_done(n, err, state);
		err = add_names(n, kind, x, &outdated);
	}
	index_put(kind, x);
	return names_done(n, err, state);
}

int objects_find_by_name(const struct place *dir, const char *name, struct child *out)
{
	enum kind kind = objects_kind(dir);
	const struct index_entry *e;
	const struct index *x;
	int err = index_get(kind, &x);

	if (err)
		return err;
	e = index_by_name(x, name);
	/* a name that was shared may have become free for the one that is left */
	if (!e || !kind_has_id(kind, e->id)) {
		err = index_renew(kind, &x);
		if (err)
			return err;
		e = index_by_name(x, name);
	}
	if (e)
		out->value = e->id;
	else
		err = -ENOENT;
	index_put(kind, x);
	return err;
}

/* --- groups --- */

static enum group group_of_folder(enum folder_index folder)
{
	return (enum group)folder_at(folder)->gen->row.form;
}

static uint64_t group_value(const struct index_entry *e, enum group group)
{
	return group == GROUP_TAG ? e->tag : e->type;
}

static const char *type_word(enum kind kind, uint32_t type)
{
	switch (kind) {
	case KIND_PROG: return prog_type_name(type);
	case KIND_MAP: return map_type_name(type);
	case KIND_LINK: return link_type_name(type);
	default: return NULL;
	}
}

static void group_name(enum kind kind, enum group group, uint64_t value, char name[NAME_MAX + 1])
{
	const char *word;

	if (group == GROUP_TAG) {
		snprintf(name, NAME_MAX + 1, "%016llx", (unsigned long long)value);
		return;
	}
	word = type_word(kind, (uint32_t)value);
	if (word)
		snprintf(name, NAME_MAX + 1, "%s", word);
	else
		snprintf(name, NAME_MAX + 1, "%llu", (unsigned long long)value);
}

static int compare_values(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The values that there are, each once, ascending. */
static size_t group_values(const struct index *x, enum group group, uint64_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++)
		out[i] = group_value(&x->entries[i], group);
	qsort(out, x->n, sizeof(*out), compare_values);
	for (size_t i = 0; i < x->n; i++)
		if (!n || out[n - 1] != out[i])
			out[n++] = out[i];
	return n;
}

int objects_open_groups(const struct place *dir, void **state)
{
	enum kind kind = objects_kind(dir);
	enum group group = group_of_folder(dir->folder);
	const struct index *x;
	struct names *n;
	uint64_t *values;
	int err = index_get(kind, &x);

	if (err)
		return err;
	n = names_new();
	values = calloc(x->n + 1, sizeof(*values));
	if (n && values) {
		size_t count = group_values(x, group, values);

		for (size_t i = 0; !err && i < count; i++) {
			char name[NAME_MAX + 1];

			group_name(kind, group, values[i], name);
			err = names_add(n, name, values[i]);
		}
	} else {
		err = -ENOMEM;
	}
	free(values);
	index_put(kind, x);
	return names_done(n, err, state);
}

int objects_find_group(const struct place *dir, const char *name, struct child *out)
{
	enum kind kind = objects_kind(dir);
	enum group group = group_of_folder(dir->folder);
	const struct index *x;
	int err = index_get(kind, &x);

	if (err)
		return err;
	err = -ENOENT;
	for (size_t i = 0; err && i < x->n; i++) {
		char has[NAME_MAX + 1];

		out->value = group_value(&x->entries[i], group);
		group_name(kind, group, out->value, has);
		if (!strcmp(has, name) && kind_has_id(kind, x->entries[i].id))
			err = 0;
	}
	index_put(kind, x);
	return err;
}

static bool is_of_type(const struct index_entry *e, uint64_t type)
{
	return e->type == type;
}

static bool is_of_tag(const struct index_entry *e, uint64_t tag)
{
	return e->tag == tag;
}

/* A folder of members is for the value of its group, which is in the folder above it. */
static bool (*membership(const struct place *dir))(const struct index_entry *e, uint64_t value)
{
	enum folder_index groups = folder_at(dir->folder)->parent;

	return group_of_folder(groups) == GROUP_TAG ? is_of_tag : is_of_type;
}

int objects_add_ids(struct names *n, enum kind kind,
		    bool (*wanted)(const struct index_entry *e, uint64_t arg), uint64_t arg)
{
	const struct index *x;
	int err = index_get(kind, &x);

	if (err)
		return err;
	for (size_t i = 0; !err && i < x->n; i++) {
		char name[16];

		if (!wanted(&x->entries[i], arg) || !kind_has_id(kind, x->entries[i].id))
			continue;
		snprintf(name, sizeof(name), "%u", x->entries[i].id);
		err = names_add(n, name, x->entries[i].id);
	}
	index_put(kind, x);
	return err;
}

int objects_open_members(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err = n ? objects_add_ids(n, objects_kind(dir), membership(dir), dir->id) : -ENOMEM;

	return names_done(n, err, state);
}

int objects_find_member(const struct place *dir, const char *name, struct child *out)
{
	enum kind kind = objects_kind(dir);
	const struct index_entry *e;
	const struct index *x;
	uint32_t id;
	int err = parse_id(name, &id) ? index_get(kind, &x) : -ENOENT;

	if (err)
		return err;
	e = index_by_id(x, id);
	if (e && membership(dir)(e, dir->id) && kind_has_id(kind, id))
		out->value = id;
	else
		err = -ENOENT;
	index_put(kind, x);
	return err;
}
