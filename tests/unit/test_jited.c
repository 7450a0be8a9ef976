// SPDX-License-Identifier: GPL-2.0-or-later
/* Native code in its forms: known bytes of an x86-64 machine, and a loaded program of any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/jited.h"
#include "bpf/opcodes.h"
#include "bpf/progaddr.h"
#include "bpf/shared.h"
#include "tests/unit/code_fixture.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ALL (PROG_JITED | PROG_FUNCS | PROG_LINES)

/* --- known bytes --- */

#if defined(__x86_64__)

/* entry: 0x40 bytes at 0x1000; helper: 0x10 bytes at 0x3000. */
static const uint8_t code[] = {
    0x55, /* push %rbp */
    0x48,
    0x89,
    0xe5, /* mov %rsp,%rbp */
    0xeb,
    0x0a, /* jmp +0x10 */
    0x66,
    0x90, /* xchg %ax,%ax */
    0x8b,
    0x74,
    0x8b,
    0x10, /* mov 0x10(%rbx,%rcx,4),%esi */
    0x48,
    0x8d,
    0x05,
    0x09,
    0,
    0,
    0, /* lea 0x9(%rip),%rax: 0x101c */
    0xe8,
    0xe8,
    0x1f,
    0,
    0, /* call 0x3000 */
    0xe8,
    0xe7,
    0x1f,
    0,
    0, /* call 0x3004 */
    0xf0,
    0x48,
    0x0f,
    0xc1,
    0x03, /* lock xadd %rax,(%rbx) */
    0xe8,
    0,
    0,
    0,
    0x40, /* call far away */
    0x2e,
    0xff,
    0xe0, /* cs jmp *%rax (notrack) */
    0x6a,
    0x01, /* push $0x1 */
    0x06, /* no instruction in 64 bits */
    0xc9,
    0xc3,		    /* leave, ret */
    [0x2f ... 0x3f] = 0x90, /* nop */
    [0x40] = 0x31,
    0xc0,		    /* xor %eax,%eax */
    [0x42 ... 0x46] = 0x90, /* nop */
    [0x47] = 0xc9,
    0xc3,		    /* leave, ret */
    [0x49 ... 0x4e] = 0x90, /* nop */
    [0x4f] = 0xe8,	    /* the beginning of a call */
};

static struct code_fixture fixture;

static int setup(void **state)
{
	(void)state;
	if (fixture_make(&fixture))
		return -1;
	fixture.prog.jited = (uint8_t *)(uintptr_t)code;
	fixture.prog.info.jited_prog_len = sizeof(code);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	btf__free(fixture.btf);
	shared_sweep(0);
	return 0;
}

static const char *render(const struct btf *btf, enum jited_form form, struct buf *out)
{
	assert_int_equal(jited_render(&fixture.prog, btf, form, out), 0);
	return buf_cstr(out);
}

static void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("no %s in:\n%s", part, text ? text : "nothing");
}

static void assert_begins(const char *text, const char *part)
{
	if (strncmp(text, part, strlen(part)) != 0)
		fail_msg("%s is not how this begins:\n%s", part, text);
}

static void test_text(void **state)
{
	struct buf out __buf_free = {};
	const char *text = render(fixture.btf, JITED_TEXT, &out);

	(void)state;
	assert_begins(text, "int entry(struct ctx * c):\n"
			    "bpf_prog_0000000000000000_entry:\n"
			    "; int entry(struct ctx *c)\n"
			    "   0:\tpush   %rbp\n"
			    "   1:\tmov    %rsp,%rbp\n"
			    "   4:\tjmp    0x0000000000001010 <+0x10>\n");
	assert_has(text, "call   0x0000000000003000 <bpf_prog_ab00000000000000_helper>\n");
	assert_has(text, "call   0x0000000000003004 <bpf_prog_ab00000000000000_helper+0x4>\n");
	assert_has(text, "0x000000000000101c <+0x1c>\n");
	assert_has(text, "(bad)\n");
	assert_has(text, "\n\nvoid helper(int n):\n"
			 "bpf_prog_ab00000000000000_helper:\n"
			 "; static void helper(int n)\n"
			 "   0:\txor    %eax,%eax\n");
	assert_has(text, "   f:\t"); /* however the library shows what is cut off */
	assert_string_equal(text + out.len - 2, "\n\n");
}

/* A record in the middle of an instruction counts for the next one; of several for one the last. */
static void test_lines(void **state)
{
	struct buf out __buf_free = {};
	const char *text, *at;

	(void)state;
	fixture.jited_lines[2] = 0x1010;
	text = render(fixture.btf, JITED_LINUM, &out);
	at =
	    strstr(text, "; while (!helper(\"a\\n\")) [file:prog.c line_num:12 line_col:3]\n  13:");
	assert_non_null(at);
	assert_null(strstr(text, "line_col:9"));
	assert_has(text, "; return 0; [file:prog.c line_num:11 line_col:1]\n  30:");
	fixture.jited_lines[2] = 0x1020;
}

static void test_opcodes(void **state)
{
	struct buf out __buf_free = {};
	const char *text = render(fixture.btf, JITED_OPCODES, &out);

	(void)state;
	assert_has(text, "   0:\tpush   %rbp\n\t55 \n   1:\tmov    %rsp,%rbp\n\t48 89 e5 \n");
}

static void test_json(void **state)
{
	struct buf out __buf_free = {};
	const char *text = render(fixture.btf, JITED_JSON, &out);

	(void)state;
	assert_begins(text, "[{\"proto\":\"int entry(struct ctx * c)\",\"name\":");
	assert_has(text, "\"name\":\"bpf_prog_0000000000000000_entry\","
			 "\"address\":\"0x0000000000001000\",\"insns\":["
			 "{\"src\":\"int entry(struct ctx *c)\",\"pc\":\"0x0\","
			 "\"operation\":\"push\",\"operands\":[\"%rbp\"]}");
	assert_has(text, "\"pc\":\"0x1\",\"operation\":\"mov\",\"operands\":[\"%rsp\",\"%rbp\"]}");
	assert_has(text, "\"operation\":\"jmp\",\"operands\":[\"0x0000000000001010\"],"
			 "\"target\":\"+0x10\"}");
	assert_has(text, "\"operands\":[\"0x10(%rbx,%rcx,4)\",\"%esi\"]}");
	assert_has(text, "\"operands\":[\"0x9(%rip)\",\"%rax\"],\"target\":\"+0x1c\"}");
	assert_has(text, "\"operation\":\"lock xadd\",\"operands\":[\"%rax\",\"(%rbx)\"]}");
	assert_has(text, "\"operation\":\"leave\",\"operands\":[null]}");
	assert_has(text, "\"operation\":\"(bad)\",\"operands\":[null]}");
	assert_string_equal(text + out.len - 6, "]}]}]\n");
}

static void test_bytes(void **state)
{
	struct buf out __buf_free = {};

	(void)state;
	render(NULL, JITED_BIN, &out);
	assert_int_equal(out.len, sizeof(code));
	assert_memory_equal(out.data, code, sizeof(code));
}

/* Without BTF: no lines; without tags: addresses; without lengths: one block. */
static void test_without_names(void **state)
{
	struct code_fixture whole = fixture;
	struct buf out __buf_free = {};
	const char *text;

	(void)state;
	fixture.prog.tags = NULL;
	text = render(NULL, JITED_TEXT, &out);
	assert_begins(text, "0x0000000000001000:\n   0:\tpush ");
	assert_has(text, "\n0x0000000000003000:\n   0:\txor ");
	assert_null(strchr(text, ';'));
	buf_reset(&out);
	fixture.prog.func_lens = NULL;
	fixture.prog.ksyms = NULL;
	text = render(fixture.btf, JITED_TEXT, &out);
	assert_null(strstr(text, "0x0000000000003000:"));
	assert_has(text, "  40:\txor ");
	fixture = whole;
}

static void test_hidden(void **state)
{
	struct buf out __buf_free = {};
	struct prog hidden = fixture.prog;

	(void)state;
	hidden.jited = NULL;
	for (int form = JITED_TEXT; form <= JITED_BIN; form++)
		assert_int_equal(jited_render(&hidden, fixture.btf, form, &out), -ENODATA);
	hidden = fixture.prog;
	hidden.info.jited_prog_len = 0;
	assert_int_equal(jited_render(&hidden, fixture.btf, JITED_TEXT, &out), -ENODATA);
	assert_int_equal(out.len, 0);
}

/* Whatever the bytes are, instructions lie end to end and reach the end. */
static void test_any_bytes(void **state)
{
	struct opcodes_insn insn = {};
	struct opcodes *o;
	uint8_t noise[512];
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (uint8_t)(seed >> 24);
	}
	for (size_t len = 1; len <= sizeof(noise); len += 7) {
		size_t at = 0;

		assert_int_equal(opcodes_open(noise, len, 0xffffffffc0000000, &o), 0);
		for (; at < len; at += insn.bytes) {
			opcodes_insn(o, at, &insn);
			assert_true(insn.bytes > 0);
			assert_true(insn.text.len > 0);
			assert_true(insn.operation <= insn.operands);
			assert_true(insn.operands <= insn.text.len);
		}
		assert_int_equal(at, len);
		opcodes_close(o);
	}
	buf_free(&insn.text);
}

#else

static int setup(void **state)
{
	(void)state;
	return 0;
}

static int teardown(void **state)
{
	return setup(state);
}

#endif

/* --- a loaded program --- */

static int load_sample(struct prog *p)
{
	static const struct bpf_insn insns[] = {
	    {.code = 0x85, .imm = BPF_FUNC_get_prandom_u32},
	    {.code = 0xb7},
	    {.code = 0x95},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "native", "GPL", insns, 3, NULL);
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (fd < 0)
		return fd;
	if (bpf_prog_get_info_by_fd(fd, &info, &len) || prog_open(info.id, ALL, p)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void test_loaded(void **state)
{
	struct buf out __buf_free = {}, name __buf_free = {};
	struct progaddr *addresses;
	uint64_t offset = 0;
	struct prog p = {};
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	fd = load_sample(&p);
	assert_true(fd >= 0);
	if (!p.jited) { /* no JIT here, or it is hidden */
		assert_int_equal(jited_render(&p, NULL, JITED_TEXT, &out), -ENODATA);
	} else {
		assert_int_equal(jited_render(&p, NULL, JITED_TEXT, &out), 0);
		assert_memory_equal(buf_cstr(&out), "bpf_prog_", 9);
		assert_non_null(strstr(buf_cstr(&out), "_native:\n   0:\t"));
		assert_int_equal(progaddr_get(&addresses), 0);
		assert_true(progaddr_symbol(addresses, p.ksyms[0] + 5, &name, &offset));
		assert_int_equal(offset, 5);
		assert_non_null(strstr(buf_cstr(&name), "_native"));
		assert_false(progaddr_symbol(addresses, 5, &name, &offset));
		progaddr_put(addresses);
	}
	prog_close(&p);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#if defined(__x86_64__)
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_opcodes),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_without_names),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_any_bytes),
#endif
		cmocka_unit_test(test_loaded),
	};

	return cmocka_run_group_tests_name("jited", tests, setup, teardown);
}
