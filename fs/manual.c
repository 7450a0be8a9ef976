// SPDX-License-Identifier: GPL-2.0-or-later
#include "manual.h"

#include "tree.h"

#include <string.h>

enum { HELP_COLUMN = 28 };

static void readme_line(const char *path, const struct row *row, void *arg)
{
	struct buf *out = arg;
	size_t len = strlen(path);

	buf_str(out, path);
	buf_fill(out, ' ', len < HELP_COLUMN ? HELP_COLUMN - len : 1);
	buf_printf(out, "%s%s\n", row->help, row_is_writable(row) ? " (write)" : "");
}

void manual_readme(struct buf *out)
{
	buf_str(out, "The BPF objects of this system as files: ls lists, cat reads, echo acts.\n"
		     "A name in capitals stands for many.\n\n");
	tree_walk(readme_line, out);
}

static const char *row_kind(const struct row *row)
{
	switch (row->type) {
	case ROW_FOLDER: return "folder";
	case ROW_LINK: return "symlink";
	case ROW_PIPE: return "blocks until there is something";
	default: return row_is_writable(row) ? "read and write" : "read";
	}
}

/* An entry of a definition list. */
static void page_entry(const char *path, const struct row *row, void *arg)
{
	buf_printf(arg, "``%s`` (%s)\n    %s\n\n", path, row_kind(row), row->help);
}

static void title(struct buf *out, const char *text, char line)
{
	buf_printf(out, "%s\n", text);
	buf_fill(out, line, strlen(text));
	buf_str(out, "\n\n");
}

void manual_tree_page(struct buf *out)
{
	buf_str(out, "============\nbpfview-tree\n============\n\n"
		     "--------------------\nthe files of bpfview\n--------------------\n\n"
		     ":Manual section: 7\n\n");
	title(out, "DESCRIPTION", '=');
	buf_str(
	    out,
	    "Paths are below the mount point.  A name in capitals stands for many: an object's\n"
	    "id, a name, a tag.  Files that not every object has are there only for those that\n"
	    "have them.\n\n");
	title(out, "FILES", '=');
	tree_walk(page_entry, out);
	title(out, "SEE ALSO", '=');
	buf_str(out, "bpfview(8), bpftool(8)\n");
}
