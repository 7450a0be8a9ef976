// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include "../bpf/token.h"

static int show_list(const struct place *p, struct buf *out)
{
	return token_list((enum doc_form)p->row->form, out);
}

static const struct row rows[] = {
    {"list", ROW_FILE, "what mounts of bpffs delegate by BPF tokens, a line each",
     .form = DOC_TABLE, .show = show_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j token list", .form = DOC_JSON,
     .show = show_list},
};

const struct folder token_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(rows)};
