// SPDX-License-Identifier: GPL-2.0-or-later
#include "progload.h"

#include "apart.h"
#include "elfobject.h"
#include "kind.h"
#include "link_keep.h"
#include "names.h"
#include "pinning.h"
#include "ref.h"
#include "words.h"
#include "verb.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_MAPS = 64 };

/* A map of the file, by name or number, and the one to use instead. */
struct replacement {
	struct span name; /* empty: by number */
	uint32_t index;
	int fd;
};

/* What the words ask for. */
struct wish {
	bool all;
	const struct opener *files;
	struct buf path; /* of the pin or folder */
	struct span type, path_at;
	struct replacement maps[MOST_MAPS];
	unsigned int nmaps;
	uint32_t offload_ifindex, bound_ifindex;
	struct buf map_folder; /* empty: maps are not pinned */
	bool autoattach;
	int btf_fd;	 /* -1: the kernel's own */
	struct buf made; /* paths that were pinned or made, each with its NUL, in order */
	uint32_t newest_link;
	struct problem *why;
	struct elfobject file;
};

/* --- words --- */

static int take_type(struct span *words, void *to, struct problem *why)
{
	return take_word(words, "a type", &((struct wish *)to)->type, why);
}

static int take_map(struct span *words, void *to, struct problem *why)
{
	struct wish *w = to;
	struct replacement *m = &w->maps[w->nmaps];
	struct span how;
	int err = take_word(words, "idx or name", &how, why);

	if (err)
		return err;
	if (w->nmaps == MOST_MAPS)
		return problem(why, -E2BIG, how.at, "more than %d maps", MOST_MAPS);
	*m = (struct replacement){.fd = -1};
	if (span_is(how, "idx"))
		err = take_u32(words, &m->index, why);
	else if (span_is(how, "name"))
		err = take_word(words, "the name of a map", &m->name, why);
	else
		err = problem(why, -EINVAL, how.at, "idx or name is expected");
	if (!err) {
		m->fd = ref_open(KIND_MAP, words, why);
		err = m->fd < 0 ? m->fd : 0;
	}
	if (!err)
		w->nmaps++;
	return err;
}

static int take_pinmaps(struct span *words, void *to, struct problem *why)
{
	struct span word;
	int err = take_word(words, "a folder", &word, why);

	return err ? err : pin_path(word, &((struct wish *)to)->map_folder, why);
}

static int take_btf(struct span *words, void *to, struct problem *why)
{
	struct wish *w = to;
	struct span word;
	int err = take_word(words, "a file", &word, why);

	if (err)
		return err;
	w->btf_fd = w->files->open(w->files, word, why);
	return w->btf_fd < 0 ? w->btf_fd : 0;
}

static const struct clause clauses[] = {
    {.usage = "type TYPE", .take = take_type},
    {.usage = "map idx N|name NAME MAP", .take = take_map, .use = CLAUSE_AGAIN},
    {.usage = "dev IF", .take = take_device, .at = offsetof(struct wish, offload_ifindex)},
    {.usage = "offload_dev IF",
     .take = take_device,
     .at = offsetof(struct wish, offload_ifindex),
     .use = CLAUSE_INSTEAD},
    {.usage = "xdpmeta_dev IF",
     .take = take_device,
     .at = offsetof(struct wish, bound_ifindex),
     .use = CLAUSE_INSTEAD},
    {.usage = "pinmaps DIR", .take = take_pinmaps},
    {.usage = "autoattach", .at = offsetof(struct wish, autoattach)},
    {.usage = "kernel_btf FILE", .take = take_btf},
    {},
};

/* --- what the words mean for the object --- */

static int set_types(const struct wish *w)
{
	enum bpf_attach_type attach = 0;
	enum bpf_prog_type type = BPF_PROG_TYPE_UNSPEC;
	struct buf section __buf_free = {};
	struct bpf_program *prog;
	uint32_t number = 0;

	if (w->type.at) {
		buf_add(&section, w->type.at, span_len(w->type));
		/* bpftool's words are the beginnings of sections, some with a slash */
		if (libbpf_prog_type_by_name(buf_cstr(&section), &type, &attach)) {
			buf_char(&section, '/');
			if (libbpf_prog_type_by_name(buf_cstr(&section), &type, &attach)) {
				int err = words_value(WORDS_PROG_TYPE, w->type, "type of program",
						      &number, w->why);

				if (err)
					return err;
				type = number;
			}
		}
	}
	bpf_object__for_each_program (prog, w->file.obj) {
		if (type)
			bpf_program__set_type(prog, type);
		if (type && attach)
			bpf_program__set_expected_attach_type(prog, attach);
		if (w->offload_ifindex || w->bound_ifindex)
			bpf_program__set_ifindex(prog, w->offload_ifindex ?: w->bound_ifindex);
		if (w->bound_ifindex)
			bpf_program__set_flags(prog,
					       bpf_program__flags(prog) | BPF_F_XDP_DEV_BOUND_ONLY);
	}
	return 0;
}

static struct bpf_map *find_map(const struct wish *w, const struct replacement *r)
{
	struct bpf_map *map;
	uint32_t i = 0;

	bpf_object__for_each_map (map, w->file.obj)
		if (r->name.at ? span_is(r->name, bpf_map__name(map)) : i++ == r->index)
			return map;
	return NULL;
}

static int set_maps(const struct wish *w)
{
	struct bpf_map *found[MOST_MAPS], *map;
	int err = 0;

	/* all are looked up first: libbpf renames those that are replaced */
	for (unsigned int i = 0; i < w->nmaps; i++) {
		found[i] = find_map(w, &w->maps[i]);
		if (!found[i])
			return problem(w->why, -ENOENT, w->maps[i].name.at,
				       "the file has no such map");
	}
	for (unsigned int i = 0; !err && i < w->nmaps; i++)
		err = bpf_map__reuse_fd(found[i], w->maps[i].fd);
	if (err)
		return problem_errno(w->why, err, "a map to use instead");
	if (w->offload_ifindex)
		bpf_object__for_each_map (map, w->file.obj)
			bpf_map__set_ifindex(map, w->offload_ifindex);
	return 0;
}

/* --- pins --- */

static int made(struct wish *w, const char *path, int err)
{
	if (err)
		return problem(w->why, err, w->path_at.at, "%s: %s", path, pin_words(err));
	buf_add(&w->made, path, strlen(path) + 1);
	return w->made.err;
}

static int make_folder(struct wish *w, const char *path)
{
	struct buf full __buf_free = {};
	bool is_new;
	int err = pin_make_folder(span_of(path, strlen(path)), &full, &is_new, w->why);

	if (err && w->why)
		w->why->at = w->path_at.at;
	return err || !is_new ? err : made(w, path, 0);
}

static void path_in(const struct buf *folder, const char *name, struct buf *out)
{
	buf_add(out, folder->data, folder->len);
	buf_char(out, '/');
	pin_safe_name(name, out);
	buf_cstr(out);
}

static int pin_maps(struct wish *w)
{
	struct bpf_map *map;
	int err;

	if (!w->map_folder.len)
		return 0;
	err = make_folder(w, buf_cstr(&w->map_folder));
	bpf_object__for_each_map (map, w->file.obj) {
		struct buf path __buf_free = {};

		if (err || bpf_map__fd(map) < 0)
			continue;
		path_in(&w->map_folder, bpf_map__name(map), &path);
		err = made(w, path.data, bpf_obj_pin(bpf_map__fd(map), path.data));
	}
	return err;
}

/* The link if it is wanted and can be had, else the program. */
static int pin_prog(struct wish *w, struct bpf_program *prog, const char *path)
{
	struct bpf_link *link = w->autoattach ? bpf_program__attach(prog) : NULL;
	int fd = bpf_program__fd(prog);

	if (fd < 0)
		return 0;
	return made(w, path,
		    link ? link_keep(link, fd, w->newest_link, path) : bpf_obj_pin(fd, path));
}

static int pin_progs(void *arg)
{
	struct wish *w = arg;
	struct bpf_program *prog;
	int err = w->autoattach ? link_prepare_thread(w->why) : 0;

	if (err)
		return err;
	if (!w->all)
		return pin_prog(w, bpf_object__next_program(w->file.obj, NULL), buf_cstr(&w->path));
	err = make_folder(w, buf_cstr(&w->path));
	bpf_object__for_each_program (prog, w->file.obj) {
		struct buf path __buf_free = {};

		if (err)
			break;
		path_in(&w->path, bpf_program__name(prog), &path);
		err = pin_prog(w, prog, path.data);
	}
	return err;
}

/* Takes back what was made, the last first. */
static void undo(const struct wish *w)
{
	for (size_t end = w->made.len; end;) {
		const char *path;
		size_t at = end - 1;

		while (at && w->made.data[at - 1])
			at--;
		path = w->made.data + at;
		if (rmdir(path))
			unlink(path);
		end = at;
	}
}

/* --- loading --- */

static int open_object(struct wish *w, const struct buf *elf, const char *name)
{
	char btf[40];
	struct elfobject_opts opts = {.name = name};
	int err;

	if (w->btf_fd >= 0) {
		snprintf(btf, sizeof(btf), "/proc/self/fd/%d", w->btf_fd);
		opts.btf_path = btf;
	}
	err = elfobject_open(&w->file, elf, &opts, w->why);
	if (!err && !bpf_object__next_program(w->file.obj, NULL))
		err = problem(w->why, -EINVAL, NULL, "there are no programs in the object");
	return err;
}

static int load(struct wish *w, const struct buf *elf, const char *name)
{
	int err = open_object(w, elf, name);

	if (!err)
		err = set_types(w);
	if (!err)
		err = set_maps(w);
	return err ? err : elfobject_load(&w->file, w->why);
}

static int read_words(struct wish *w, struct span words)
{
	int err = take_word(&words, "a path in a bpffs", &w->path_at, w->why);

	if (!err)
		err = pin_path(w->path_at, &w->path, w->why);
	return err ? err : take_clauses(clauses, words, w, w->why);
}

static int pin(struct wish *w)
{
	int err;

	w->newest_link = kind_greatest_id(KIND_LINK, 0);
	err = pin_maps(w);
	if (!err)
		err = apart_run(pin_progs, w);
	if (err)
		undo(w);
	return err;
}

int progload(const struct buf *elf, const char *name, bool all, struct span words,
	     const struct opener *files, struct problem *why)
{
	struct wish w = {.all = all, .files = files, .btf_fd = -1, .why = why};
	int err = read_words(&w, words);

	if (!err)
		err = load(&w, elf, name);
	if (!err)
		err = pin(&w);
	elfobject_close(&w.file, err);
	for (unsigned int i = 0; i < w.nmaps; i++)
		close(w.maps[i].fd);
	if (w.btf_fd >= 0)
		close(w.btf_fd);
	buf_free(&w.path);
	buf_free(&w.map_folder);
	buf_free(&w.made);
	return err;
}
