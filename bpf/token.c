// SPDX-License-Identifier: GPL-2.0-or-later
#include "token.h"

#include <errno.h>
#include <mntent.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	const char *option, *key;
} delegated[] = {
    {"delegate_cmds", "allowed_cmds"},
    {"delegate_maps", "allowed_maps"},
    {"delegate_progs", "allowed_progs"},
    {"delegate_attachs", "allowed_attachs"},
};

enum { DELEGATED = sizeof(delegated) / sizeof(delegated[0]) };

/* The words of `option=word:word`; what the kernel has no word for is a number there, all is `any`.
 */
static void describe_words(struct doc *d, const char *key, const char *option)
{
	const char *words = option ? strchr(option, '=') : NULL;
	const char *end = words ? words + strcspn(words, ",") : NULL;

	doc_array(d, key);
	while (words && words < end) {
		size_t n = strcspn(++words, ":,");

		if (n)
			doc_strn(d, NULL, words, n);
		words += n;
	}
	doc_close(d);
}

static void describe_mount(struct doc *d, const struct mntent *m)
{
	const char *options[DELEGATED];
	bool any = false;

	for (size_t i = 0; i < DELEGATED; i++) {
		options[i] = hasmntopt(m, delegated[i].option);
		any |= options[i] != NULL;
	}
	if (!any)
		return;
	doc_object(d, NULL);
	doc_str(d, "token_info", m->mnt_dir);
	for (size_t i = 0; i < DELEGATED; i++)
		describe_words(d, delegated[i].key, options[i]);
	doc_close(d);
}

int token_list(enum doc_form form, struct buf *out)
{
	static const char *const columns[] = {"token_info",    "allowed_cmds",	  "allowed_maps",
					      "allowed_progs", "allowed_attachs", NULL};
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct doc *d = doc_begin(form, out, form == DOC_TABLE ? columns : NULL);
	struct mntent entry;
	char line[16384]; /* every word there is takes 3 KB */
	int err = mounts ? 0 : -errno;

	if (d) {
		doc_list(d);
		while (!err && getmntent_r(mounts, &entry, line, sizeof(line)))
			if (!strcmp(entry.mnt_type, "bpf"))
				describe_mount(d, &entry);
		doc_close(d);
	}
	if (mounts)
		endmntent(mounts);
	if (!d)
		return -ENOMEM;
	return err ? doc_end(d), err : doc_end(d);
}
