// SPDX-License-Identifier: GPL-2.0-or-later
#include "feature.h"

#include "feature_config.h"
#include "names.h"

#include <ctype.h>

static void heading(struct buf *out, const char *title)
{
	buf_printf(out, "\n/* %s */\n", title);
}

/* `NAME`, or `NO_NAME` where it is not there. */
static void define(struct buf *out, const char *prefix, bool there, const char *name)
{
	buf_printf(out, "#define %s%s%s\n", prefix, there ? "" : "NO_", name);
}

static void upper(struct buf *out, const char *s)
{
	for (; *s; s++)
		buf_char(out, (char)toupper((unsigned char)*s));
}

static void define_types(struct buf *out, const char *prefix, enum words of, const char *suffix,
			 uint64_t asked, uint64_t there)
{
	struct buf name __buf_free = {};

	for (uint32_t type = 0; type < FEATURE_TYPES; type++) {
		if (!(asked >> type & 1) || !word_of(of, type))
			continue;
		buf_reset(&name);
		buf_str(&name, "HAVE_");
		upper(&name, word_of(of, type));
		buf_str(&name, suffix);
		define(out, prefix, there >> type & 1, buf_cstr(&name));
	}
}

static void define_helpers_of(struct buf *out, const char *prefix, const struct features *f,
			      uint32_t type)
{
	for (uint32_t id = 1; id < FEATURE_HELPERS; id++)
		if (word_of(WORDS_HELPER, id))
			buf_printf(out, "#define %sBPF__PROG_TYPE_%s__HELPER_%s %d\n", prefix,
				   prog_type_name(type), word_of(WORDS_HELPER, id),
				   feature_has_helper(f, type, id));
}

static void define_helpers(struct buf *out, const char *prefix, const struct features *f)
{
	buf_printf(out,
		   "/* %sHAVE_PROG_TYPE_HELPER(xdp, bpf_redirect) is 1 where XDP programs may call "
		   "bpf_redirect() */\n"
		   "#define %sHAVE_PROG_TYPE_HELPER(prog_type, helper) \\\n"
		   "\t%sBPF__PROG_TYPE_ ## prog_type ## __HELPER_ ## helper\n",
		   prefix, prefix, prefix);
	for (uint32_t type = 0; type < FEATURE_TYPES; type++)
		if (f->prog_types_asked >> type & 1 && prog_type_name(type))
			define_helpers_of(out, prefix, f, type);
}

int feature_macros(const char *prefix, struct buf *out)
{
	const char *hz = feature_config_option("CONFIG_HZ");
	struct features f;
	int err = feature_get(FEATURE_KERNEL, &f);

	if (err)
		return err;
	buf_str(out, "/* Kernel configuration */\n");
	if (hz)
		buf_printf(out, "#define %sCONFIG_HZ %s\n", prefix, hz);
	else
		buf_printf(out, "/* %sCONFIG_HZ is not set */\n", prefix);
	heading(out, "System call");
	define(out, prefix, f.bpf_syscall, "HAVE_BPF_SYSCALL");
	heading(out, "Program types");
	define_types(out, prefix, WORDS_PROG_TYPE, "_PROG_TYPE", f.prog_types_asked, f.prog_types);
	heading(out, "Map types");
	define_types(out, prefix, WORDS_MAP_TYPE, "_MAP_TYPE",
		     f.map_types_asked & ~f.map_types_unknown, f.map_types);
	heading(out, "Helper functions");
	define_helpers(out, prefix, &f);
	heading(out, "Other features");
	define(out, prefix, f.large_insn_limit, "HAVE_LARGE_INSN_LIMIT");
	define(out, prefix, f.bounded_loops, "HAVE_BOUNDED_LOOPS");
	define(out, prefix, f.isa_v2, "HAVE_V2_ISA_EXTENSION");
	define(out, prefix, f.isa_v3, "HAVE_V3_ISA_EXTENSION");
	define(out, prefix, f.isa_v4, "HAVE_V4_ISA_EXTENSION");
	return out->err;
}
