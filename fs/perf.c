// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include "../bpf/perf.h"

static int show_list(const struct place *p, struct buf *out)
{
	return describe_perf((enum doc_form)p->row->form, out);
}

static const struct row rows[] = {
    {"list", ROW_FILE, "tracing attachments by descriptor and by link, a line each",
     .form = DOC_TABLE, .show = show_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j perf list", .form = DOC_JSON,
     .show = show_list},
};

const struct folder perf_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(rows)};
