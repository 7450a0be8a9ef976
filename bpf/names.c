// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include "disasm.h"
#include "kbtf.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>

/* A kernel enum whose values have words. */
struct vocabulary {
	const char *enum_name;
	const char *prefix;
	const char *(*known)(uint32_t value); /* what this build calls it; may be NULL */
	uint32_t count;			      /* of values in BTF */
	bool counted;
};

static const char *known_prog_type(uint32_t type)
{
	return libbpf_bpf_prog_type_str(type);
}

static const char *known_map_type(uint32_t type)
{
	return libbpf_bpf_map_type_str(type);
}

static const char *known_link_type(uint32_t type)
{
	return libbpf_bpf_link_type_str(type);
}

static const char *known_attach_type(uint32_t type)
{
	return libbpf_bpf_attach_type_str(type);
}

static struct vocabulary vocabularies[] = {
    [WORDS_PROG_TYPE] = {.enum_name = "bpf_prog_type",
			 .prefix = "BPF_PROG_TYPE_",
			 .known = known_prog_type},
    [WORDS_MAP_TYPE] = {.enum_name = "bpf_map_type",
			.prefix = "BPF_MAP_TYPE_",
			.known = known_map_type},
    [WORDS_LINK_TYPE] = {.enum_name = "bpf_link_type",
			 .prefix = "BPF_LINK_TYPE_",
			 .known = known_link_type},
    [WORDS_ATTACH_TYPE] = {.enum_name = "bpf_attach_type",
			   .prefix = "BPF_",
			   .known = known_attach_type},
    [WORDS_HELPER] = {.enum_name = "bpf_func_id", .prefix = "BPF_FUNC_", .known = helper_name},
    [WORDS_CGROUP_ITER_ORDER] = {.enum_name = "bpf_cgroup_iter_order",
				 .prefix = "BPF_CGROUP_ITER_"},
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

const char *word_of(enum words of, uint32_t value)
{
	const char *(*known)(uint32_t value) = vocabularies[of].known;
	const char *name = known ? known(value) : NULL;

	return name ? name : word_from_btf(&vocabularies[of], value);
}

uint32_t words_count(enum words of, bool *from_kernel)
{
	struct vocabulary *v = &vocabularies[of];
	uint32_t count;

	pthread_mutex_lock(&words_lock);
	if (!v->counted)
		v->count = kbtf_enum_count(v->enum_name, v->prefix);
	v->counted = true;
	count = v->count;
	pthread_mutex_unlock(&words_lock);
	*from_kernel = count != 0;
	while (!*from_kernel && v->known && v->known(count))
		count++;
	return count;
}

const char *prog_type_name(uint32_t type)
{
	return word_of(WORDS_PROG_TYPE, type);
}

const char *map_type_name(uint32_t type)
{
	return word_of(WORDS_MAP_TYPE, type);
}

const char *link_type_name(uint32_t type)
{
	return word_of(WORDS_LINK_TYPE, type);
}

const char *attach_type_name(uint32_t type)
{
	return word_of(WORDS_ATTACH_TYPE, type);
}

bool attach_type_exists(uint32_t type)
{
	bool from_kernel;
	uint32_t n = words_count(WORDS_ATTACH_TYPE, &from_kernel);

	return !from_kernel || type < n;
}

const char *cgroup_iter_order_name(uint32_t order)
{
	return word_of(WORDS_CGROUP_ITER_ORDER, order);
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

const struct flag_word load_flag_words[] = {
    {BPF_F_STRICT_ALIGNMENT, "strict_alignment"},
    {BPF_F_ANY_ALIGNMENT, "any_alignment"},
    {BPF_F_TEST_RND_HI32, "test_rnd_hi32"},
    {BPF_F_TEST_STATE_FREQ, "test_state_freq"},
    {BPF_F_SLEEPABLE, "sleepable"},
    {BPF_F_XDP_HAS_FRAGS, "xdp_has_frags"},
    {BPF_F_XDP_DEV_BOUND_ONLY, "xdp_dev_bound_only"},
    {BPF_F_TEST_REG_INVARIANTS, "test_reg_invariants"},
    {},
};
