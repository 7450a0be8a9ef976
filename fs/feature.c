// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"
#include "tree.h"

#include "../bpf/feature.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static int show_kernel(const struct place *p, struct buf *out)
{
	return feature_describe(FEATURE_KERNEL, (enum doc_form)p->row->form, out);
}

static int show_unprivileged(const struct place *p, struct buf *out)
{
	return feature_describe(FEATURE_UNPRIVILEGED, (enum doc_form)p->row->form, out);
}

static int show_macros(const struct place *p, struct buf *out)
{
	(void)p;
	return feature_macros("", out);
}

static const struct row rows[] = {
    {"kernel", ROW_FILE, "what the kernel can do: configuration, types, helpers", .form = DOC_TEXT,
     .show = show_kernel},
    {"kernel.json", ROW_FILE, "the same, as bpftool -j feature probe kernel full", .form = DOC_JSON,
     .show = show_kernel},
    {"unprivileged", ROW_FILE, "what it lets a process do that has no capabilities for BPF",
     .form = DOC_TEXT, .show = show_unprivileged},
    {"unprivileged.json", ROW_FILE, "the same, as bpftool -j feature probe unprivileged full",
     .form = DOC_JSON, .show = show_unprivileged},
    {"macros.h", ROW_FILE, "what the kernel can do, as C macros", .show = show_macros},
    {"macros", ROW_FOLDER, "the same with a prefix", .folder = FOLDER_FEATURE_MACROS},
    {"dev", ROW_FOLDER, "devices that take offloaded programs", .folder = FOLDER_FEATURE_DEV},
    {"list", ROW_FOLDER, "names of all there is", .folder = FOLDER_FEATURE_LIST},
};

const struct folder feature_folder = {.parent = FOLDER_ROOT, FOLDER_ROWS(rows)};

/* --- feature/macros/PREFIX.h: any prefix that C takes, so that none is listed --- */

static int next_macros(const struct place *dir, void *state, uint64_t *cursor, struct child *out)
{
	(void)dir, (void)state, (void)cursor, (void)out;
	return 0;
}

static int find_macros(const struct place *dir, const char *name, struct child *out)
{
	const char *c = name;

	(void)dir;
	while (isalnum((unsigned char)*c) || *c == '_')
		c++;
	if (c == name || isdigit((unsigned char)*name) || strcmp(c, ".h") != 0)
		return -ENOENT;
	out->value = (uint64_t)(c - name); /* length of the prefix */
	return 0;
}

static int show_prefixed(const struct place *p, struct buf *out)
{
	char prefix[NAME_MAX + 1] = "";

	memcpy(prefix, p->name, p->child);
	return feature_macros(prefix, out);
}

static const struct generator macros = {
    .row = {"PREFIX.h", ROW_FILE, "macros.h with that before each name; not listed",
	    .show = show_prefixed},
    .next = next_macros,
    .find = find_macros,
};

const struct folder feature_macros_folder = {.parent = FOLDER_FEATURE, .gen = &macros};

/* --- feature/dev/IF and feature/dev/IF.json --- */

#define JSON_SUFFIX ".json"

static uint64_t dev_value(uint32_t ifindex, enum doc_form form)
{
	return (uint64_t)ifindex << 8 | form;
}

static int add_device(struct names *n, const struct if_nameindex *i)
{
	char json[IF_NAMESIZE + sizeof(JSON_SUFFIX)];
	int err;

	if (!feature_can_offload(i->if_index))
		return 0;
	snprintf(json, sizeof(json), "%s" JSON_SUFFIX, i->if_name);
	err = names_add(n, i->if_name, dev_value(i->if_index, DOC_TEXT));
	return err ? err : names_add(n, json, dev_value(i->if_index, DOC_JSON));
}

static int open_devices(const struct place *dir, void **state)
{
	struct if_nameindex *all = if_nameindex();
	struct names *n = names_new();
	int err = all && n ? 0 : -ENOMEM;

	(void)dir;
	for (struct if_nameindex *i = all; !err && i->if_index; i++)
		err = add_device(n, i);
	if (all)
		if_freenameindex(all);
	return names_done(n, err, state);
}

static int show_device(const struct place *p, struct buf *out)
{
	return feature_describe_device((uint32_t)(p->child >> 8), (enum doc_form)(p->child & 0xff),
				       out);
}

static const struct generator devices = {
    .row = {"IF", ROW_FILE,
	    "what can be offloaded to a device; IF.json as bpftool -j feature "
	    "probe dev IF",
	    .show = show_device},
    .open = open_devices,
    .next = names_next,
    .close = names_close,
    .find = names_find,
};

const struct folder feature_dev_folder = {.parent = FOLDER_FEATURE, .gen = &devices};

/* --- feature/list/ --- */

/* The row's form: which list, and whether as JSON. */
enum { LIST_JSON = 0x100 };

static int show_list(const struct place *p, struct buf *out)
{
	int form = p->row->form;

	return feature_list((enum feature_list)(form & ~LIST_JSON), form & LIST_JSON, out);
}

#define LIST(name, list, help, json_help)                                                          \
	{name, ROW_FILE, help, .form = (list), .show = show_list},                                 \
	{                                                                                          \
		name ".json", ROW_FILE, json_help, .form = (list) | LIST_JSON, .show = show_list   \
	}
#define BUILTINS(name, list, help)                                                                 \
	LIST(name, list, help " that the kernel's BTF names",                                      \
	     "the same, as bpftool -j feature list_builtins " name)

static const struct row list_rows[] = {
    BUILTINS("prog_types", FEATURE_PROG_TYPES, "program types"),
    BUILTINS("map_types", FEATURE_MAP_TYPES, "map types"),
    BUILTINS("attach_types", FEATURE_ATTACH_TYPES, "attach types"),
    BUILTINS("link_types", FEATURE_LINK_TYPES, "link types"),
    BUILTINS("helpers", FEATURE_HELPER_NAMES, "helper functions"),
    LIST("kfuncs", FEATURE_KFUNCS, "kernel functions that programs can call, from BTF",
	 "the same as JSON"),
    LIST("iters", FEATURE_ITERS, "targets of iterators, from BTF", "the same as JSON"),
    LIST("struct_ops", FEATURE_STRUCT_OPS, "structs that programs can implement, from BTF",
	 "the same as JSON"),
};

const struct folder feature_list_folder = {.parent = FOLDER_FEATURE, FOLDER_ROWS(list_rows)};
