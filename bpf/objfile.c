// SPDX-License-Identifier: GPL-2.0-or-later
#include "objfile.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

/* Appends at most `most` bytes of a file. */
static int read_file(const char *path, size_t most, struct buf *out, struct problem *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	size_t begin = out->len;
	ssize_t n = 1;

	if (fd < 0)
		return problem_errno(why, -errno, path);
	while (n && out->len - begin < most) {
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

static int check(const char *path, const void *data, size_t size, struct problem *why)
{
	const unsigned char *ident = data;
	Elf64_Ehdr header;

	if (size < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return problem(why, -ENOEXEC, NULL, "%s is not an ELF file", path);
	if (size < sizeof(header))
		return problem(why, -ENOEXEC, NULL, "%s is cut off", path);
	if (ident[EI_CLASS] != ELFCLASS64)
		return problem(why, -ENOEXEC, NULL, "%s is not a BPF object: not of 64 bits", path);
	memcpy(&header, data, sizeof(header));
	if (ident[EI_DATA] !=
	    (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
		return problem(why, -ENOEXEC, NULL, "%s is for machines of the other byte order",
			       path);
	/* Compilers of old left the machine out. */
	if (header.e_machine != EM_BPF && header.e_machine != EM_NONE)
		return problem(why, -ENOEXEC, NULL, "%s is not a BPF object: ELF machine %u", path,
			       header.e_machine);
	if (header.e_type != ET_REL)
		return problem(why, -ENOEXEC, NULL, "%s is not a BPF object: ELF type %u", path,
			       header.e_type);
	return 0;
}

int objfile_read(const char *path, struct buf *out, struct problem *why)
{
	size_t begin = out->len;
	int err = read_file(path, SIZE_MAX, out, why);

	return err ? err : check(path, out->data + begin, out->len - begin, why);
}

int objfile_check(const char *path, struct problem *why)
{
	struct buf head __buf_free = {};
	int err = read_file(path, sizeof(Elf64_Ehdr), &head, why);

	return err ? err : check(path, head.data, head.len, why);
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
