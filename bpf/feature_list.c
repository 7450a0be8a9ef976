// SPDX-License-Identifier: GPL-2.0-or-later
#include "feature.h"

#include "feature_btf.h"
#include "iter.h"
#include "names.h"

#include <errno.h>

static int list_words(enum words of, enum doc_form form, struct buf *out)
{
	struct doc *d = doc_begin(form, out, NULL);
	bool from_kernel;
	uint32_t n;

	if (!d)
		return -ENOMEM;
	n = words_count(of, &from_kernel);
	doc_list(d);
	for (uint32_t i = 0; i < n; i++)
		if (word_of(of, i))
			doc_str(d, NULL, word_of(of, i));
	doc_close(d);
	return doc_end(d);
}

int feature_list(enum feature_list which, bool json, struct buf *out)
{
	const enum doc_form plain = json ? DOC_JSON : DOC_TEXT;
	const enum doc_form rich = json ? DOC_JSON : DOC_TABLE;

	switch (which) {
	case FEATURE_PROG_TYPES: return list_words(WORDS_PROG_TYPE, plain, out);
	case FEATURE_MAP_TYPES: return list_words(WORDS_MAP_TYPE, plain, out);
	case FEATURE_ATTACH_TYPES: return list_words(WORDS_ATTACH_TYPE, plain, out);
	case FEATURE_LINK_TYPES: return list_words(WORDS_LINK_TYPE, plain, out);
	case FEATURE_HELPER_NAMES: return list_words(WORDS_HELPER, plain, out);
	case FEATURE_KFUNCS: return feature_list_kfuncs(rich, out);
	case FEATURE_ITERS: return iter_list(rich, out);
	case FEATURE_STRUCT_OPS: return feature_list_struct_ops(rich, out);
	}
	return -EINVAL;
}
