// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf_sink.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 128 << 20 };

struct elf_sink {
	struct place place;
	elf_use use;
	struct buf content;
	bool used;
};

int elf_sink_open(const struct place *p, elf_use use, void **state)
{
	struct elf_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->place = *p;
	s->use = use;
	*state = s;
	return 0;
}

/* Whether `size` bytes of the content at `at` have come. */
static bool has(const struct elf_sink *s, uint64_t at, uint64_t size)
{
	return at <= s->content.len && size <= s->content.len - at;
}

/* By the headers of sections, which are behind or between them (elf(5)).  What turns out to be
 * wrong with them libbpf says better. */
static bool is_whole(const struct elf_sink *s)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;

	if (!has(s, 0, sizeof(header)))
		return false;
	memcpy(&header, s->content.data, sizeof(header));
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(section))
		return true;
	if (!has(s, header.e_shoff, (uint64_t)header.e_shnum * sizeof(section)))
		return false;
	for (unsigned int i = 0; i < header.e_shnum; i++) {
		memcpy(&section, s->content.data + header.e_shoff + i * sizeof(section),
		       sizeof(section));
		if (section.sh_type != SHT_NOBITS && !has(s, section.sh_offset, section.sh_size))
			return false;
	}
	return true;
}

static bool is_elf(const struct buf *content)
{
	size_t n = content->len < SELFMAG ? content->len : SELFMAG;

	return !memcmp(content->data, ELFMAG, n);
}

int elf_sink_write(void *state, const char *text, size_t len, struct problem *why)
{
	struct elf_sink *s = state;

	if (s->used || !len) /* what may stand behind the sections says nothing */
		return 0;
	if (s->content.len + len > MOST)
		return problem(why, -EFBIG, NULL, "a file of more than %d MiB", MOST >> 20);
	buf_add(&s->content, text, len);
	if (s->content.err)
		return s->content.err;
	if (!is_elf(&s->content))
		return problem(why, -EINVAL, NULL, "this is no ELF file");
	if (!is_whole(s))
		return 0;
	s->used = true;
	return s->use(&s->place, &s->content, why);
}

int elf_sink_flush(void *state, struct problem *why)
{
	const struct elf_sink *s = state;

	return s->used ? 0 : problem(why, -EINVAL, NULL, "the file ends in the middle");
}

void elf_sink_report(void *state, struct buf *out)
{
	const struct elf_sink *s = state;

	buf_printf(out, "%zu bytes came", s->content.len);
}

void elf_sink_close(void *state)
{
	struct elf_sink *s = state;

	buf_free(&s->content);
	free(s);
}
