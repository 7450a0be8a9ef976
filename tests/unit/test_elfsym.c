// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions by their places in files: in one made up here, and in what is wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/elfsym.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUNCTION(bind) ELF64_ST_INFO(bind, STT_FUNC)

enum { CODE_AT = 0x1000, CODE_SIZE = 0x400, LOADED_AT = 0x401000 };
enum { SYMTAB = 1, DYNSYM, STRTAB, SECTIONS };

static const char names[] = "\0outer\0inner\0alias\0local\0weak\0open\0dyn\0both\0v@@V2\0data\0far";

struct file {
	Elf64_Ehdr head;
	Elf64_Phdr segments[2];
	Elf64_Shdr sections[SECTIONS];
	Elf64_Sym symbols[12];
	Elf64_Sym dynamic[4];
	char names[sizeof(names)];
};

static struct file file;
static int fd;
static char path[32];

static Elf64_Sym symbol(const char *name, unsigned char info, uint64_t at, uint64_t size)
{
	const char *found = memmem(names, sizeof(names), name, strlen(name) + 1);

	return (Elf64_Sym){.st_name = (Elf64_Word)(found - names),
			   .st_info = info,
			   .st_shndx = 1,
			   .st_value = LOADED_AT + at,
			   .st_size = size};
}

static Elf64_Shdr table(uint32_t type, size_t at, size_t size)
{
	return (Elf64_Shdr){.sh_type = type,
			    .sh_offset = at,
			    .sh_size = size,
			    .sh_link = STRTAB,
			    .sh_entsize = sizeof(Elf64_Sym)};
}

static void fill(void)
{
	Elf64_Sym *s = file.symbols;

	s[1] = symbol("outer", FUNCTION(STB_GLOBAL), 0, 0x100);
	s[2] = symbol("inner", FUNCTION(STB_LOCAL), 0x10, 0x10);
	s[3] = symbol("local", FUNCTION(STB_LOCAL), 0x100, 0x20);
	s[4] = symbol("weak", FUNCTION(STB_WEAK), 0x100, 0x20);
	s[5] = symbol("alias", FUNCTION(STB_GLOBAL), 0x100, 0x20);
	s[6] = symbol("open", FUNCTION(STB_GLOBAL), 0x200, 0);
	s[7] = symbol("both", FUNCTION(STB_LOCAL), 0x300, 0x10);
	s[8] = symbol("v@@V2", FUNCTION(STB_GLOBAL), 0x310, 0x10);
	s[9] = symbol("data", ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0x320, 0x10);
	s[10] = symbol("far", FUNCTION(STB_GLOBAL), 0x340, 0x10);
	s[10].st_shndx = SHN_UNDEF;
	file.dynamic[1] = symbol("dyn", FUNCTION(STB_GLOBAL), 0x300, 0x10);
	file.dynamic[2] = symbol("dyn", FUNCTION(STB_GLOBAL), 0x330, 0x10);
}

static int setup(void **state)
{
	(void)state;
	file = (struct file){
	    .head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		     .e_type = ET_DYN,
		     .e_machine = EM_X86_64,
		     .e_version = EV_CURRENT,
		     .e_phoff = offsetof(struct file, segments),
		     .e_shoff = offsetof(struct file, sections),
		     .e_ehsize = sizeof(Elf64_Ehdr),
		     .e_phentsize = sizeof(Elf64_Phdr),
		     .e_phnum = 2,
		     .e_shentsize = sizeof(Elf64_Shdr),
		     .e_shnum = SECTIONS},
	    /* the same bytes as data, too */
	    .segments = {{.p_type = PT_LOAD, .p_flags = PF_R, .p_offset = 0, .p_filesz = 0x2000},
			 {.p_type = PT_LOAD,
			  .p_flags = PF_R | PF_X,
			  .p_offset = CODE_AT,
			  .p_vaddr = LOADED_AT,
			  .p_filesz = CODE_SIZE}},
	    .sections = {{},
			 table(SHT_SYMTAB, offsetof(struct file, symbols), sizeof(file.symbols)),
			 table(SHT_DYNSYM, offsetof(struct file, dynamic), sizeof(file.dynamic)),
			 {.sh_type = SHT_STRTAB,
			  .sh_offset = offsetof(struct file, names),
			  .sh_size = sizeof(names)}},
	};
	memcpy(file.names, names, sizeof(names));
	fill();
	fd = memfd_create("elf", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	return close(fd);
}

static struct elfsym *opened(void)
{
	struct elfsym *e;

	assert_int_equal(pwrite(fd, &file, sizeof(file), 0), sizeof(file));
	assert_int_equal(elfsym_open(path, &e), 0);
	return e;
}

/* What is said of a place in the code, NULL: nothing. */
static void expect(const struct elfsym *e, uint64_t at, const char *expected)
{
	struct buf out __buf_free = {};

	assert_int_equal(elfsym_name(e, CODE_AT + at, &out), expected != NULL);
	assert_string_equal(buf_cstr(&out), expected ? expected : "");
}

static void test_places(void **state)
{
	struct elfsym *e = opened();

	(void)state;
	expect(e, 0, "outer");
	expect(e, 0xf, "outer+0xf");
	expect(e, 0x10, "inner");
	expect(e, 0x1f, "inner+0xf");
	expect(e, 0x20, "outer+0x20"); /* behind the one inside it */
	expect(e, 0x100, "alias");
	expect(e, 0x120, NULL);
	expect(e, 0x200, "open");
	expect(e, 0x2ff, "open+0xff");
	expect(e, 0x300, "both"); /* .symtab has a say first */
	expect(e, 0x310, "v");
	expect(e, 0x320, NULL); /* no function */
	expect(e, 0x330, "dyn");
	expect(e, 0x340, NULL); /* of another file */
	expect(e, CODE_SIZE, NULL);
	expect(e, UINT64_MAX - CODE_AT, NULL);
	elfsym_close(e);
}

static void test_without_tables(void **state)
{
	struct elfsym *e;

	(void)state;
	file.sections[SYMTAB].sh_type = SHT_PROGBITS;
	e = opened();
	expect(e, 0x300, "dyn");
	expect(e, 0, NULL);
	elfsym_close(e);
	file.sections[DYNSYM].sh_type = SHT_PROGBITS;
	e = opened();
	expect(e, 0x300, NULL);
	elfsym_close(e);
	file.head.e_phnum = 0;
	e = opened();
	expect(e, 0, NULL);
	elfsym_close(e);
}

/* A table that is too long, or is not in the file, is as good as none. */
static void test_wrong_tables(void **state)
{
	static const uint64_t sizes[] = {65ULL << 20, UINT64_MAX, sizeof(file) * 2, 1};
	struct elfsym *e;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		file.sections[SYMTAB].sh_size = sizes[i];
		e = opened();
		expect(e, 0, NULL);
		expect(e, 0x300, "dyn");
		elfsym_close(e);
	}
	file.sections[DYNSYM].sh_link = 77;
	e = opened();
	expect(e, 0x300, NULL);
	elfsym_close(e);
	file.sections[DYNSYM].sh_link = STRTAB;
	file.sections[STRTAB].sh_offset = 1ULL << 62;
	e = opened();
	expect(e, 0x300, NULL);
	elfsym_close(e);
	file.sections[STRTAB].sh_offset = offsetof(struct file, names);
	file.dynamic[1].st_name = UINT32_MAX;
	e = opened();
	expect(e, 0x300, NULL);
	elfsym_close(e);
}

static void test_cut_off(void **state)
{
	(void)state;
	assert_int_equal(pwrite(fd, &file, sizeof(file), 0), sizeof(file));
	for (off_t size = sizeof(file); size-- > 0;) {
		struct elfsym *e;

		assert_int_equal(ftruncate(fd, size), 0);
		if (!elfsym_open(path, &e))
			elfsym_close(e);
		else
			assert_true(size < (off_t)offsetof(struct file, sections) + 1);
	}
}

/* A file that gets shorter while it is open. */
static void test_shrinks(void **state)
{
	struct elfsym *e = opened();

	(void)state;
	assert_int_equal(ftruncate(fd, 0), 0);
	expect(e, 0, NULL);
	elfsym_close(e);
}

static void test_what_is_no_elf(void **state)
{
	char fifo[] = "/tmp/bpfview-elf-XXXXXX";
	struct elfsym *e;

	(void)state;
	assert_int_equal(elfsym_open(path, &e), -ENOEXEC); /* empty */
	assert_int_equal(pwrite(fd, "#!/bin/sh\n", 10, 0), 10);
	assert_int_equal(elfsym_open(path, &e), -ENOEXEC);
	assert_int_equal(elfsym_open("/no/such/file", &e), -ENOENT);
	assert_int_equal(elfsym_open("/", &e), -EOPNOTSUPP);
	assert_int_equal(elfsym_open("/dev/zero", &e), -EOPNOTSUPP);
	assert_non_null(mkdtemp(fifo));
	assert_int_equal(rmdir(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(elfsym_open(fifo, &e), -EOPNOTSUPP); /* without waiting for a writer */
	unlink(fifo);
}

/* This program itself, as its compiler has made it. */
static void test_own_functions(void **state)
{
	extern const char __executable_start[];
	struct buf out __buf_free = {};
	struct elfsym *e;

	(void)state;
	assert_int_equal(elfsym_open("/proc/self/exe", &e), 0);
	/* laid out in the file as in memory, but for the linker's rounding of segments */
	if (!elfsym_name(e, (uint64_t)((const char *)test_own_functions - __executable_start),
			 &out))
		skip();
	assert_string_equal(buf_cstr(&out), "test_own_functions");
	elfsym_close(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_places, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_without_tables, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_tables, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cut_off, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_shrinks, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_is_no_elf, setup, teardown),
	    cmocka_unit_test(test_own_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
