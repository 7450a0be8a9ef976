// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include "names.h"
#include "prog.h"
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const columns[] = {"id",   "attach_type",	 "attach_flags",
				      "name", "attach_btf_name", NULL};
static const char *const effective_columns[] = {"id", "attach_type", "name", "attach_btf_name",
						NULL};

static const struct flag_word attach_words[] = {
    {BPF_F_ALLOW_OVERRIDE, "override"},
    {BPF_F_ALLOW_MULTI, "multi"},
    {BPF_F_REPLACE, "replace"},
    {UINT64_C(1) << 6, "preorder"}, /* Linux 6.15 */
    {},
};

/* "multi", "" for none; what has no word in hex, as a string like the others. */
static void describe_attach_flags(struct doc *d, uint32_t flags)
{
	struct buf text __buf_free = {};

	for (const struct flag_word *w = attach_words; w->word; w++)
		if (flags & w->bit) {
			buf_printf(&text, "%s%s", text.len ? "," : "", w->word);
			flags &= ~(uint32_t)w->bit;
		}
	if (flags)
		buf_printf(&text, "%s0x%x", text.len ? "," : "", flags);
	doc_str(d, "attach_flags", buf_cstr(&text));
}

/* Of a program that cannot be opened there is what the cgroup knows. */
static void describe_prog_of(struct doc *d, uint32_t type, bool effective,
			     const struct cgroup_prog *at)
{
	struct buf name __buf_free = {}, target __buf_free = {};
	struct prog p;
	int err = prog_open(at->id, 0, &p);

	if (err == -ENOENT)
		return;
	doc_object(d, NULL);
	doc_u64(d, "id", at->id);
	doc_named(d, "attach_type", type, attach_type_name(type));
	if (!effective)
		describe_attach_flags(d, at->attach_flags);
	if (!err) {
		prog_full_name(&p, &name);
		if (p.info.attach_btf_id)
			target_name(&(struct target){KIND_BTF, p.info.attach_btf_obj_id,
						     p.info.attach_btf_id},
				    &target);
		doc_str(d, "name", buf_cstr(&name));
		doc_str(d, "attach_btf_name", buf_cstr(&target));
		doc_u64(d, "attach_btf_obj_id", p.info.attach_btf_obj_id);
		doc_u64(d, "attach_btf_id", p.info.attach_btf_id);
		prog_close(&p);
	}
	doc_close(d);
}

/* What is attached to a cgroup: everything is asked for before anything is written. */
struct attached {
	struct cgroup_prog *progs;
	size_t n;
};

static void attached_free(struct attached *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(a[i].progs);
	free(a);
}

/* An array of as many as there are types, which the caller frees, and the sum in *total.  Types
 * that the kernel does not know have none; if it answers for no type at all that is an error. */
static int attached_get(int fd, bool effective, struct attached **out, size_t *total)
{
	size_t ntypes, answers = 0;
	const uint32_t *types = cgroup_types(&ntypes);
	struct attached *a = calloc(ntypes + 1, sizeof(*a));
	int err = 0;

	if (!a)
		return -ENOMEM;
	*total = 0;
	for (size_t i = 0; i < ntypes; i++) {
		int failed = cgroup_query(fd, types[i], effective, &a[i].progs, &a[i].n);

		answers += !failed;
		*total += a[i].n;
		if (failed && !err)
			err = failed;
	}
	if (answers || !err) {
		*out = a;
		return 0;
	}
	attached_free(a, ntypes);
	return err;
}

static void describe_attached(struct doc *d, bool effective, const struct attached *a)
{
	size_t ntypes;
	const uint32_t *types = cgroup_types(&ntypes);

	for (size_t i = 0; i < ntypes; i++)
		for (size_t j = 0; j < a[i].n; j++)
			describe_prog_of(d, types[i], effective, &a[i].progs[j]);
}

int describe_cgroup(const char *path, bool effective, enum doc_form form, struct buf *out)
{
	size_t total, ntypes;
	struct attached *a;
	struct doc *d;
	int fd = cgroup_open(path);
	int err = fd < 0 ? fd : attached_get(fd, effective, &a, &total);

	if (fd >= 0)
		close(fd);
	if (err)
		return err;
	d = doc_begin(form, out,
		      form != DOC_TABLE ? NULL
		      : effective	? effective_columns
					: columns);
	if (d) {
		doc_list(d);
		describe_attached(d, effective, a);
		doc_close(d);
	}
	cgroup_types(&ntypes);
	attached_free(a, ntypes);
	return d ? doc_end(d) : -ENOMEM;
}

/* --- the tree --- */

/* One cgroup; `a` is NULL when it could not be looked into. */
static void describe_node(struct doc *d, const char *path, const struct attached *a, int err)
{
	struct buf whole __buf_free = {};

	cgroup_root(&whole);
	if (*path)
		buf_printf(&whole, "/%s", path);
	doc_object(d, NULL);
	doc_str(d, "cgroup", buf_cstr(&whole));
	if (err)
		doc_str(d, "error", strerror(-err));
	doc_array(d, "programs");
	if (a)
		describe_attached(d, false, a);
	doc_close(d);
	doc_close(d);
}

/* Describes a cgroup, if there is anything to tell, and names those below it. */
static void visit_one(struct doc *d, const char *path, char ***names, size_t *n)
{
	struct attached *a = NULL;
	size_t total = 0, ntypes;
	int fd = cgroup_open(path);
	int err = fd < 0 ? fd : attached_get(fd, false, &a, &total);
	int unread = fd < 0 ? 0 : cgroup_names(fd, names, n);

	if (fd >= 0)
		close(fd);
	if (!err)
		err = unread;
	if (total || (err && err != -ENOENT && err != -ENODEV))
		describe_node(d, path, a, err);
	if (a) {
		cgroup_types(&ntypes);
		attached_free(a, ntypes);
	}
}

/* One descriptor is open at a time, however deep the tree is. */
static void visit(struct doc *d, struct buf *path)
{
	char **names = NULL;
	size_t n = 0, len = path->len;

	visit_one(d, buf_cstr(path), &names, &n);
	for (size_t i = 0; i < n; i++) {
		buf_printf(path, "%s%s", len ? "/" : "", names[i]);
		visit(d, path);
		path->len = len;
	}
	cgroup_free_names(names, n);
}

int describe_cgroup_tree(enum doc_form form, struct buf *out)
{
	struct buf path __buf_free = {};
	int err = cgroup_root(&path);
	struct doc *d = err ? NULL : doc_begin(form, out, NULL);

	if (!d)
		return err ? err : -ENOMEM;
	buf_reset(&path);
	doc_list(d);
	visit(d, &path);
	doc_close(d);
	err = doc_end(d);
	return path.err ? path.err : err;
}
