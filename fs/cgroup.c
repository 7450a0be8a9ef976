// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "objects.h"
#include "places.h"

#include "../bpf/cgroup.h"
#include "../bpf/cgroup_attach.h"
#include "../bpf/names.h"
#include "../bpf/prog.h"
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * cgroup/ and every folder below it has our files, a folder for each attach type with programs and
 * a folder for each cgroup.  A cgroup that is named like one of the others, be they there or not,
 * has SUFFIX behind its name, as often as it takes: `list.cgroup` is the cgroup `list`.
 */
static const char SUFFIX[] = ".cgroup";

/* The value of a child that is a cgroup; other children have their attach type. */
enum { NESTED = UINT32_MAX };

/* Rows: a form of documents, or'ed with what is asked for. */
enum { EFFECTIVE = 0x100 };

static bool is_ours(const char *name, size_t len)
{
	char word[NAME_MAX + 1];
	uint32_t type;

	for (size_t i = 0; i < cgroup_folder.nrows; i++)
		if (strlen(cgroup_folder.rows[i].name) == len &&
		    !strncmp(cgroup_folder.rows[i].name, name, len))
			return true;
	snprintf(word, sizeof(word), "%.*s", (int)len, name);
	return cgroup_type_by_name(word, &type);
}

/* Whether a name is one of ours with SUFFIX behind it `least` times or more. */
static bool is_ours_with_suffix(const char *name, size_t least)
{
	size_t len = strlen(name), n = 0, suffix = sizeof(SUFFIX) - 1;

	while (len > suffix && !strncmp(name + len - suffix, SUFFIX, suffix)) {
		len -= suffix;
		n++;
	}
	return n >= least && is_ours(name, len);
}

/* What a cgroup's folder is called. */
static void cgroup_file_name(const char *cgroup, struct buf *out)
{
	buf_printf(out, "%s%s", cgroup, is_ours_with_suffix(cgroup, 0) ? SUFFIX : "");
}

static int add_cgroup(struct names *n, const char *cgroup)
{
	struct buf name __buf_free = {};

	cgroup_file_name(cgroup, &name);
	return names_add(n, buf_cstr(&name), NESTED);
}

int places_cgroup(const char *path, struct buf *out)
{
	struct buf copy __buf_free = {};
	char *save = NULL;

	tree_folder_path(FOLDER_CGROUP, NULL, out);
	buf_str(&copy, path);
	buf_cstr(&copy);
	if (copy.err)
		return copy.err;
	for (char *name = strtok_r(copy.data, "/", &save); name;
	     name = strtok_r(NULL, "/", &save)) {
		buf_char(out, '/');
		cgroup_file_name(name, out);
	}
	return out->err;
}

/* Undoes it: the length of the cgroup's name. */
static size_t cgroup_name_len(const char *name)
{
	return strlen(name) - (is_ours_with_suffix(name, 1) ? sizeof(SUFFIX) - 1 : 0);
}

/* The path below the root of the cgroup that a place is about. */
static int cgroup_of(const struct place *p, struct buf *out)
{
	struct buf path __buf_free = {};
	uint64_t node = p->row ? tree_parent(p->node) : p->node;
	char *save = NULL;
	int err = tree_path(p->folder == FOLDER_CGROUP_TYPE ? tree_parent(node) : node, &path);

	buf_cstr(&path);
	if (err || path.err)
		return err ? err : path.err;
	/* the first name is that of the folder of all */
	strtok_r(path.data, "/", &save);
	for (char *name; (name = strtok_r(NULL, "/", &save));) {
		if (out->len)
			buf_char(out, '/');
		buf_add(out, name, cgroup_name_len(name));
	}
	return out->err;
}

static int open_cgroup(const struct place *p)
{
	struct buf path __buf_free = {};
	int err = cgroup_of(p, &path);

	return err ? err : cgroup_open(buf_cstr(&path));
}

/* --- files --- */

static int show_programs(const struct place *p, struct buf *out)
{
	struct buf path __buf_free = {};
	int err = cgroup_of(p, &path);

	if (err)
		return err;
	return describe_cgroup(buf_cstr(&path), p->row->form & EFFECTIVE,
			       (enum doc_form)(p->row->form & ~EFFECTIVE), out);
}

static int show_tree(const struct place *p, struct buf *out)
{
	return describe_cgroup_tree((enum doc_form)p->row->form, out);
}

static int attach_program(const struct place *p, struct command *c)
{
	struct buf path __buf_free = {};
	int err = cgroup_of(p, &path);

	return err ? err : cgroup_attach(buf_cstr(&path), command_words(c), &c->answer, &c->why);
}

static int detach_program(const struct place *p, struct command *c)
{
	struct buf path __buf_free = {};
	int err = cgroup_of(p, &path);

	return err ? err : cgroup_detach(buf_cstr(&path), command_words(c), &c->why);
}

/* --- TYPE/: programs in the order in which they run --- */

static void program_name(uint32_t id, struct buf *out)
{
	struct prog p;

	if (!prog_open(id, 0, &p)) {
		prog_full_name(&p, out);
		prog_close(&p);
	}
	if (!out->len)
		buf_u64(out, id);
}

static int add_programs(struct names *n, const struct cgroup_prog *progs, size_t count)
{
	int digits = count < 100 ? 2 : snprintf(NULL, 0, "%zu", count), err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		struct buf prog __buf_free = {}, name __buf_free = {};

		program_name(progs[i].id, &prog);
		buf_printf(&name, "%0*zu-%s", digits, i + 1, buf_cstr(&prog));
		err = names_add(n, buf_cstr(&name), progs[i].id);
	}
	return err;
}

static int open_programs(const struct place *dir, void **state)
{
	struct names *n = names_new();
	struct cgroup_prog *progs = NULL;
	size_t count;
	int fd = n ? open_cgroup(dir) : -ENOMEM;
	int err = fd < 0 ? fd : cgroup_query(fd, (uint32_t)dir->id, false, &progs, &count);

	if (fd >= 0)
		close(fd);
	if (!err)
		err = add_programs(n, progs, count);
	free(progs);
	return names_done(n, err, state);
}

static const struct generator programs = {
    .row = {"NN-NAME", ROW_LINK, "an attached program, numbered in the order of the chain",
	    .form = KIND_PROG, .target = objects_link},
    .open = open_programs,
    .next = names_next,
    .close = names_close,
    .find = names_find_numbered,
};

/* ln -s: the number in front of its name will be that of its place, whatever it is called now. */
static int attach_symlink(const struct place *dir, const char *name, const char *target,
			  struct child *out, struct change *c)
{
	struct buf path __buf_free = {};
	enum kind kind;
	uint32_t id;
	int err = cgroup_of(dir, &path);

	(void)name;
	if (!err)
		err = path_object(dir, target, &kind, &id, &c->why);
	if (!err && kind != KIND_PROG)
		err = problem(&c->why, -EINVAL, NULL, "only programs can be attached");
	if (err)
		return err;
	out->value = id;
	return cgroup_attach_prog(buf_cstr(&path), (uint32_t)dir->id, id, &c->why);
}

static int detach_symlink(const struct place *dir, const char *name, struct change *c)
{
	struct buf path __buf_free = {};
	struct child child;
	int err = names_find_numbered(dir, name, &child);

	if (!err)
		err = cgroup_of(dir, &path);
	return err ? err
		   : cgroup_detach_prog(buf_cstr(&path), (uint32_t)dir->id, (uint32_t)child.value,
					&c->why);
}

static const struct folder_ops changes = {.symlink = attach_symlink, .unlink = detach_symlink};

const struct folder cgroup_type_folder = {
    .parent = FOLDER_CGROUP, .gen = &programs, .ops = &changes};

/* --- cgroups --- */

static bool has_programs(int fd, uint32_t type)
{
	struct cgroup_prog *progs;
	size_t n;

	if (cgroup_query(fd, type, false, &progs, &n))
		return false;
	free(progs);
	return n > 0;
}

static int add_types(struct names *n, int fd)
{
	size_t count;
	const uint32_t *types = cgroup_types(&count);
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		if (has_programs(fd, types[i]))
			err = names_add(n, attach_type_name(types[i]), types[i]);
	return err;
}

static int add_cgroups(struct names *n, int fd)
{
	char **names;
	size_t count;
	int err = cgroup_names(fd, &names, &count);

	if (err)
		return err;
	for (size_t i = 0; !err && i < count; i++)
		err = add_cgroup(n, names[i]);
	cgroup_free_names(names, count);
	return err;
}

static int open_children(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int fd = n ? open_cgroup(dir) : -ENOMEM;
	int err = fd < 0 ? fd : add_types(n, fd);

	if (!err)
		err = add_cgroups(n, fd);
	if (fd >= 0)
		close(fd);
	return names_done(n, err, state);
}

static int next_child(const struct place *dir, void *state, uint64_t *cursor, struct child *out)
{
	int more = names_next(dir, state, cursor, out);

	out->other = more > 0 && out->value != NESTED;
	return more;
}

static int find_child(const struct place *dir, const char *name, struct child *out)
{
	struct stat st;
	uint32_t type;
	bool found;
	int fd = open_cgroup(dir);

	if (fd < 0)
		return fd;
	out->other = cgroup_type_by_name(name, &type);
	out->value = out->other ? type : NESTED;
	if (out->other) {
		found = has_programs(fd, type);
	} else {
		char cgroup[NAME_MAX + 1];

		snprintf(cgroup, sizeof(cgroup), "%.*s", (int)cgroup_name_len(name), name);
		found = !fstatat(fd, cgroup, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
	}
	close(fd);
	return found ? 0 : -ENOENT;
}

static const struct row type_row = {"TYPE", ROW_FOLDER, "the programs of an attach type",
				    .folder = FOLDER_CGROUP_TYPE};

static const struct generator children = {
    .row = {"CGROUP", ROW_FOLDER, "a cgroup below; one named like a file here has .cgroup behind",
	    .folder = FOLDER_CGROUP_NESTED},
    .others = &type_row,
    .nothers = 1,
    .open = open_children,
    .next = next_child,
    .close = names_close,
    .find = find_child,
};

static const struct row rows[] = {
    {"list", ROW_FILE, "programs attached to the cgroup, a line each", .form = DOC_TABLE,
     .show = show_programs},
    {"list.json", ROW_FILE, "the same, as bpftool -j cgroup show", .form = DOC_JSON,
     .show = show_programs},
    {"effective", ROW_FILE, "programs that run for it, those of its ancestors included",
     .form = DOC_TABLE | EFFECTIVE, .show = show_programs},
    {"effective.json", ROW_FILE, "the same, as bpftool -j cgroup show effective",
     .form = DOC_JSON | EFFECTIVE, .show = show_programs},
    {"attach", ROW_FILE, "attaches a program, without a link unless it says so",
     .command = attach_program, .verbs = cgroup_attach_verbs},
    {"detach", ROW_FILE, "detaches a program", .command = detach_program,
     .verbs = cgroup_detach_verbs},
    /* at the top only */
    {"tree", ROW_FILE, "all cgroups with programs attached", .form = DOC_TEXT, .show = show_tree},
    {"tree.json", ROW_FILE, "the same, as bpftool -j cgroup tree", .form = DOC_JSON,
     .show = show_tree},
};

enum { TOP_ROWS = 2, ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct folder cgroup_folder = {
    .parent = FOLDER_ROOT, .rows = rows, .nrows = ROWS, .gen = &children};

const struct folder cgroup_nested_folder = {
    .parent = FOLDER_CGROUP, .rows = rows, .nrows = ROWS - TOP_ROWS, .gen = &children};
