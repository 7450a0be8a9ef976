// SPDX-License-Identifier: GPL-2.0-or-later
#include "object.h"

#include "../bpf/object.h"
#include "given.h"
#include "outcome.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The mount option load=. */

static int load_file(int dir, const char *file, struct problem *why)
{
	struct buf content __buf_free = {};
	int err, fd = openat(dir, file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return problem(why, -errno, NULL, "%s", strerrordesc_np(errno));
	err = given_read(fd, &content, why);
	close(fd);
	return err ? err : object_from_file(file, &content, why);
}

static int is_any(const char *link, uint32_t id, void *arg)
{
	(void)link, (void)id, (void)arg;
	return 1;
}

static int load_and_attach(int dir, const char *file, const char *name, struct problem *why)
{
	struct object *o;
	int err = object_exists(name) ? 0 : load_file(dir, file, why);

	if (err || object_each_link(name, is_any, NULL) == 1)
		return err;
	err = object_get(name, &o);
	if (err)
		return problem_errno(why, err, "the object");
	err = object_attach(o, NULL, why);
	object_put(o);
	return err;
}

/* The first line of the words is enough here. */
static void report(const char *folder, const char *file, int err, struct problem *why)
{
	struct writer self = {getpid(), getuid()};
	const char *words = buf_cstr(&why->words);

	fprintf(stderr, "bpfview: load: %s/%s: %.*s\n", folder, file, (int)strcspn(words, "\n"),
		*words ? words : strerrordesc_np(-err));
	why->at = NULL;
	outcome_add(&self, file, "", err, why, NULL);
}

static int is_object(const struct dirent *entry)
{
	char name[NAME_MAX + 1];

	return object_name(entry->d_name, name);
}

int object_load_folder(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_object, alphasort);
	int dir = n < 0 ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = dir < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		const char *file = entries[i]->d_name;
		char name[NAME_MAX + 1];
		struct problem why = {};
		int err =
		    !result && object_name(file, name) ? load_and_attach(dir, file, name, &why) : 0;

		if (err)
			report(folder, file, err, &why);
		problem_free(&why);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	if (dir >= 0)
		close(dir);
	return result;
}
