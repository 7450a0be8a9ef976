// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include "kbtf.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>

/* A kernel enum whose values have words. */
struct vocabulary {
	const char *enum_name;
	const char *prefix;
};

/* What vmlinux BTF said of a number, once and for all: the running kernel does not change. */
struct word {
	struct word *next;
	const struct vocabulary *of;
	uint32_t value;
	const char *text; /* NULL: it has no word for it */
};

static struct word *words;
static pthread_mutex_t words_lock = PTHREAD_MUTEX_INITIALIZER;

/* Few numbers ever come here, so a list does. */
static const char *word_from_btf(const struct vocabulary *of, uint32_t value)
{
	const char *text = NULL;
	struct word *w;

	pthread_mutex_lock(&words_lock);
	for (w = words; w && (w->of != of || w->value != value); w = w->next)
		;
	if (!w && (w = malloc(sizeof(*w)))) {
		*w = (struct word){
		    .next = words,
		    .of = of,
		    .value = value,
		    .text = kbtf_enum_word(of->enum_name, of->prefix, value),
		};
		words = w;
	}
	if (w)
		text = w->text;
	pthread_mutex_unlock(&words_lock);
	return text;
}

const char *prog_type_name(uint32_t type)
{
	static const struct vocabulary kernel = {"bpf_prog_type", "BPF_PROG_TYPE_"};
	const char *name = libbpf_bpf_prog_type_str(type);

	return name ? name : word_from_btf(&kernel, type);
}

const char *map_type_name(uint32_t type)
{
	static const struct vocabulary kernel = {"bpf_map_type", "BPF_MAP_TYPE_"};
	const char *name = libbpf_bpf_map_type_str(type);

	return name ? name : word_from_btf(&kernel, type);
}

const char *link_type_name(uint32_t type)
{
	static const struct vocabulary kernel = {"bpf_link_type", "BPF_LINK_TYPE_"};
	const char *name = libbpf_bpf_link_type_str(type);

	return name ? name : word_from_btf(&kernel, type);
}

const char *attach_type_name(uint32_t type)
{
	static const struct vocabulary kernel = {"bpf_attach_type", "BPF_"};
	const char *name = libbpf_bpf_attach_type_str(type);

	return name ? name : word_from_btf(&kernel, type);
}

const char *cgroup_iter_order_name(uint32_t order)
{
	static const struct vocabulary kernel = {"bpf_cgroup_iter_order", "BPF_CGROUP_ITER_"};

	return word_from_btf(&kernel, order);
}

const struct flag_word map_flag_words[] = {
    {BPF_F_NO_PREALLOC, "no_prealloc"},
    {BPF_F_NO_COMMON_LRU, "no_common_lru"},
    {BPF_F_NUMA_NODE, "numa_node"},
    {BPF_F_RDONLY, "rdonly"},
    {BPF_F_WRONLY, "wronly"},
    {BPF_F_STACK_BUILD_ID, "stack_build_id"},
    {BPF_F_ZERO_SEED, "zero_seed"},
    {BPF_F_RDONLY_PROG, "rdonly_prog"},
    {BPF_F_WRONLY_PROG, "wronly_prog"},
    {BPF_F_CLONE, "clone"},
    {BPF_F_MMAPABLE, "mmapable"},
    {BPF_F_PRESERVE_ELEMS, "preserve_elems"},
    {BPF_F_INNER_MAP, "inner_map"},
    {BPF_F_LINK, "link"},
    {BPF_F_PATH_FD, "path_fd"},
    {BPF_F_VTYPE_BTF_OBJ_FD, "vtype_btf_obj_fd"},
    {BPF_F_TOKEN_FD, "token_fd"},
    {BPF_F_SEGV_ON_FAULT, "segv_on_fault"},
    {BPF_F_NO_USER_CONV, "no_user_conv"},
    {UINT64_C(1) << 19, "rb_overwrite"}, /* Linux 6.19 */
    {},
};
