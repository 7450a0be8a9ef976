// SPDX-License-Identifier: GPL-2.0-or-later
#include "feature.h"

#include "feature_config.h"
#include "names.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* --- asked once, and kept --- */

/* Two kilobytes each, for as long as the process runs. */
static struct memo {
	pthread_mutex_t lock;
	bool known;
	int64_t sysctls[FEATURE_SYSCTLS]; /* as the kernel scope sees them, before the probe */
	struct features features;
} memos[] = {
    [FEATURE_KERNEL] = {.lock = PTHREAD_MUTEX_INITIALIZER},
    [FEATURE_UNPRIVILEGED] = {.lock = PTHREAD_MUTEX_INITIALIZER},
};

/* All that the kernel or this build has a name for: what an older kernel has not is shown, too. */
static uint32_t count_named(enum words of)
{
	bool from_kernel;
	uint32_t n = words_count(of, &from_kernel);

	while (word_of(of, n))
		n++;
	return n;
}

static struct feature_limits find_limits(void)
{
	return (struct feature_limits){
	    .prog_types = count_named(WORDS_PROG_TYPE),
	    .map_types = count_named(WORDS_MAP_TYPE),
	    .helpers = count_named(WORDS_HELPER),
	};
}

static int probe(enum feature_scope scope, struct features *out)
{
	const struct feature_limits limits = find_limits();

	if (scope == FEATURE_UNPRIVILEGED)
		return feature_probe_unprivileged(&limits, out);
	feature_probe(&limits, 0, out);
	return 0;
}

int feature_get(enum feature_scope scope, struct features *out)
{
	struct memo *m = &memos[scope];
	int64_t sysctls[FEATURE_SYSCTLS];
	int err = 0;

	feature_sysctls(sysctls);
	pthread_mutex_lock(&m->lock);
	if (!m->known || memcmp(m->sysctls, sysctls, sizeof(sysctls)) != 0) {
		err = probe(scope, &m->features);
		m->known = !err;
		memcpy(m->sysctls, sysctls, sizeof(sysctls));
	}
	*out = m->features;
	pthread_mutex_unlock(&m->lock);
	return err;
}

/* --- described --- */

/* A type's name, or its number where nobody knows a name. */
static void put_name(struct buf *out, enum words of, uint32_t value)
{
	const char *name = word_of(of, value);

	if (name)
		buf_str(out, name);
	else
		buf_u64(out, value);
}

/* The document keeps no key for longer than the call. */
static const char *type_key(struct buf *key, const char *before, enum words of, uint32_t type,
			    const char *after)
{
	buf_reset(key);
	buf_str(key, before);
	put_name(key, of, type);
	buf_str(key, after);
	return buf_cstr(key);
}

static void describe_types(struct doc *d, const char *object, enum words of, const char *suffix,
			   uint64_t asked, uint64_t there, uint64_t unknown)
{
	struct buf key __buf_free = {};

	doc_object(d, object);
	for (uint32_t type = 0; type < FEATURE_TYPES; type++) {
		const char *k;

		if (!(asked >> type & 1))
			continue;
		k = type_key(&key, "have_", of, type, suffix);
		if (unknown >> type & 1)
			doc_none(d, k, "unknown");
		else
			doc_bool(d, k, there >> type & 1);
	}
	doc_close(d);
}

static void put_helper(struct doc *d, uint32_t helper)
{
	struct buf name __buf_free = {};

	put_name(&name, WORDS_HELPER, helper);
	doc_str(d, NULL, buf_cstr(&name));
}

static void describe_helpers(struct doc *d, const struct features *f)
{
	struct buf key __buf_free = {};

	doc_object(d, "helpers");
	for (uint32_t type = 0; type < FEATURE_TYPES; type++) {
		if (!(f->prog_types_asked >> type & 1))
			continue;
		doc_array(d, type_key(&key, "", WORDS_PROG_TYPE, type, "_available_helpers"));
		for (uint32_t id = 0; id < FEATURE_HELPERS; id++)
			if (feature_has_helper(f, type, id))
				put_helper(d, id);
		doc_close(d);
	}
	doc_close(d);
}

/* What the helpers above do not tell. */
static void describe_doubts(struct doc *d, const struct features *f)
{
	doc_array(d, "helpers_inferred");
	for (uint32_t id = 0; id < FEATURE_HELPERS; id++)
		if (feature_helper_inferred(id))
			put_helper(d, id);
	doc_close(d);
	doc_array(d, "helpers_depend_on_target");
	for (uint32_t type = 0; type < FEATURE_TYPES; type++)
		if (f->prog_types >> type & 1 && feature_helpers_depend(type))
			doc_named(d, NULL, type, prog_type_name(type));
	doc_close(d);
}

static void describe_misc(struct doc *d, const struct features *f)
{
	doc_object(d, "misc");
	doc_bool(d, "have_large_insn_limit", f->large_insn_limit);
	doc_bool(d, "have_bounded_loops", f->bounded_loops);
	doc_bool(d, "have_v2_isa_extension", f->isa_v2);
	doc_bool(d, "have_v3_isa_extension", f->isa_v3);
	doc_bool(d, "have_v4_isa_extension", f->isa_v4);
	doc_close(d);
}

static void describe_probed(struct doc *d, const struct features *f)
{
	doc_object(d, "syscall_config");
	doc_bool(d, "have_bpf_syscall", f->bpf_syscall);
	doc_close(d);
	describe_types(d, "program_types", WORDS_PROG_TYPE, "_prog_type", f->prog_types_asked,
		       f->prog_types, 0);
	describe_types(d, "map_types", WORDS_MAP_TYPE, "_map_type", f->map_types_asked,
		       f->map_types, f->map_types_unknown);
	describe_helpers(d, f);
	describe_misc(d, f);
	describe_doubts(d, f);
}

/* Names of what there is no way to ask the kernel about, and who says so. */
static void describe_names(struct doc *d, enum words of, uint64_t asked)
{
	bool from_kernel;
	uint32_t n = words_count(of, &from_kernel);

	doc_str(d, "source", from_kernel ? "kernel BTF" : "libbpf");
	doc_array(d, "names");
	for (uint32_t i = 0; i < n; i++)
		if (i >= FEATURE_TYPES || !(asked >> i & 1))
			doc_named(d, NULL, i, word_of(of, i));
	doc_close(d);
}

static void describe_attachment(struct doc *d, const struct features *f)
{
	doc_object(d, "attach_types");
	describe_types(d, "probed", WORDS_ATTACH_TYPE, "_attach_type", f->attach_types_asked,
		       f->attach_types, 0);
	describe_names(d, WORDS_ATTACH_TYPE, f->attach_types_asked);
	doc_close(d);
	doc_object(d, "link_types");
	describe_names(d, WORDS_LINK_TYPE, 0);
	doc_close(d);
}

int feature_describe(enum feature_scope scope, enum doc_form form, struct buf *out)
{
	struct features f;
	struct doc *d;
	int err = feature_get(scope, &f);

	if (err)
		return err;
	d = doc_begin(form, out, NULL);
	if (!d)
		return -ENOMEM;
	doc_object(d, NULL);
	describe_system_config(d, f.sysctls);
	describe_probed(d, &f);
	describe_attachment(d, &f);
	doc_close(d);
	return doc_end(d);
}

int feature_describe_device(uint32_t ifindex, enum doc_form form, struct buf *out)
{
	const struct feature_limits limits = find_limits();
	struct doc *d = doc_begin(form, out, NULL);
	struct features f;

	if (!d)
		return -ENOMEM;
	feature_probe(&limits, ifindex, &f);
	doc_object(d, NULL);
	describe_probed(d, &f);
	doc_close(d);
	return doc_end(d);
}
