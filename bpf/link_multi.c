// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_describe.h"

#include "ksyms.h"

#include <stdlib.h>

/* Where a member of bpf_link_info is. */
#define AT(member) offsetof(struct bpf_link_info, member)

/* --- many kernel functions --- */

struct probe {
	uint64_t addr;
	uint64_t cookie;
};

static int compare(const void *a, const void *b)
{
	const struct probe *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* The probes ascending by address; NULL when there are none or the kernel does not tell. */
static struct probe *read_probes(const struct link *l, uint32_t n)
{
	static const size_t pointers[] = {AT(kprobe_multi.addrs), AT(kprobe_multi.cookies)};
	uint64_t *arrays = link_arrays(l, AT(kprobe_multi.count), pointers, 2);
	struct probe *probes = arrays ? calloc(n, sizeof(*probes)) : NULL;

	for (uint32_t i = 0; probes && i < n; i++)
		probes[i] = (struct probe){arrays[i], arrays[n + i]};
	free(arrays);
	if (probes)
		qsort(probes, n, sizeof(*probes), compare);
	return probes;
}

/* The symbol at an address.  A probe may lie behind the instruction that a function begins with
 * where the processor checks indirect jumps: the function is meant. */
static const char *symbol_of(const struct ksyms *symbols, uint64_t addr)
{
	enum { ENDBR_BYTES = 4 };
	uint64_t offset;
	const char *name = symbols && addr ? ksyms_name(symbols, addr, &offset) : NULL;

	return name && offset <= ENDBR_BYTES ? name : NULL;
}

static void describe_probe(struct doc *d, const struct ksyms *symbols, const struct probe *p)
{
	const char *name = symbol_of(symbols, p->addr);
	const char *module = name ? ksyms_module(symbols, name) : NULL;

	doc_object(d, NULL);
	doc_u64(d, "addr", p->addr);
	doc_str(d, "func", name ? name : "");
	if (module)
		doc_str(d, "module", module);
	else
		doc_raw(d, "module", "null", 4);
	doc_u64(d, "cookie", p->cookie);
	doc_close(d);
}

/* "first_function" or "first_function:and=41". */
static void add_more(struct buf *target, uint32_t n)
{
	if (n > 1)
		buf_printf(target, ":and=%u", n - 1);
}

void describe_kprobe_multi(struct link_view *v)
{
	static const struct flag_word flags[] = {{BPF_F_KPROBE_MULTI_RETURN, "return"}, {}};
	const struct bpf_link_info *info = &v->l->info.known;
	uint32_t n = info->kprobe_multi.count;
	struct probe *probes = read_probes(v->l, n);
	struct ksyms *symbols;

	if (!probes)
		n = 0;
	if (!n || ksyms_get(&symbols))
		symbols = NULL;
	doc_bool(v->d, "retprobe", info->kprobe_multi.flags & BPF_F_KPROBE_MULTI_RETURN);
	doc_u64(v->d, "func_cnt", info->kprobe_multi.count);
	doc_u64(v->d, "missed", info->kprobe_multi.missed);
	doc_flags(v->d, "flags", "flag_names", info->kprobe_multi.flags, flags);
	doc_array(v->d, "funcs");
	for (uint32_t i = 0; i < n; i++)
		describe_probe(v->d, symbols, &probes[i]);
	doc_close(v->d);
	if (n && symbol_of(symbols, probes[0].addr)) {
		buf_str(&v->target, symbol_of(symbols, probes[0].addr));
		add_more(&v->target, n);
	}
	ksyms_put(symbols);
	free(probes);
}

/* --- many places in a file --- */

/* The first's place becomes the target. */
static void describe_place(struct link_view *v, const char *path, const uint64_t *arrays,
			   uint32_t n, uint32_t i)
{
	struct buf symbol __buf_free = {};

	scene_file_symbol(v->scene, path, arrays[i], &symbol);
	doc_object(v->d, NULL);
	doc_u64(v->d, "offset", arrays[i]);
	doc_u64(v->d, "ref_ctr_offset", arrays[n + i]);
	doc_u64(v->d, "cookie", arrays[2 * n + i]);
	if (symbol.len)
		doc_str(v->d, "symbol", buf_cstr(&symbol));
	doc_close(v->d);
	if (i)
		return;
	if (symbol.len)
		buf_printf(&v->target, ":%s", buf_cstr(&symbol));
	else
		buf_printf(&v->target, "+0x%llx", (unsigned long long)arrays[0]);
}

void describe_uprobe_multi(struct link_view *v)
{
	static const struct flag_word flags[] = {{BPF_F_UPROBE_MULTI_RETURN, "return"}, {}};
	static const size_t pointers[] = {
	    AT(uprobe_multi.offsets), AT(uprobe_multi.ref_ctr_offsets), AT(uprobe_multi.cookies)};
	const struct bpf_link_info *info = &v->l->info.known;
	uint32_t n = info->uprobe_multi.count;
	uint64_t *arrays = link_arrays(v->l, AT(uprobe_multi.count), pointers, 3);
	struct buf path __buf_free = {};

	link_string(v->l, AT(uprobe_multi.path), AT(uprobe_multi.path_size), &path);
	buf_str(&v->target, buf_cstr(&path));
	doc_bool(v->d, "retprobe", info->uprobe_multi.flags & BPF_F_UPROBE_MULTI_RETURN);
	doc_str(v->d, "path", buf_cstr(&path));
	doc_u64(v->d, "func_cnt", n);
	doc_i64(v->d, "pid", (int32_t)info->uprobe_multi.pid);
	doc_flags(v->d, "flags", "flag_names", info->uprobe_multi.flags, flags);
	doc_array(v->d, "funcs");
	for (uint32_t i = 0; arrays && i < n; i++)
		describe_place(v, buf_cstr(&path), arrays, n, i);
	doc_close(v->d);
	add_more(&v->target, n);
	free(arrays);
}
