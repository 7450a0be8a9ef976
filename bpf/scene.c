// SPDX-License-Identifier: GPL-2.0-or-later
#include "scene.h"

#include "elfsym.h"
#include "netns.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct namespace
{
	uint64_t ino;
	char name[NAME_MAX + 1];
};

static void forget_file(struct scene_file *f)
{
	free(f->path);
	elfsym_close(f->elf);
	*f = (struct scene_file){};
}

void scene_free(struct scene *s)
{
	netplaces_free(s->places);
	buf_free(&s->namespaces);
	for (int i = 0; i < SCENE_FILES; i++)
		forget_file(&s->files[i]);
	*s = (struct scene){};
}

int scene_netplace(struct scene *s, const struct bpf_link_info *info, struct netplace *out)
{
	if (!s->asked_places && netplaces_read(&s->places))
		s->places = NULL;
	s->asked_places = true;
	return netplaces_find(s->places, info, out);
}

static int add_namespace(const char *name, uint64_t ino, void *arg)
{
	struct namespace n = {.ino = ino};

	snprintf(n.name, sizeof(n.name), "%s", name);
	buf_add(arg, &n, sizeof(n));
	return 0;
}

const char *scene_netns(struct scene *s, uint64_t ino)
{
	const struct namespace *n;

	if (!s->asked_namespaces)
		netns_each(add_namespace, &s->namespaces);
	s->asked_namespaces = true;
	n = (const void *)s->namespaces.data;
	for (size_t i = 0; i < s->namespaces.len / sizeof(*n); i++)
		if (n[i].ino == ino)
			return n[i].name;
	return NULL;
}

/* The file, read when it is not one of the last few; NULL when out of memory. */
static struct scene_file *file_at(struct scene *s, const char *path)
{
	struct scene_file *f;

	for (int i = 0; i < SCENE_FILES; i++)
		if (s->files[i].path && !strcmp(s->files[i].path, path))
			return &s->files[i];
	f = &s->files[s->next_file++ % SCENE_FILES];
	forget_file(f);
	f->path = strdup(path);
	if (!f->path)
		return NULL;
	if (elfsym_open(path, &f->elf))
		f->elf = NULL;
	return f;
}

bool scene_file_symbol(struct scene *s, const char *path, uint64_t offset, struct buf *out)
{
	struct scene_file *f = *path == '/' ? file_at(s, path) : NULL;

	return f && f->elf && elfsym_name(f->elf, offset, out);
}
