// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "given.h"
#include "objects.h"

#include "../bpf/iter.h"
#include "../bpf/iter_pin.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

/* --- iter/links/ --- */

static bool is_iterator(const struct index_entry *e, uint64_t type)
{
	return e->type == type;
}

static int open_links(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err = n ? objects_add_ids(n, KIND_LINK, is_iterator, BPF_LINK_TYPE_ITER) : -ENOMEM;

	(void)dir;
	return names_done(n, err, state);
}

static const struct generator links = {
    .row = {"ID", ROW_LINK, "an iterator; its file iter is what it writes", .form = KIND_LINK,
	    .target = objects_link},
    .open = open_links,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder iter_links_folder = {.parent = FOLDER_ITER, .gen = &links};

/* --- iter/ --- */

static int show_list(const struct place *p, struct buf *out)
{
	return iter_list((enum doc_form)p->row->form, out);
}

static int pin(const struct place *p, struct command *c)
{
	struct span words = command_words(c);
	struct buf elf __buf_free = {}, name __buf_free = {};
	int err = given_take(&c->who, &words, &elf, &name, &c->why);

	(void)p;
	return err ? err : iter_pin(&elf, buf_cstr(&name), words, &c->answer, &c->why);
}

static const struct row rows[] = {
    {"list", ROW_FILE, "what iterators of this kernel can walk, and which there are",
     .form = DOC_TABLE, .show = show_list},
    {"list.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = show_list},
    {"pin", ROW_FILE, "makes an iterator of an object's first program, and pins it", .command = pin,
     .verbs = iter_pin_words},
    {"links", ROW_FOLDER, "the iterators there are", .folder = FOLDER_ITER_LINKS},
};

const struct folder iter_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(rows)};
