// SPDX-License-Identifier: GPL-2.0-or-later
#include "objfile.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

static int read_file(const char *path, struct buf *out, struct problem *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n = 1;

	if (fd < 0)
		return problem_errno(why, -errno, path);
	while (n) {
		char *room = buf_room(out, PIECE);

		n = room ? read(fd, room, PIECE) : 0;
		if (n < 0) {
			err = problem_errno(why, -errno, path);
			break;
		}
		out->len += (size_t)n;
	}
	close(fd);
	return out->err ? problem_errno(why, out->err, path) : err;
}

static int check_header(const char *path, const Elf64_Ehdr *header, struct problem *why)
{
	const unsigned char ours =
	    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

	if (header->e_ident[EI_CLASS] != ELFCLASS64)
		return problem(why, -ENOEXEC, NULL, "%s is not a BPF object: not of 64 bits", path);
	if (header->e_ident[EI_DATA] != ours)
		return problem(why, -ENOEXEC, NULL, "%s is for machines of the other byte order",
			       path);
	/* Compilers of old left the machine out. */
	if (header->e_machine != EM_BPF && header->e_machine != EM_NONE)
		return problem(why, -ENOEXEC, NULL, "%s is not a BPF object: ELF machine %u", path,
			       header->e_machine);
	if (header->e_type != ET_REL)
		return problem(why, -ENOEXEC, NULL, "%s is not a BPF object: ELF type %u", path,
			       header->e_type);
	return 0;
}

/* Whether all sections are within the file: libbpf's linker takes that for granted. */
static bool is_whole(const char *data, size_t size, const Elf64_Ehdr *header)
{
	Elf64_Shdr section;

	if (header->e_shentsize != sizeof(section) || header->e_shstrndx >= header->e_shnum ||
	    header->e_shoff > size || (size - header->e_shoff) / sizeof(section) < header->e_shnum)
		return false;
	for (size_t i = 1; i < header->e_shnum; i++) {
		memcpy(&section, data + header->e_shoff + i * sizeof(section), sizeof(section));
		if (section.sh_type != SHT_NOBITS &&
		    (section.sh_offset > size || size - section.sh_offset < section.sh_size))
			return false;
	}
	return true;
}

static int check(const char *path, const char *data, size_t size, struct problem *why)
{
	Elf64_Ehdr header;
	int err;

	if (size < EI_NIDENT || memcmp(data, ELFMAG, SELFMAG) != 0)
		return problem(why, -ENOEXEC, NULL, "%s is not an ELF file", path);
	if (size < sizeof(header))
		return problem(why, -ENOEXEC, NULL, "%s is cut off", path);
	memcpy(&header, data, sizeof(header));
	err = check_header(path, &header, why);
	if (!err && !is_whole(data, size, &header))
		err = problem(why, -ENOEXEC, NULL, "%s is cut off or damaged", path);
	return err;
}

int objfile_read(const char *path, struct buf *out, struct problem *why)
{
	size_t begin = out->len;
	int err = read_file(path, out, why);

	return err ? err : check(path, out->data + begin, out->len - begin, why);
}

int objfile_check(const char *path, struct problem *why)
{
	struct buf whole __buf_free = {};

	return objfile_read(path, &whole, why);
}

void objfile_name(const char *path, struct buf *out)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	if (len > 2 && !strcmp(name + len - 2, ".o"))
		len -= 2;
	for (size_t i = 0; i < len; i++)
		buf_char(out, name[i] == '_' || isalnum((unsigned char)name[i]) ? name[i] : '_');
}
