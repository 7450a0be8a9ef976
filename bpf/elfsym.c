// SPDX-License-Identifier: GPL-2.0-or-later
#include "elfsym.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <gelf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	MOST_TABLE_BYTES = 64 << 20,
	MOST_NAME_BYTES = 4096,
	/* How many functions below an address are looked at for one that reaches so far. */
	NESTING = 16,
};

struct function {
	uint64_t addr;
	uint64_t size; /* 0: the file does not say */
	uint64_t name; /* where in the file */
	unsigned int rank;
};

struct elfsym {
	int fd;
	struct buf segments;  /* GElf_Phdr each: what is loaded, code first */
	struct buf functions; /* struct function each, ascending by address, then rank */
};

static const struct function *functions_of(const struct elfsym *e, size_t *n)
{
	*n = e->functions.len / sizeof(struct function);
	return (const void *)e->functions.data;
}

/* --- reading --- */

static int add_segments(struct elfsym *e, Elf *elf)
{
	GElf_Phdr ph;
	size_t n;

	if (elf_getphdrnum(elf, &n))
		return -ENOEXEC;
	for (int code = 1; code >= 0; code--)
		for (size_t i = 0; i < n && gelf_getphdr(elf, (int)i, &ph); i++)
			if (ph.p_type == PT_LOAD && !(ph.p_flags & PF_X) == !code)
				buf_add(&e->segments, &ph, sizeof(ph));
	return e->segments.err;
}

static unsigned int rank_of(const GElf_Sym *sym, uint32_t table)
{
	unsigned int bind = GELF_ST_BIND(sym->st_info);

	return (table == SHT_SYMTAB ? 0 : 4) + (bind == STB_GLOBAL ? 0 : bind == STB_WEAK ? 1 : 2);
}

static bool is_function(const GElf_Sym *sym)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) && sym->st_shndx != SHN_UNDEF;
}

static void add_functions(struct elfsym *e, Elf *elf, Elf_Scn *section, const GElf_Shdr *sh)
{
	Elf_Data *data = sh->sh_size <= MOST_TABLE_BYTES ? elf_getdata(section, NULL) : NULL;
	Elf_Scn *strings = elf_getscn(elf, sh->sh_link);
	GElf_Shdr names;
	GElf_Sym sym;

	if (!data || !strings || !gelf_getshdr(strings, &names))
		return;
	for (int i = 0; gelf_getsym(data, i, &sym); i++) {
		struct function f = {.addr = sym.st_value,
				     .size = sym.st_size,
				     .name = names.sh_offset + sym.st_name,
				     .rank = rank_of(&sym, sh->sh_type)};

		if (is_function(&sym) && sym.st_name && sym.st_name < names.sh_size)
			buf_add(&e->functions, &f, sizeof(f));
	}
}

static int compare(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static int read_elf(struct elfsym *e, Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr sh;
	size_t n;
	int err = elf_kind(elf) == ELF_K_ELF ? add_segments(e, elf) : -ENOEXEC;

	while (!err && (section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &sh) &&
		    (sh.sh_type == SHT_SYMTAB || sh.sh_type == SHT_DYNSYM))
			add_functions(e, elf, section, &sh);
	if (!err)
		err = e->functions.err;
	functions_of(e, &n);
	if (n)
		qsort(e->functions.data, n, sizeof(struct function), compare);
	return err;
}

/* What may take as long as somebody else likes is not opened. */
static int open_regular(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC), opened;
	struct statfs fs;
	struct stat st;
	char again[32];

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || fstatfs(fd, &fs) || !S_ISREG(st.st_mode) ||
	    fs.f_type == FUSE_SUPER_MAGIC) {
		close(fd);
		return -EOPNOTSUPP;
	}
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	opened = open(again, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (opened < 0)
		opened = -errno;
	close(fd);
	return opened;
}

/* Takes over the descriptor, or a negative number, which is the error. */
static int open_elf(int fd, struct elfsym **out)
{
	struct elfsym *e = fd < 0 ? NULL : calloc(1, sizeof(*e));
	int err;
	Elf *elf;

	if (!e) {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : -ENOMEM;
	}
	e->fd = fd;
	elf_version(EV_CURRENT);
	/* not mapped: whoever makes the file shorter meanwhile would end us */
	elf = elf_begin(e->fd, ELF_C_READ, NULL);
	err = elf ? read_elf(e, elf) : -ENOEXEC;
	elf_end(elf);
	if (err) {
		elfsym_close(e);
		return err;
	}
	*out = e;
	return 0;
}

int elfsym_open(const char *path, struct elfsym **out)
{
	return open_elf(open_regular(path), out);
}

int elfsym_open_fd(int fd, struct elfsym **out)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return open_elf(own < 0 ? -errno : own, out);
}

void elfsym_close(struct elfsym *e)
{
	if (!e)
		return;
	close(e->fd);
	buf_free(&e->segments);
	buf_free(&e->functions);
	free(e);
}

/* --- looking up --- */

static bool address_of(const struct elfsym *e, uint64_t offset, uint64_t *addr)
{
	const GElf_Phdr *ph = (const void *)e->segments.data;

	for (size_t i = 0; i < e->segments.len / sizeof(*ph); i++)
		if (offset >= ph[i].p_offset && offset - ph[i].p_offset < ph[i].p_filesz) {
			*addr = offset - ph[i].p_offset + ph[i].p_vaddr;
			return true;
		}
	return false;
}

/* One without a size reaches up to the next. */
static bool reaches(const struct function *f, uint64_t addr, bool nearest)
{
	return f->size ? addr - f->addr < f->size : nearest;
}

static const struct function *function_at(const struct elfsym *e, uint64_t addr)
{
	size_t n, low = 0, high;
	const struct function *f = functions_of(e, &n), *best = NULL;

	for (high = n; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (f[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	/* from the nearest down, and of those at one address the first */
	for (size_t i = low; i-- && low - i <= NESTING;) {
		if (best && f[i].addr != best->addr)
			break;
		if (reaches(&f[i], addr, f[i].addr == f[low - 1].addr))
			best = &f[i];
	}
	return best;
}

/* As much of a function's name as there is room for. */
static bool read_name(const struct elfsym *e, const struct function *f, char *name, size_t room)
{
	ssize_t n = pread(e->fd, name, room - 1, (off_t)f->name);

	name[n > 0 ? n : 0] = '\0';
	/* "name@@VERSION" in the table of a library */
	name[strcspn(name, "@")] = '\0';
	return *name;
}

bool elfsym_name(const struct elfsym *e, uint64_t offset, struct buf *out)
{
	const struct function *f;
	char name[MOST_NAME_BYTES];
	uint64_t addr;

	f = address_of(e, offset, &addr) ? function_at(e, addr) : NULL;
	if (!f || !read_name(e, f, name, sizeof(name)))
		return false;
	buf_str(out, name);
	if (addr != f->addr)
		buf_printf(out, "+0x%llx", (unsigned long long)(addr - f->addr));
	return true;
}

/* --- by name --- */

static bool place_of(const struct elfsym *e, uint64_t addr, uint64_t *offset)
{
	const GElf_Phdr *ph = (const void *)e->segments.data;

	for (size_t i = 0; i < e->segments.len / sizeof(*ph); i++)
		if (addr >= ph[i].p_vaddr && addr - ph[i].p_vaddr < ph[i].p_filesz) {
			*offset = addr - ph[i].p_vaddr + ph[i].p_offset;
			return true;
		}
	return false;
}

int elfsym_find(const struct elfsym *e, struct span name, uint64_t *offset, struct problem *why)
{
	char known[MOST_NAME_BYTES];
	size_t n, room = span_len(name) + 2;
	const struct function *f = functions_of(e, &n), *best = NULL;
	bool several = false;

	for (size_t i = 0; i < n && room <= sizeof(known); i++) {
		if ((best && f[i].rank > best->rank) || !read_name(e, &f[i], known, room) ||
		    !span_is(name, known))
			continue;
		several = best && f[i].rank == best->rank && (several || f[i].addr != best->addr);
		best = &f[i];
	}
	if (!best || !place_of(e, best->addr, offset))
		return problem(why, -ENOENT, name.at, "the file has no function of this name");
	return several ? problem(why, -EINVAL, name.at,
				 "the file has several functions of this name: say an offset")
		       : 0;
}

int elfsym_match(const struct elfsym *e, struct span pattern, uint64_t **offsets, size_t *n,
		 struct problem *why)
{
	char name[MOST_NAME_BYTES], *text = strndup(pattern.at, span_len(pattern));
	size_t count, kept = 0;
	const struct function *f = functions_of(e, &count);
	uint64_t *found = calloc(count + 1, sizeof(*found)), last = 0;

	for (size_t i = 0; text && found && i < count; i++) {
		/* of those at one address one is enough, and they are in order */
		if ((kept && f[i].addr == last) || !read_name(e, &f[i], name, sizeof(name)) ||
		    fnmatch(text, name, 0) || !place_of(e, f[i].addr, &found[kept]))
			continue;
		last = f[i].addr;
		kept++;
	}
	if (text && found && kept) {
		free(text);
		*offsets = found;
		*n = kept;
		return 0;
	}
	free(found);
	if (!text || !found) {
		free(text);
		return -ENOMEM;
	}
	free(text);
	return problem(why, -ENOENT, pattern.at, "the file has no function like this");
}
