// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "given.h"
#include "objects.h"

#include "../bpf/attach.h"
#include "../bpf/cfg.h"
#include "../bpf/describe.h"
#include "../bpf/dot.h"
#include "../bpf/jited.h"
#include "../bpf/kbtf.h"
#include "../bpf/prog.h"
#include "../bpf/progload.h"
#include "../bpf/source.h"
#include "../bpf/target.h"
#include "../bpf/xlated.h"
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- prog/ID/maps/: the maps that the program uses, by name --- */

/* Several maps of one program may share a name. */
static int add_maps(struct names *n, const struct prog *p, const struct index *maps)
{
	uint32_t count = p->map_ids ? p->info.nr_map_ids : 0;
	int err = 0;

	for (uint32_t i = 0; !err && i < count; i++) {
		const struct index_entry *e = index_by_id(maps, p->map_ids[i]);
		struct buf name __buf_free = {};
		bool shared = false;

		for (uint32_t j = 0; e && j < count; j++) {
			const struct index_entry *other = index_by_id(maps, p->map_ids[j]);

			shared |= other && other != e && !strcmp(other->name, e->name);
		}
		if (e)
			index_file_name(e->name, e->id, shared, &name);
		if (!name.len)
			buf_u64(&name, p->map_ids[i]);
		err = names_add(n, buf_cstr(&name), p->map_ids[i]);
	}
	return err;
}

static int open_maps(const struct place *dir, void **state)
{
	const struct index *maps;
	struct names *n = names_new();
	struct prog p;
	int err = n ? prog_open((uint32_t)dir->id, PROG_MAPS, &p) : -ENOMEM;

	if (!err) {
		err = index_get(KIND_MAP, &maps);
		if (!err) {
			err = add_maps(n, &p, maps);
			index_put(KIND_MAP, maps);
		}
		prog_close(&p);
	}
	return names_done(n, err, state);
}

static const struct generator prog_maps = {
    .row = {"NAME", ROW_LINK, "a map that the program uses", .form = KIND_MAP,
	    .target = objects_link},
    .open = open_maps,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder prog_maps_folder = {.parent = FOLDER_PROG_ID, .gen = &prog_maps};

/* --- prog/ID/links/ and attached_by/ --- */

static bool is_link_of(const struct index_entry *e, uint64_t prog_id)
{
	return e->prog_id == prog_id;
}

static int open_links(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err = n ? objects_add_ids(n, KIND_LINK, is_link_of, dir->id) : -ENOMEM;

	return names_done(n, err, state);
}

static const struct generator prog_links = {
    .row = {"ID", ROW_LINK, "a link that attaches the program", .form = KIND_LINK,
	    .target = objects_link},
    .open = open_links,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder prog_links_folder = {.parent = FOLDER_PROG_ID, .gen = &prog_links};

static int add_user(uint32_t id, void *names)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", id);
	return names_add(names, name, id);
}

static int open_users(const struct place *dir, void **state)
{
	struct names *n = names_new();
	int err = n ? target_each_user((uint32_t)dir->id, add_user, n) : -ENOMEM;

	return names_done(n, err, state);
}

static const struct generator prog_attached_by = {
    .row = {"ID", ROW_LINK, "a program that is for a function of this one", .form = KIND_PROG,
	    .target = objects_link},
    .open = open_users,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder prog_attached_by_folder = {.parent = FOLDER_PROG_ID, .gen = &prog_attached_by};

/* --- prog/ID/ --- */

/* Opens the program with its BTF, and renders it. */
struct code_view {
	unsigned int want;
	int (*render)(const struct prog *p, const struct btf *btf, int form, struct buf *out);
};

static int show_code(const struct place *p, struct buf *out, const struct code_view *view)
{
	struct btf_ref btf = {};
	struct prog prog;
	int err = prog_open((uint32_t)p->id, view->want, &prog);

	if (err)
		return err;
	if (prog.info.btf_id && btf_open(prog.info.btf_id, &btf))
		btf = (struct btf_ref){};
	err = view->render(&prog, btf.btf, p->row->form, out);
	if (btf.btf)
		btf_close(&btf);
	prog_close(&prog);
	return err;
}

static int render_xlated(const struct prog *p, const struct btf *btf, int form, struct buf *out)
{
	return xlated_render(p, btf, (enum xlated_form)form, out);
}

static int show_xlated(const struct place *p, struct buf *out)
{
	static const struct code_view view = {PROG_XLATED | PROG_FUNCS | PROG_LINES, render_xlated};

	return show_code(p, out, &view);
}

static int render_jited(const struct prog *p, const struct btf *btf, int form, struct buf *out)
{
	return jited_render(p, btf, (enum jited_form)form, out);
}

static int show_jited(const struct place *p, struct buf *out)
{
	static const struct code_view view = {PROG_JITED | PROG_FUNCS | PROG_LINES, render_jited};

	return show_code(p, out, &view);
}

static int render_cfg(const struct prog *p, const struct btf *btf, int form, struct buf *out)
{
	(void)form;
	return cfg_render_dot(p, btf, out);
}

static int show_cfg(const struct place *p, struct buf *out)
{
	static const struct code_view view = {PROG_XLATED | PROG_FUNCS | PROG_LINES, render_cfg};

	return show_code(p, out, &view);
}

static int show_cfg_svg(const struct place *p, struct buf *out)
{
	struct buf graph __buf_free = {};
	int err = show_cfg(p, &graph);

	return err ? err : dot_to_svg(&graph, out);
}

static bool can_draw(const struct place *p)
{
	(void)p;
	return dot_path();
}

static int render_source(const struct prog *p, const struct btf *btf, int form, struct buf *out)
{
	(void)form;
	return source_render(p, btf, out);
}

static int show_source(const struct place *p, struct buf *out)
{
	static const struct code_view view = {PROG_XLATED | PROG_JITED | PROG_FUNCS | PROG_LINES,
					      render_source};

	return show_code(p, out, &view);
}

static int show_stats(const struct place *p, struct buf *out)
{
	return describe_prog_stats((uint32_t)p->id, (enum doc_form)p->row->form, out);
}

static int link_btf(const struct place *p, struct buf *out)
{
	struct prog prog;
	int err = prog_open((uint32_t)p->id, 0, &prog);

	if (err)
		return err;
	tree_link(p, KIND_BTF, prog.info.btf_id, out);
	prog_close(&prog);
	return 0;
}

static int link_target(const struct place *p, struct buf *out)
{
	struct target t;
	int err = target_of_prog((uint32_t)p->id, &t);

	if (!err)
		tree_link(p, t.kind, t.id, out);
	return err;
}

/* The program's info; empty when it is gone. */
static struct bpf_prog_info prog_info(const struct place *p)
{
	struct bpf_prog_info info = {};
	struct prog prog;

	if (!prog_open((uint32_t)p->id, 0, &prog)) {
		info = prog.info;
		prog_close(&prog);
	}
	return info;
}

static bool has_btf(const struct place *p)
{
	return prog_info(p).btf_id;
}

static bool has_target(const struct place *p)
{
	return prog_info(p).attach_btf_id;
}

static bool has_lines(const struct place *p)
{
	struct bpf_prog_info info = prog_info(p);

	return info.btf_id && info.nr_line_info;
}

static const struct row prog_id_rows[] = {
    {"info", ROW_FILE, "what the kernel knows of the program", .form = DOC_TEXT, .quick = true,
     .show = objects_info},
    {"info.json", ROW_FILE, "the same, as bpftool -j prog show", .form = DOC_JSON, .quick = true,
     .show = objects_info},
    {"xlated", ROW_FILE, "translated instructions with source lines", .form = XLATED_TEXT,
     .show = show_xlated},
    {"xlated.opcodes", ROW_FILE, "the same with the bytes of each", .form = XLATED_OPCODES,
     .show = show_xlated},
    {"xlated.linum", ROW_FILE, "the same with file, line and column", .form = XLATED_LINUM,
     .show = show_xlated},
    {"xlated.json", ROW_FILE, "the same, as bpftool -j prog dump xlated", .form = XLATED_JSON,
     .show = show_xlated},
    {"xlated.bin", ROW_FILE, "the bare instructions, 8 bytes each", .form = XLATED_BIN,
     .show = show_xlated},
    {"jited", ROW_FILE, "native instructions with source lines", .form = JITED_TEXT,
     .show = show_jited},
    {"jited.opcodes", ROW_FILE, "the same with the bytes of each", .form = JITED_OPCODES,
     .show = show_jited},
    {"jited.linum", ROW_FILE, "the same with file, line and column", .form = JITED_LINUM,
     .show = show_jited},
    {"jited.json", ROW_FILE, "the same, as bpftool -j prog dump jited", .form = JITED_JSON,
     .show = show_jited},
    {"jited.bin", ROW_FILE, "the bare native code", .form = JITED_BIN, .show = show_jited},
    {"cfg.dot", ROW_FILE, "control-flow graph for Graphviz", .show = show_cfg},
    {"cfg.svg", ROW_FILE, "the same as a drawing, where Graphviz is installed", .slow = true,
     .exists = can_draw, .show = show_cfg_svg},
    {"source", ROW_FILE, "the C lines, each with its instructions", .exists = has_lines,
     .show = show_source},
    {"maps", ROW_FOLDER, "the maps that the program uses", .folder = FOLDER_PROG_MAPS},
    {"links", ROW_FOLDER, "the links that attach it", .folder = FOLDER_PROG_LINKS},
    {"attached_by", ROW_FOLDER, "the programs that are for functions of it",
     .folder = FOLDER_PROG_ATTACHED_BY},
    {"target", ROW_LINK, "the program, or BTF of the kernel, that has the function it is for",
     .exists = has_target, .target = link_target},
    {"btf", ROW_LINK, "its types", .exists = has_btf, .target = link_btf},
    {"attach", ROW_FILE, "attaches it, other than to networking and cgroups",
     .command = attach_program, .verbs = attach_verbs},
    {"detach", ROW_FILE, "undoes that; the only link made so if nothing is said",
     .command = detach_program, .verbs = detach_verbs},
    OBJECTS_PIN,
    {"pids", ROW_FILE, "processes that hold it", .form = DOC_TEXT, .show = objects_pids},
    {"pids.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .show = objects_pids},
    {"pins", ROW_FILE, "its paths in bpffs", .show = objects_pins},
    {"stats", ROW_FILE, "run count and time, while stats_enabled is 1", .form = DOC_TEXT,
     .quick = true, .show = show_stats},
    {"stats.json", ROW_FILE, "the same as JSON", .form = DOC_JSON, .quick = true,
     .show = show_stats},
    {"test_run", ROW_FOLDER, "runs it with input of one's own", .folder = FOLDER_PROG_TEST_RUN},
};

const struct folder prog_id_folder = {.parent = FOLDER_PROG, FOLDER_ROWS(prog_id_rows)};

/* --- prog/ --- */

enum { LOAD_FIRST, LOAD_ALL };

static int load_progs(const struct place *p, struct command *c)
{
	const struct given_files given = given_files(&c->who);
	struct span words = command_words(c);
	struct buf elf __buf_free = {}, name __buf_free = {};
	int err = given_take(&c->who, &words, &elf, &name, &c->why);

	return err ? err
		   : progload(&elf, buf_cstr(&name), p->row->form == LOAD_ALL, words, &given.files,
			      &c->why);
}

#define LOAD_USAGE                                                                                 \
	"OBJECT PATH [type T] [map idx N|name S MAP]... [dev IF|offload_dev IF|xdpmeta_dev IF] "   \
	"[pinmaps DIR] [autoattach] [kernel_btf FILE]"

static const struct row prog_rows[] = {
    {"list", ROW_FILE, "all programs, a line each", .form = DOC_TABLE, .show = objects_list},
    {"list.json", ROW_FILE, "the same, as bpftool -j prog show", .form = DOC_JSON,
     .show = objects_list},
    {"load", ROW_FILE, "loads an object file, and pins its first program", .form = LOAD_FIRST,
     .slow = true, .command = load_progs, .usage = LOAD_USAGE},
    {"loadall", ROW_FILE, "the same, and pins all programs, in a folder", .form = LOAD_ALL,
     .slow = true, .command = load_progs, .usage = LOAD_USAGE},
    {"by-name", ROW_FOLDER, "links by name", .folder = FOLDER_PROG_BY_NAME},
    {"by-tag", ROW_FOLDER, "links by tag", .folder = FOLDER_PROG_BY_TAG},
    {"by-type", ROW_FOLDER, "links by type", .folder = FOLDER_PROG_BY_TYPE},
};

static const struct generator prog_ids = {
    .row = {"ID", ROW_FOLDER, "a program", .folder = FOLDER_PROG_ID},
    .by_id = true,
    .open = objects_open_ids,
    .close = objects_close_ids,
    .next = objects_next_id,
    .find = objects_find_id,
};

const struct folder prog_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(prog_rows), .gen = &prog_ids};

const struct folder prog_by_name_folder = {
    .parent = FOLDER_PROG, .gen = &(const struct generator)OBJECTS_BY_NAME(KIND_PROG)};

const struct folder prog_by_tag_folder = {
    .parent = FOLDER_PROG,
    .gen = &(const struct generator)OBJECTS_GROUPS("TAG", GROUP_TAG, FOLDER_PROG_TAG)};

const struct folder prog_tag_folder = {.parent = FOLDER_PROG_BY_TAG,
				       .gen = &(const struct generator)OBJECTS_MEMBERS(KIND_PROG)};

const struct folder prog_by_type_folder = {
    .parent = FOLDER_PROG,
    .gen = &(const struct generator)OBJECTS_GROUPS("TYPE", GROUP_TYPE, FOLDER_PROG_TYPE)};

const struct folder prog_type_folder = {.parent = FOLDER_PROG_BY_TYPE,
					.gen = &(const struct generator)OBJECTS_MEMBERS(KIND_PROG)};
