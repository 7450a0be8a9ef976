// SPDX-License-Identifier: GPL-2.0-or-later
/* The forms of translated code and the source view, on a program made by hand; and a loaded program
 * against bpftool, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/proto.h"
#include "bpf/shared.h"
#include "bpf/source.h"
#include "bpf/xlated.h"
#include "tests/unit/code_fixture.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct code_fixture fixture;

static int setup(void **state)
{
	(void)state;
	return fixture_make(&fixture);
}

static int teardown(void **state)
{
	(void)state;
	btf__free(fixture.btf);
	return 0;
}

static void check_form(enum xlated_form form, const char *expected)
{
	struct buf out __buf_free = {};

	assert_int_equal(xlated_render(&fixture.prog, fixture.btf, form, &out), 0);
	assert_string_equal(buf_cstr(&out), expected);
}

static void test_text(void **state)
{
	(void)state;
	check_form(XLATED_TEXT, "int entry(struct ctx * c):\n"
				"; int entry(struct ctx *c)\n"
				"   0: (bf) r6 = r1\n"
				"; while (!helper(\"a\\n\"))\n"
				"   1: (18) r1 = map[id:7]\n"
				"; while (!helper(\"a\\n\"))\n"
				"   3: (85) call pc+2#bpf_prog_ab00000000000000_helper\n"
				"   4: (15) if r0 == 0x0 goto pc-4\n"
				"; return 0;\n"
				"   5: (95) exit\n"
				"void helper(int n):\n"
				"; static void helper(int n)\n"
				"   6: (b7) r0 = 1\n"
				"; \n"
				"   7: (95) exit\n");
}

static void test_opcodes(void **state)
{
	struct buf out __buf_free = {};
	const char *text;

	(void)state;
	assert_int_equal(xlated_render(&fixture.prog, fixture.btf, XLATED_OPCODES, &out), 0);
	text = buf_cstr(&out);
	assert_non_null(strstr(text, "   0: (bf) r6 = r1\n       bf 16 00 00 00 00 00 00\n"));
	assert_non_null(strstr(text, "   1: (18) r1 = map[id:7]\n       18 11 00 00 07 00 00 00 "
				     "00 00 00 00 00 00 00 00\n"));
}

static void test_line_numbers(void **state)
{
	struct buf out __buf_free = {};
	const char *text;

	(void)state;
	assert_int_equal(xlated_render(&fixture.prog, fixture.btf, XLATED_LINUM, &out), 0);
	text = buf_cstr(&out);
	assert_non_null(strstr(text, "\n; while (!helper(\"a\\n\")) [file:prog.c line_num:12 "
				     "line_col:9]\n"));
	assert_non_null(strstr(text, "\n;  [file:prog.c line_num:0 line_col:0]\n"));
}

static void test_json(void **state)
{
	(void)state;
	check_form(XLATED_JSON,
		   "[{\"proto\":\"int entry(struct ctx * c)\",\"src\":\"int entry(struct ctx *c)\","
		   "\"disasm\":\"(bf) r6 = r1\"},"
		   "{\"src\":\"while (!helper(\\\"a\\\\n\\\"))\",\"disasm\":\"(18) r1 = "
		   "map[id:7]\"},"
		   "{\"src\":\"while (!helper(\\\"a\\\\n\\\"))\",\"disasm\":\"(85) call "
		   "pc+2#bpf_prog_ab00000000000000_helper\"},"
		   "{\"disasm\":\"(15) if r0 == 0x0 goto pc-4\"},"
		   "{\"src\":\"return 0;\",\"disasm\":\"(95) exit\"},"
		   "{\"proto\":\"void helper(int n)\",\"src\":\"static void helper(int n)\","
		   "\"disasm\":\"(b7) r0 = 1\"},"
		   "{\"src\":\"\",\"disasm\":\"(95) exit\"}]\n");
}

static void test_bytes(void **state)
{
	struct buf out __buf_free = {};

	(void)state;
	assert_int_equal(xlated_render(&fixture.prog, NULL, XLATED_BIN, &out), 0);
	assert_int_equal(out.len, sizeof(fixture.insns));
	assert_memory_equal(out.data, fixture.insns, sizeof(fixture.insns));
}

static void test_without_btf(void **state)
{
	struct buf out __buf_free = {};
	struct prog bare = fixture.prog;

	(void)state;
	bare.funcs = NULL;
	bare.lines = NULL;
	bare.ksyms = NULL;
	assert_int_equal(xlated_render(&bare, NULL, XLATED_TEXT, &out), 0);
	assert_string_equal(buf_cstr(&out), "   0: (bf) r6 = r1\n"
					    "   1: (18) r1 = map[id:7]\n"
					    "   3: (85) call pc+2\n"
					    "   4: (15) if r0 == 0x0 goto pc-4\n"
					    "   5: (95) exit\n"
					    "   6: (b7) r0 = 1\n"
					    "   7: (95) exit\n");
	assert_int_equal(source_render(&bare, NULL, &out), -ENODATA);
}

static void test_hidden(void **state)
{
	struct buf out __buf_free = {};
	struct prog hidden = fixture.prog;

	(void)state;
	hidden.insns = NULL;
	for (int form = XLATED_TEXT; form <= XLATED_BIN; form++)
		assert_int_equal(xlated_render(&hidden, fixture.btf, form, &out), -ENODATA);
	assert_int_equal(source_render(&hidden, fixture.btf, &out), -ENODATA);
	assert_int_equal(out.len, 0);
}

/* Records that name types and strings that are not there are passed over. */
static void test_broken_records(void **state)
{
	struct code_fixture broken = fixture;
	struct buf out __buf_free = {};

	(void)state;
	fixture_prog(&broken);
	broken.funcs[0].type_id = 4000;
	broken.funcs[1].type_id = 1; /* int: no function */
	broken.lines[1].line_off = 1 << 30;
	broken.lines[2].file_name_off = 1 << 30;
	assert_int_equal(xlated_render(&broken.prog, broken.btf, XLATED_LINUM, &out), 0);
	assert_null(strstr(buf_cstr(&out), "line_num:12 line_col:9"));
	assert_non_null(strstr(buf_cstr(&out), "[file: line_num:12 line_col:3]"));
	buf_reset(&out);
	assert_int_equal(source_render(&broken.prog, broken.btf, &out), 0);
	assert_non_null(strstr(buf_cstr(&out), "(unknown file)"));
}

static void test_wide_numbers(void **state)
{
	struct bpf_insn *insns = calloc(10001, sizeof(*insns));
	struct prog prog = {.fd = -1, .insns = insns};
	struct buf out __buf_free = {};
	unsigned int i;

	(void)state;
	assert_non_null(insns);
	for (i = 0; i < 10001; i++)
		insns[i] = (struct bpf_insn){.code = 0x95};
	prog.info.xlated_prog_len = 10001 * sizeof(*insns);
	assert_int_equal(xlated_render(&prog, NULL, XLATED_TEXT, &out), 0);
	assert_non_null(strstr(buf_cstr(&out), "\n   9: (95) exit\n  10: (95) exit\n"));
	assert_non_null(strstr(buf_cstr(&out), "\n  99: (95) exit\n 100: (95) exit\n"));
	assert_non_null(strstr(buf_cstr(&out), "\n 999: (95) exit\n1000: (95) exit\n"));
	assert_non_null(strstr(buf_cstr(&out), "\n9999: (95) exit\n10000: (95) exit\n"));
	free(insns);
}

static void test_source(void **state)
{
	struct buf out __buf_free = {};

	(void)state;
	assert_int_equal(source_render(&fixture.prog, fixture.btf, &out), 0);
	assert_string_equal(
	    buf_cstr(&out),
	    "int entry(struct ctx * c):\n"
	    "prog.c\n"
	    "    10  xlated 0            jited 0x0-0xf         int entry(struct ctx *c)\n"
	    "    11  xlated 5            jited 0x30-0x3f       return 0;\n"
	    "    12  xlated 1-4          jited 0x10-0x2f       while (!helper(\"a\\n\"))\n"
	    "\n"
	    "void helper(int n):\n"
	    "prog.c\n"
	    "     0  xlated 7            jited 0x8-0xf         (no source line)\n"
	    "     3  xlated 6            jited 0x0-0x7         static void helper(int n)\n");
}

static void test_source_without_jit(void **state)
{
	struct prog prog = fixture.prog;
	struct buf out __buf_free = {};

	(void)state;
	prog.jited_lines = NULL;
	assert_int_equal(source_render(&prog, fixture.btf, &out), 0);
	assert_non_null(strstr(buf_cstr(&out), "    12  xlated 1-4          jited -"));
}

static void check_proto(const struct btf *btf, int id, const char *expected)
{
	struct buf out __buf_free = {};

	assert_true(id > 0);
	assert_true(proto_render(btf, (uint32_t)id, &out));
	assert_string_equal(buf_cstr(&out), expected);
}

/* The spacing is bpftool's. */
static void test_prototypes(void **state)
{
	struct btf *btf = btf__new_empty();
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int fwd = btf__add_fwd(btf, "later", BTF_FWD_UNION);
	int text = btf__add_ptr(btf, btf__add_const(btf, btf__add_restrict(btf, integer)));
	int array = btf__add_array(btf, integer, btf__add_ptr(btf, integer), 3);
	int callback, pointer, proto, loop;
	struct buf out __buf_free = {};

	(void)state;
	callback = btf__add_func_proto(btf, 0);
	assert_int_equal(btf__add_func_param(btf, "", text), 0);
	assert_int_equal(btf__add_func_param(btf, "", 0), 0);
	check_proto(btf, callback, "void (const restrict int *, ...)");
	pointer = btf__add_ptr(btf, callback);
	array = btf__add_volatile(btf, array);
	proto = btf__add_func_proto(btf, btf__add_ptr(btf, fwd));
	assert_int_equal(btf__add_func_param(btf, "cb", pointer), 0);
	assert_int_equal(btf__add_func_param(btf, "a", array), 0);
	check_proto(btf, btf__add_func(btf, "f", BTF_FUNC_GLOBAL, proto),
		    "union later * f(void (const restrict int *, ...)* cb, volatile int * [3]a)");
	check_proto(btf, btf__add_ptr(btf, btf__add_type_tag(btf, "user", integer)), "int * ");
	check_proto(btf, btf__add_enum64(btf, "big", 8, false), "enum big ");

	loop = btf__add_const(btf, btf__type_cnt(btf));
	assert_false(proto_render(btf, (uint32_t)loop, &out));
	assert_false(proto_render(btf, 100000, &out));
	assert_false(proto_render(NULL, 1, &out));
	assert_int_equal(out.len, 0);
	btf__free(btf);
}

/* What a command prints. */
static void read_command(const char *command, struct buf *out)
{
	FILE *f = popen(command, "r");
	char chunk[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, chunk, n);
	assert_int_equal(pclose(f), 0);
}

static int load_sample(void)
{
	static const struct bpf_insn insns[] = {
	    {.code = 0xbf, .dst_reg = 6, .src_reg = 1},
	    {.code = 0x30, .imm = 14},
	    {.code = 0x18, .dst_reg = 8, .imm = 0x1234},
	    {.imm = 0x77},
	    {.code = 0x85, .imm = BPF_FUNC_ktime_get_ns},
	    {.code = 0x85, .imm = BPF_FUNC_get_prandom_u32},
	    {.code = 0xb7, .dst_reg = 1, .imm = 3},
	    {.code = 0x3f, .dst_reg = 0, .src_reg = 1},
	    {.code = 0xb7},
	    {.code = 0x95},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "code_sample", "GPL", insns,
			     sizeof(insns) / sizeof(*insns), NULL);
}

static void compare_with_bpftool(uint32_t id, enum xlated_form form, const char *word)
{
	struct buf ours __buf_free = {}, theirs __buf_free = {}, command __buf_free = {};
	struct prog prog;

	assert_int_equal(prog_open(id, PROG_XLATED | PROG_FUNCS | PROG_LINES, &prog), 0);
	assert_int_equal(xlated_render(&prog, NULL, form, &ours), 0);
	prog_close(&prog);
	buf_printf(&command, "bpftool prog dump xlated id %u %s", id, word);
	read_command(buf_cstr(&command), &theirs);
	assert_string_equal(buf_cstr(&ours), buf_cstr(&theirs));
}

static void test_like_bpftool(void **state)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	int fd;

	(void)state;
	if (geteuid() != 0 || system("bpftool version >/dev/null 2>&1") != 0)
		skip();
	fd = load_sample();
	assert_true(fd >= 0);
	assert_int_equal(bpf_prog_get_info_by_fd(fd, &info, &len), 0);
	compare_with_bpftool(info.id, XLATED_TEXT, "");
	compare_with_bpftool(info.id, XLATED_OPCODES, "opcodes");
	compare_with_bpftool(info.id, XLATED_LINUM, "linum");
	close(fd);
	shared_sweep(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_opcodes),
	    cmocka_unit_test(test_line_numbers),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_without_btf),
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_broken_records),
	    cmocka_unit_test(test_wide_numbers),
	    cmocka_unit_test(test_source),
	    cmocka_unit_test(test_source_without_jit),
	    cmocka_unit_test(test_prototypes),
	    cmocka_unit_test(test_like_bpftool),
	};

	return cmocka_run_group_tests_name("xlated", tests, setup, teardown);
}
