// SPDX-License-Identifier: GPL-2.0-or-later
/* The headers of binutils insist on being part of some package. */
#define PACKAGE "bpfview"
#include <bfd.h>
#include <dis-asm.h>

#include "opcodes.h"

#include "shared.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#define MACHINE "x86_64"
#define ARCH	bfd_arch_i386
#define MACH	bfd_mach_x86_64
#elif defined(__i386__)
#define MACHINE "i386"
#define ARCH	bfd_arch_i386
#define MACH	bfd_mach_i386_i386
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#define ARCH	bfd_arch_aarch64
#define MACH	bfd_mach_aarch64
#elif defined(__arm__)
#define MACHINE "arm"
#define ARCH	bfd_arch_arm
#define MACH	bfd_mach_arm_unknown
#elif defined(__powerpc64__)
#define MACHINE "ppc64"
#define ARCH	bfd_arch_powerpc
#define MACH	bfd_mach_ppc64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE "riscv64"
#define ARCH	bfd_arch_riscv
#define MACH	bfd_mach_riscv64
#elif defined(__s390x__)
#define MACHINE "s390x"
#define ARCH	bfd_arch_s390
#define MACH	bfd_mach_s390_64
#else
#define MACHINE "unknown"
#define ARCH	bfd_arch_unknown
#define MACH	0
#endif

/* --- the library --- */

struct library {
	void *handle;
	typeof(disassembler) *disassembler;
	typeof(init_disassemble_info) *init;
	typeof(disassemble_init_for_target) *init_for_target;
	typeof(disassemble_free_target) *free_target;
};

static void unload(void *value)
{
	struct library *lib = value;

	if (lib->handle)
		dlclose(lib->handle);
	free(lib);
}

static int load(void **out)
{
	struct library *lib = calloc(1, sizeof(*lib));

	if (!lib)
		return -ENOMEM;
	lib->handle = dlopen(OPCODES_LIB, RTLD_LAZY | RTLD_LOCAL);
	if (lib->handle) {
		lib->disassembler = dlsym(lib->handle, "disassembler");
		lib->init = dlsym(lib->handle, "init_disassemble_info");
		lib->init_for_target = dlsym(lib->handle, "disassemble_init_for_target");
		lib->free_target = dlsym(lib->handle, "disassemble_free_target");
	}
	if (!lib->disassembler || !lib->init || !lib->init_for_target || !lib->free_target) {
		unload(lib);
		return -ELIBACC;
	}
	*out = lib;
	return 0;
}

static struct shared shared = {
    .load = load,
    .unload = unload,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

/* Nothing promises that two threads may be in the library at a time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The name is lib*-VERSION*.so: `libopcodes-2.40-system.so`. */
void opcodes_version(struct buf *out)
{
	const char *version = OPCODES_LIB;

	version += strcspn(version, "0123456789");
	buf_add(out, version, strspn(version, "0123456789."));
}

const char *opcodes_machine(void)
{
	return MACHINE;
}

/* --- one stretch of code --- */

struct opcodes {
	struct disassemble_info info;
	struct library *lib;
	disassembler_ftype print;
	struct opcodes_insn *insn; /* being written */
	bool operands;		   /* its operation is complete */
};

static bool is_blank(const struct buf *text, size_t from)
{
	while (from < text->len && (text->data[from] == ' ' || text->data[from] == '\t'))
		from++;
	return from == text->len;
}

/* printf, which takes most of the time, spared for what is nothing but a string. */
static void put_format(struct buf *text, const char *fmt, va_list ap)
{
	if (!strcmp(fmt, "%s")) {
		buf_str(text, va_arg(ap, const char *));
	} else if (!strcmp(fmt, "%.*s")) {
		int most = va_arg(ap, int);
		const char *s = va_arg(ap, const char *);

		buf_add(text, s, strnlen(s, (size_t)most));
	} else {
		buf_vprintf(text, fmt, ap);
	}
}

/* A piece of text.  The library says of each what it is, if it knows: the operation is what comes
 * before the first operand. */
static void put_piece(struct opcodes *o, enum disassembler_style style, const char *fmt, va_list ap)
{
	struct opcodes_insn *insn = o->insn;
	size_t start = insn->text.len;

	put_format(&insn->text, fmt, ap);
	if (is_blank(&insn->text, start))
		return;
	if (style == dis_style_comment_start && !insn->operands)
		insn->operands = start;
	if (style != dis_style_mnemonic && style != dis_style_sub_mnemonic)
		o->operands = true;
	else if (!o->operands)
		insn->operation = insn->text.len;
}

static int print_plain(void *stream, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_piece(stream, dis_style_text, fmt, ap);
	va_end(ap);
	return 0;
}

static int print_styled(void *stream, enum disassembler_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_piece(stream, style, fmt, ap);
	va_end(ap);
	return 0;
}

static void print_address(bfd_vma addr, struct disassemble_info *info)
{
	struct opcodes *o = info->stream;

	o->operands = true;
	o->insn->target = addr;
	o->insn->has_target = true;
	buf_printf(&o->insn->text, "0x%016llx", (unsigned long long)addr);
}

int opcodes_open(const uint8_t *code, size_t len, uint64_t addr, struct opcodes **out)
{
	bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	struct opcodes *o;
	void *lib;
	int err = shared_get(&shared, &lib);

	if (err)
		return err;
	o = calloc(1, sizeof(*o));
	if (!o) {
		shared_put(&shared, lib);
		return -ENOMEM;
	}
	o->lib = lib;
	o->lib->init(&o->info, o, print_plain, print_styled);
	o->info.arch = ARCH;
	o->info.mach = MACH;
	o->info.endian = o->info.endian_code = big ? BFD_ENDIAN_BIG : BFD_ENDIAN_LITTLE;
	o->info.buffer = (bfd_byte *)(uintptr_t)code;
	o->info.buffer_vma = addr;
	o->info.buffer_length = len;
	o->info.print_address_func = print_address;
	o->lib->init_for_target(&o->info);
	o->print = ARCH == bfd_arch_unknown ? NULL : o->lib->disassembler(ARCH, big, MACH, NULL);
	if (!o->print) {
		opcodes_close(o);
		return -EOPNOTSUPP;
	}
	*out = o;
	return 0;
}

void opcodes_close(struct opcodes *o)
{
	o->lib->free_target(&o->info);
	shared_put(&shared, o->lib);
	free(o);
}

static void trim(struct buf *text, size_t *end)
{
	while (*end && (text->data[*end - 1] == ' ' || text->data[*end - 1] == '\t'))
		(*end)--;
}

/* Where the parts end, without the blanks between them. */
static void find_parts(struct opcodes_insn *insn)
{
	struct buf *text = &insn->text;

	trim(text, &text->len);
	if (!insn->operands)
		insn->operands = text->len;
	/* machines for which the library does not tell: one word */
	if (!insn->operation)
		insn->operation = strcspn(buf_cstr(text), " \t");
	trim(text, &insn->operation);
	trim(text, &insn->operands);
}

void opcodes_insn(struct opcodes *o, size_t offset, struct opcodes_insn *insn)
{
	size_t left = o->info.buffer_length - offset;
	int n;

	buf_reset(&insn->text);
	insn->operation = insn->operands = 0;
	insn->has_target = false;
	o->insn = insn;
	o->operands = false;
	pthread_mutex_lock(&lock);
	n = o->print(o->info.buffer_vma + offset, &o->info);
	pthread_mutex_unlock(&lock);
	insn->bytes = n > 0 && (size_t)n <= left ? (unsigned int)n : (unsigned int)left;
	if (n <= 0) {
		buf_reset(&insn->text);
		buf_str(&insn->text, "(bad)");
		insn->operation = insn->operands = 0;
		insn->has_target = false;
	}
	find_parts(insn);
}
