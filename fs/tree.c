// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include "intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct folder *const folders[FOLDER_COUNT] = {
#define X(NAME, name) [FOLDER_##NAME] = &name##_folder,
    FOLDERS(X)
#undef X
};

/* What the low half of a folder's node number is. */
enum instance {
	INSTANCE_ID,	 /* the id of the object it is for; 1 where it is for none */
	INSTANCE_HANDLE, /* a handle of intern.h: somewhere above it is a generated name */
};

/* The rows part of a node number. */
enum { ROW_NONE = 0, ROW_GENERATED = 255 };

enum { MOST_HIDDEN = 32 };

typedef void (*walk_fn)(const char *path, enum folder_index folder, const struct row *row,
			void *arg);
static void walk_all(walk_fn fn, void *arg);

static struct tree_options options;
static enum instance instances[FOLDER_COUNT];
static const struct row *own_rows[FOLDER_COUNT]; /* each folder's own row in its parent */

const struct folder *folder_at(enum folder_index i)
{
	return folders[i];
}

/* --- node numbers: kind of folder, row in it, object --- */

struct node {
	enum folder_index folder;
	unsigned int row;   /* ROW_NONE, 1 + index in rows, ROW_GENERATED */
	unsigned int other; /* ROW_GENERATED: struct child's */
	uint32_t low;
};

static uint64_t node_number(enum folder_index folder, unsigned int row, uint32_t low)
{
	return (uint64_t)folder << 40 | (uint64_t)row << 32 | low;
}

static uint64_t generated_number(enum folder_index folder, unsigned int other, uint32_t low)
{
	return (uint64_t)other << 56 | node_number(folder, ROW_GENERATED, low);
}

static int node_decode(uint64_t number, struct node *out)
{
	const struct folder *f;

	*out = (struct node){
	    .folder = (enum folder_index)(number >> 40 & 0xffff),
	    .row = number >> 32 & 0xff,
	    .other = (unsigned int)(number >> 56),
	    .low = (uint32_t)number,
	};
	if (out->folder >= FOLDER_COUNT)
		return -ENOENT;
	f = folders[out->folder];
	if (out->row == ROW_GENERATED)
		return f->gen && out->other <= f->gen->nothers ? 0 : -ENOENT;
	return out->row <= f->nrows && !out->other ? 0 : -ENOENT;
}

/* The row of a generator for children of a kind (struct child's `other`). */
static const struct row *kind_row(const struct generator *gen, unsigned int other)
{
	return other ? &gen->others[other - 1] : &gen->row;
}

/* The row of a generator whose children are folders of that kind; NULL when none are. */
static const struct row *folder_row(const struct generator *gen, enum folder_index folder)
{
	for (unsigned int i = 0; gen && i <= gen->nothers; i++) {
		const struct row *row = kind_row(gen, i);

		if (row->type == ROW_FOLDER && row->folder == folder)
			return row;
	}
	return NULL;
}

static bool is_generated(enum folder_index folder)
{
	const struct generator *gen = folders[folders[folder]->parent]->gen;

	return gen && own_rows[folder] == folder_row(gen, folder);
}

static bool low_is_handle(const struct node *n)
{
	return n->row == ROW_GENERATED || instances[n->folder] == INSTANCE_HANDLE;
}

static const struct row *node_row(const struct node *n)
{
	const struct folder *f = folders[n->folder];

	if (n->row == ROW_NONE)
		return own_rows[n->folder];
	return n->row == ROW_GENERATED ? kind_row(f->gen, n->other) : &f->rows[n->row - 1];
}

/* Rows may be shared between kinds of folders. */
struct hidden {
	enum folder_index folder;
	const struct row *row;
};

static struct hidden hidden[MOST_HIDDEN];
static size_t nhidden;

static void find_own_rows(void)
{
	for (enum folder_index i = 1; i < FOLDER_COUNT; i++) {
		const struct folder *parent = folders[folders[i]->parent];

		for (size_t r = 0; r < parent->nrows; r++)
			if (parent->rows[r].type == ROW_FOLDER && parent->rows[r].folder == i)
				own_rows[i] = &parent->rows[r];
		if (!own_rows[i])
			own_rows[i] = folder_row(parent->gen, i);
		/* Parents stand before their children in the list. */
		instances[i] = is_generated(i) && !parent->gen->by_id
				   ? INSTANCE_HANDLE
				   : instances[folders[i]->parent];
	}
}

static bool is_path(const char *path, size_t len, const char *word)
{
	return !strncmp(path, word, len) && (!word[len] || !strcmp(word + len, "/"));
}

static void find_hidden(const char *path, enum folder_index folder, const struct row *row,
			void *arg)
{
	size_t len = strlen(path);

	(void)arg;
	len -= len && path[len - 1] == '/';
	for (char **word = options.hidden; word && *word; word++)
		if (nhidden < MOST_HIDDEN && is_path(path, len, *word))
			hidden[nhidden++] = (struct hidden){folder, row};
}

static void find_path(const char *path, enum folder_index folder, const struct row *row, void *arg)
{
	const char **word = arg;
	size_t len = strlen(path);

	(void)folder, (void)row;
	len -= len && path[len - 1] == '/';
	if (*word && is_path(path, len, *word))
		*word = NULL;
}

bool tree_has(const char *path)
{
	walk_all(find_path, &path);
	return !path;
}

void tree_init(const struct tree_options *opts)
{
	options = *opts;
	nhidden = 0;
	walk_all(find_hidden, NULL);
}

int tree_place(uint64_t number, struct place *out)
{
	struct interned name;
	struct node n;
	int err = node_decode(number, &n);

	if (err)
		return err;
	out->folder = n.folder;
	out->row = n.row ? node_row(&n) : NULL;
	out->node = number;
	out->id = n.low;
	out->child = 0;
	out->name[0] = '\0';
	if (!low_is_handle(&n))
		return 0;
	err = intern_get(n.low, &name);
	if (err)
		return err;
	out->id = name.value;
	if (n.row == ROW_GENERATED) {
		err = tree_place(name.parent, out);
		out->row = node_row(&n);
		out->node = number;
		out->child = name.value;
	}
	memcpy(out->name, name.name, strlen(name.name) + 1);
	return err;
}

static uint64_t parent_of(const struct node *n)
{
	enum folder_index parent = folders[n->folder]->parent;
	struct interned name;

	if (n->row == ROW_GENERATED ||
	    (n->row == ROW_NONE && is_generated(n->folder) && low_is_handle(n)))
		return intern_get(n->low, &name) ? ROOT_NODE : name.parent;
	if (n->row != ROW_NONE)
		return node_number(n->folder, ROW_NONE, n->low);
	if (n->folder == FOLDER_ROOT)
		return ROOT_NODE;
	return node_number(parent, ROW_NONE, is_generated(n->folder) ? ROOT_NODE : n->low);
}

uint64_t tree_parent(uint64_t number)
{
	struct node n;

	return node_decode(number, &n) ? ROOT_NODE : parent_of(&n);
}

bool tree_above(const struct place *p, enum folder_index folder, struct place *out)
{
	uint64_t node = p->node;

	while (node != ROOT_NODE) {
		if (node >> 40 == folder && !(node >> 32 & 0xff))
			return !tree_place(node, out);
		node = tree_parent(node);
	}
	return false;
}

/* A 64-bit mixer (the finalizer of MurmurHash3 by Austin Appleby). */
static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
	return h ^ h >> 33;
}

/* Numbers of free names are made of the name and where it is, so that they are the same each time.
 */
static uint64_t named_ino(uint64_t parent, const char *name)
{
	uint64_t h = mix(parent);

	for (; *name; name++)
		h = mix(h ^ (unsigned char)*name);
	return h | 1ULL << 63;
}

static uint64_t node_ino(uint64_t number)
{
	struct interned name;
	struct node n;

	if (node_decode(number, &n) || !low_is_handle(&n) || intern_get(n.low, &name))
		return number;
	number = named_ino(node_ino(name.parent), name.name);
	if (n.row == ROW_GENERATED || (n.row == ROW_NONE && is_generated(n.folder)))
		return number;
	return mix(number ^ node_number(n.folder, n.row, 0)) | 1ULL << 63;
}

int tree_info(uint64_t number, struct node_info *out)
{
	struct node n;
	int err = node_decode(number, &n);

	if (err)
		return err;
	*out = (struct node_info){.node = number, .ino = node_ino(number), .row = node_row(&n)};
	return 0;
}

/* --- what is in a folder --- */

static bool is_hidden(enum folder_index folder, const struct row *row)
{
	if (row->type == ROW_PIPE && options.no_pipes)
		return true;
	for (size_t i = 0; i < nhidden; i++)
		if (hidden[i].folder == folder && hidden[i].row == row)
			return true;
	return false;
}

static bool is_there(const struct place *dir, const struct row *row)
{
	return !is_hidden(dir->folder, row) && (!row->exists || row->exists(dir));
}

static struct node_info row_info(const struct node *d, const struct row *row)
{
	unsigned int index = (unsigned int)(row - folders[d->folder]->rows) + 1;
	uint64_t number = row->type == ROW_FOLDER ? node_number(row->folder, ROW_NONE, d->low)
						  : node_number(d->folder, index, d->low);

	return (struct node_info){
	    .node = number, .ino = node_ino(number), .row = row, .lasting = !row->passing};
}

int tree_child(const struct place *dir, const char *name, const struct child *child,
	       struct node_info *out)
{
	const struct generator *gen = folders[dir->folder]->gen;
	const struct row *row = kind_row(gen, child->other);
	bool folder = row->type == ROW_FOLDER;
	uint32_t low =
	    gen->by_id ? (uint32_t)child->value : intern(dir->node, name, child->value, folder);

	if (!low)
		return -ENOMEM;
	*out = (struct node_info){.row = row};
	out->node = folder ? node_number(row->folder, ROW_NONE, low)
			   : generated_number(dir->folder, child->other, low);
	out->ino = node_ino(out->node);
	return 0;
}

int tree_lookup(uint64_t dir, const char *name, struct node_info *out)
{
	const struct folder *f;
	struct place p;
	struct child child = {};
	struct node d;
	int err = node_decode(dir, &d);

	if (!err)
		err = tree_place(dir, &p);
	if (err)
		return err;
	if (d.row != ROW_NONE)
		return -ENOTDIR;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	f = folders[d.folder];
	for (size_t i = 0; i < f->nrows; i++)
		if (!strcmp(f->rows[i].name, name)) {
			if (!is_there(&p, &f->rows[i]))
				return -ENOENT;
			*out = row_info(&d, &f->rows[i]);
			return 0;
		}
	if (!f->gen)
		return -ENOENT;
	err = f->gen->find(&p, name, &child);
	return err ? err : tree_child(&p, name, &child, out);
}

bool tree_has_row(enum folder_index folder, const char *name)
{
	const struct folder *f = folders[folder];
	size_t i = 0;

	while (i < f->nrows && strcmp(f->rows[i].name, name) != 0)
		i++;
	return i < f->nrows;
}

void tree_forget(uint64_t number, uint64_t times)
{
	struct node n;

	if (node_decode(number, &n))
		return;
	if (n.row == ROW_GENERATED ||
	    (n.row == ROW_NONE && low_is_handle(&n) && is_generated(n.folder)))
		intern_forget(n.low, times);
}

struct listing {
	uint64_t dir;
	struct node node;
	struct place place;
	void *state; /* the generator's */
};

int listing_open(uint64_t dir, struct listing **out)
{
	struct listing *l = calloc(1, sizeof(*l));
	const struct generator *gen;
	int err;

	if (!l)
		return -ENOMEM;
	l->dir = dir;
	err = node_decode(dir, &l->node);
	if (!err)
		err = tree_place(dir, &l->place);
	gen = err ? NULL : folders[l->node.folder]->gen;
	if (gen && gen->open)
		err = gen->open(&l->place, &l->state);
	if (err) {
		free(l);
		return err;
	}
	*out = l;
	return 0;
}

void listing_close(struct listing *l)
{
	const struct generator *gen = folders[l->node.folder]->gen;

	if (gen && gen->close)
		gen->close(l->state);
	free(l);
}

static int generated_next(struct listing *l, uint64_t *offset, char *name, struct node_info *out)
{
	const struct folder *f = folders[l->node.folder];
	uint64_t cursor = *offset - f->nrows;
	struct child child = {};
	int err;

	if (!f->gen)
		return 0;
	do
		err = f->gen->next(&l->place, l->state, &cursor, &child);
	while (err > 0 && tree_has_row(l->node.folder, child.name));
	if (err <= 0)
		return err;
	*offset = f->nrows + cursor;
	memcpy(name, child.name, strlen(child.name) + 1);
	out->row = kind_row(f->gen, child.other);
	out->ino = f->gen->by_id ? node_number(f->gen->row.folder, ROW_NONE, (uint32_t)child.value)
				 : named_ino(node_ino(l->dir), child.name);
	return 1;
}

int listing_next(struct listing *l, uint64_t *offset, char name[NAME_MAX + 1],
		 struct node_info *out)
{
	const struct folder *f = folders[l->node.folder];

	*out = (struct node_info){};
	while (*offset < f->nrows) {
		const struct row *row = &f->rows[(*offset)++];

		if (!is_there(&l->place, row))
			continue;
		*out = row_info(&l->node, row);
		memcpy(name, row->name, strlen(row->name) + 1);
		return 1;
	}
	return generated_next(l, offset, name, out);
}

/* --- paths --- */

int tree_path(uint64_t number, struct buf *out)
{
	struct interned name;
	struct node n;
	int err = node_decode(number, &n);

	if (err || number == ROOT_NODE)
		return err;
	err = tree_path(parent_of(&n), out);
	if (err)
		return err;
	if (out->len)
		buf_char(out, '/');
	if (n.row != ROW_GENERATED && !(n.row == ROW_NONE && is_generated(n.folder)))
		buf_str(out, node_row(&n)->name);
	else if (!low_is_handle(&n))
		buf_u64(out, n.low);
	else if (!(err = intern_get(n.low, &name)))
		buf_str(out, name.name);
	return err;
}

void tree_link_path(const struct place *p, const char *path, struct buf *out)
{
	for (uint64_t dir = tree_parent(p->node); dir != ROOT_NODE; dir = tree_parent(dir))
		buf_str(out, "../");
	buf_str(out, path);
}

void tree_link(const struct place *p, enum kind kind, uint64_t id, struct buf *out)
{
	tree_link_path(p, kind_name(kind), out);
	buf_printf(out, "/%llu", (unsigned long long)id);
}

void tree_folder_path(enum folder_index folder, const char *name, struct buf *out)
{
	enum folder_index parent = folders[folder]->parent;

	if (parent != FOLDER_ROOT) {
		tree_folder_path(parent, name, out);
		buf_char(out, '/');
	}
	buf_str(out, is_generated(folder) ? name : own_rows[folder]->name);
}

static void pattern(enum folder_index folder, struct buf *out)
{
	if (folder == FOLDER_ROOT)
		return;
	pattern(folders[folder]->parent, out);
	buf_printf(out, "%s/", own_rows[folder]->name);
}

static void walk_row(enum folder_index folder, const struct row *row, walk_fn fn, void *arg);

static void walk_folder(enum folder_index folder, walk_fn fn, void *arg)
{
	const struct folder *f = folders[folder];

	for (size_t i = 0; i < f->nrows; i++)
		walk_row(folder, &f->rows[i], fn, arg);
	if (f->gen)
		walk_row(folder, &f->gen->row, fn, arg);
	for (size_t i = 0; f->gen && i < f->gen->nothers; i++)
		walk_row(folder, &f->gen->others[i], fn, arg);
}

static void walk_row(enum folder_index folder, const struct row *row, walk_fn fn, void *arg)
{
	struct buf path __buf_free = {};

	if (is_hidden(folder, row))
		return;
	pattern(folder, &path);
	buf_printf(&path, "%s%s", row->name, row->type == ROW_FOLDER ? "/" : "");
	fn(buf_cstr(&path), folder, row, arg);
	if (row->type == ROW_FOLDER && own_rows[row->folder] == row &&
	    folders[row->folder]->parent == folder)
		walk_folder(row->folder, fn, arg);
}

static void walk_all(walk_fn fn, void *arg)
{
	find_own_rows();
	walk_folder(FOLDER_ROOT, fn, arg);
}

/* For those who need not know the folder. */
struct walker {
	void (*fn)(const char *path, const struct row *row, void *arg);
	void *arg;
};

static void pass_on(const char *path, enum folder_index folder, const struct row *row, void *arg)
{
	const struct walker *w = arg;

	(void)folder;
	w->fn(path, row, w->arg);
}

void tree_walk(void (*fn)(const char *path, const struct row *row, void *arg), void *arg)
{
	struct walker w = {fn, arg};

	walk_all(pass_on, &w);
}
