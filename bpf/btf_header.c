// SPDX-License-Identifier: GPL-2.0-or-later
#include "btfdump_impl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The names of the macros are those that programs for bpftool's header define or use. */
static const char head[] =
    "#ifndef __VMLINUX_H__\n"
    "#define __VMLINUX_H__\n"
    "\n"
    "#if defined(__clang__) && defined(__bpf__) && !defined(BPF_NO_PRESERVE_ACCESS_INDEX)\n"
    "#pragma clang attribute push (__attribute__((preserve_access_index)), "
    "apply_to = record)\n"
    "#endif\n"
    "\n";

static const char kfuncs_head[] = "/* what the kernel offers to programs (kfuncs) */\n"
				  "#ifndef BPF_NO_KFUNC_PROTOTYPES\n"
				  "#ifndef __ksym\n"
				  "#define __ksym __attribute__((section(\".ksyms\")))\n"
				  "#endif\n"
				  "#ifndef __weak\n"
				  "#define __weak __attribute__((weak))\n"
				  "#endif\n"
				  "#ifndef __bpf_fastcall\n"
				  "#if __has_attribute(bpf_fastcall)\n"
				  "#define __bpf_fastcall __attribute__((bpf_fastcall))\n"
				  "#else\n"
				  "#define __bpf_fastcall\n"
				  "#endif\n"
				  "#endif\n"
				  "\n";

static const char kfuncs_tail[] = "#endif\n"
				  "\n";

static const char tail[] =
    "#if defined(__clang__) && defined(__bpf__) && !defined(BPF_NO_PRESERVE_ACCESS_INDEX)\n"
    "#pragma clang attribute pop\n"
    "#endif\n"
    "\n"
    "#endif\n";

struct funcs {
	uint32_t *ids; /* FUNC types */
	size_t n;
};

struct header {
	const struct btf *btf;
	struct btf_dump *dump;
	uint32_t *order;
	size_t ntypes, next;
	struct funcs kfuncs;
	struct funcs fastcalls; /* those of them that clobber fewer registers */
	struct buf *out;	/* where libbpf's words go */
};

/* Nearly all that libbpf prints are strings, in half a million pieces for a kernel. */
static void print(void *ctx, const char *fmt, va_list args)
{
	struct buf *out = ((struct header *)ctx)->out;
	const char *percent;

	while ((percent = strchr(fmt, '%')) && percent[1] == 's') {
		const char *s = va_arg(args, const char *);

		buf_add(out, fmt, (size_t)(percent - fmt));
		buf_str(out, s ? s : "");
		fmt = percent + 2;
	}
	if (percent)
		buf_vprintf(out, fmt, args);
	else
		buf_str(out, fmt);
}

/* The function that a tag of that name is on, 0 when the type is no such tag. */
static uint32_t tagged_func(const struct btf *btf, uint32_t id, const char *tag)
{
	const struct btf_type *t = btf__type_by_id(btf, id), *func;

	if (!btf_is_decl_tag(t) || btf_decl_tag(t)->component_idx != -1)
		return 0;
	if (strcmp(btf__str_by_offset(btf, t->name_off), tag) != 0)
		return 0;
	func = btf__type_by_id(btf, t->type);
	return func && btf_is_func(func) ? t->type : 0;
}

static int compare_names(const void *a, const void *b, void *arg)
{
	const struct btf *btf = arg;
	const struct btf_type *x = btf__type_by_id(btf, *(const uint32_t *)a);
	const struct btf_type *y = btf__type_by_id(btf, *(const uint32_t *)b);

	return strcmp(btf__str_by_offset(btf, x->name_off), btf__str_by_offset(btf, y->name_off));
}

/* All functions with a tag, by name. */
static int find_tagged(const struct btf *btf, const char *tag, struct funcs *out)
{
	uint32_t end = btf__type_cnt(btf);
	size_t n = 0;

	for (uint32_t id = 1; id < end; id++)
		n += tagged_func(btf, id, tag) != 0;
	out->ids = calloc(n + 1, sizeof(*out->ids));
	if (!out->ids)
		return -ENOMEM;
	for (uint32_t id = 1; id < end; id++)
		if ((out->ids[out->n] = tagged_func(btf, id, tag)))
			out->n++;
	qsort_r(out->ids, out->n, sizeof(*out->ids), compare_names, (void *)(uintptr_t)btf);
	return 0;
}

static bool has_func(const struct funcs *f, uint32_t id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->ids[i] == id)
			return true;
	return false;
}

static void close_header(void *state)
{
	struct header *h = state;

	btf_dump__free(h->dump);
	free(h->order);
	free(h->kfuncs.ids);
	free(h->fastcalls.ids);
	free(h);
}

static int open_header(const struct btf *btf, enum btfdump_form form, void **state)
{
	struct header *h = calloc(1, sizeof(*h));
	int err;

	(void)form;
	if (!h)
		return -ENOMEM;
	h->btf = btf;
	h->dump = btf_dump__new(btf, print, h, NULL);
	err = h->dump ? find_tagged(btf, "bpf_kfunc", &h->kfuncs) : -errno;
	if (!err)
		err = find_tagged(btf, "bpf_fastcall", &h->fastcalls);
	if (!err) {
		h->order = btf_order(btf, &h->ntypes);
		err = h->order ? 0 : -ENOMEM;
	}
	if (err)
		close_header(h);
	else
		*state = h;
	return err;
}

static int put_kfunc(struct header *h, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(h->btf, id);
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts,
		    .field_name = btf__str_by_offset(h->btf, t->name_off));
	int err;

	buf_str(h->out, has_func(&h->fastcalls, id) ? "extern __bpf_fastcall " : "extern ");
	err = btf_dump__emit_type_decl(h->dump, t->type, &opts);
	buf_str(h->out, " __weak __ksym;\n");
	return err;
}

static int step_header(void *state, struct buf *out)
{
	struct header *h = state;
	size_t at = h->next++;
	int err;

	h->out = out;
	if (!at)
		buf_str(out, head);
	if (at < h->ntypes) {
		err = btf_dump__dump_type(h->dump, h->order[at]);
		return err ? err : 1;
	}
	at -= h->ntypes;
	if (!at && h->kfuncs.n)
		buf_str(out, kfuncs_head);
	if (at < h->kfuncs.n) {
		err = put_kfunc(h, h->kfuncs.ids[at]);
		return err ? err : 1;
	}
	if (h->kfuncs.n)
		buf_str(out, kfuncs_tail);
	buf_str(out, tail);
	return 0;
}

const struct btfdump_type btfdump_header = {open_header, step_header, close_header};
