// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks and ways between them, and the graph that is drawn of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/cfg.h"
#include "tests/unit/code_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct prog prog_of(struct bpf_insn *insns, size_t n)
{
	return (struct prog){
	    .fd = -1,
	    .insns = insns,
	    .info.xlated_prog_len = (uint32_t)(n * sizeof(*insns)),
	};
}

#define BUILD(insns, cfg)                                                                          \
	do {                                                                                       \
		struct prog prog_ = prog_of(insns, sizeof(insns) / sizeof(*(insns)));              \
		assert_int_equal(cfg_build(&prog_, cfg), 0);                                       \
	} while (0)

static void check_block(const struct cfg *c, uint32_t i, uint32_t first, uint32_t end,
			uint32_t next, uint32_t taken)
{
	assert_true(i < c->nr_blocks);
	assert_int_equal(c->blocks[i].first, first);
	assert_int_equal(c->blocks[i].end, end);
	assert_int_equal(c->blocks[i].next, next);
	assert_int_equal(c->blocks[i].taken, taken);
}

static void test_two_functions(void **state)
{
	struct code_fixture f;
	struct cfg c;

	(void)state;
	assert_int_equal(fixture_make(&f), 0);
	assert_int_equal(cfg_build(&f.prog, &c), 0);
	assert_int_equal(c.nr_funcs, 2);
	assert_int_equal(c.nr_blocks, 4);
	check_block(&c, 0, 0, 1, 1, CFG_NONE);
	check_block(&c, 1, 1, 5, 2, 1);
	check_block(&c, 2, 5, 6, CFG_NONE, CFG_NONE);
	check_block(&c, 3, 6, 8, CFG_NONE, CFG_NONE);
	assert_true(c.blocks[2].exits && c.blocks[3].exits && !c.blocks[1].exits);
	assert_int_equal(c.funcs[0].first_block, 0);
	assert_int_equal(c.funcs[0].end_block, 3);
	assert_int_equal(c.funcs[1].first_block, 3);
	assert_int_equal(c.funcs[1].end_block, 4);
	cfg_free(&c);
	btf__free(f.btf);
}

/* Every way to jump: goto, gotol, may_goto, 32-bit compare, a function taken as an address. */
static void test_jumps(void **state)
{
	struct bpf_insn insns[] = {
	    {.code = 0x05, .off = 1},				  /* 0: goto 2 */
	    {.code = 0x95},					  /* 1: unreachable */
	    {.code = 0x06, .imm = 1},				  /* 2: gotol 4 */
	    {.code = 0x95},					  /* 3 */
	    {.code = 0xe5, .off = 1},				  /* 4: may_goto 6 */
	    {.code = 0xb7},					  /* 5 */
	    {.code = 0x1e, .off = -2},				  /* 6: if w: 5 */
	    {.code = 0x18, .src_reg = BPF_PSEUDO_FUNC, .imm = 2}, /* 7: function at 10 */
	    {},
	    {.code = 0x95}, /* 9 */
	    {.code = 0x95}, /* 10 */
	};
	struct cfg c;

	(void)state;
	BUILD(insns, &c);
	assert_int_equal(c.nr_funcs, 2);
	assert_int_equal(c.nr_blocks, 9);
	check_block(&c, 0, 0, 1, CFG_NONE, 2);
	check_block(&c, 1, 1, 2, CFG_NONE, CFG_NONE);
	check_block(&c, 2, 2, 3, CFG_NONE, 4);
	check_block(&c, 4, 4, 5, 5, 6);
	check_block(&c, 5, 5, 6, 6, CFG_NONE);
	check_block(&c, 6, 6, 7, 7, 5);
	check_block(&c, 7, 7, 10, CFG_NONE, CFG_NONE);
	assert_int_equal(c.blocks[7].last, 9);
	assert_int_equal(c.funcs[1].first_block, 8);
	cfg_free(&c);
}

static void test_indirect(void **state)
{
	struct bpf_insn insns[] = {{.code = 0x0d, .dst_reg = 1}, {.code = 0x95}};
	struct prog prog = prog_of(insns, 2);
	struct buf out __buf_free = {};
	struct cfg c;

	(void)state;
	BUILD(insns, &c);
	check_block(&c, 0, 0, 1, CFG_NONE, CFG_NONE);
	assert_true(c.blocks[0].indirect);
	cfg_free(&c);
	assert_int_equal(cfg_render_dot(&prog, NULL, &out), 0);
	assert_non_null(strstr(buf_cstr(&out), "b0:s -> indirect_0"));
}

/* What no verifier would let through: jumps out of the program, code that runs off its end, half
 * an instruction, a jump into one. */
static void test_broken(void **state)
{
	struct bpf_insn out_of_it[] = {{.code = 0x05, .off = 100}, {.code = 0x15, .off = -100}};
	struct bpf_insn cut[] = {{.code = 0x15, .off = 1}, {.code = 0x18}, {}, {.code = 0x18}};
	struct prog none = {.fd = -1};
	struct cfg c;

	(void)state;
	BUILD(out_of_it, &c);
	check_block(&c, 0, 0, 1, CFG_NONE, CFG_NONE);
	check_block(&c, 1, 1, 2, CFG_NONE, CFG_NONE);
	cfg_free(&c);
	BUILD(cut, &c);
	assert_int_equal(c.nr_blocks, 2);
	check_block(&c, 0, 0, 1, 1, CFG_NONE);
	check_block(&c, 1, 1, 4, CFG_NONE, CFG_NONE);
	cfg_free(&c);
	assert_int_equal(cfg_build(&none, &c), -ENODATA);
}

static void check_tiling(const struct cfg *c, uint32_t slots)
{
	uint32_t b, f, at = 0;

	for (b = 0; b < c->nr_blocks; b++) {
		const struct cfg_block *block = c->blocks + b;

		assert_int_equal(block->first, at);
		assert_true(block->end > at && block->last >= at && block->last < block->end);
		assert_true(block->next == CFG_NONE || block->next == b + 1);
		assert_true(block->taken == CFG_NONE || block->taken < c->nr_blocks);
		at = block->end;
	}
	assert_int_equal(at, slots);
	for (f = 0, b = 0; f < c->nr_funcs; f++) {
		assert_int_equal(c->funcs[f].first_block, b);
		assert_true(c->funcs[f].end_block > b);
		b = c->funcs[f].end_block;
	}
	assert_int_equal(b, c->nr_blocks);
}

/* Whatever the bytes: blocks and functions cover the program without gap or overlap. */
static void test_random_programs(void **state)
{
	static const uint8_t codes[] = {0x05, 0x06, 0x0d, 0x15, 0x1e, 0x18, 0x85, 0x95, 0xb7, 0xe5};
	struct bpf_insn insns[40];
	struct buf out __buf_free = {};
	unsigned int n, i, len, seed = 42;
	struct prog prog;
	struct cfg c;

	(void)state;
	for (n = 0; n < 20000; n++) {
		len = 1 + (unsigned int)rand_r(&seed) % 40;
		for (i = 0; i < len; i++)
			insns[i] = (struct bpf_insn){
			    .code = codes[(unsigned int)rand_r(&seed) % sizeof(codes)],
			    .src_reg = (unsigned int)rand_r(&seed) % 5 & 0xf,
			    .off = (int16_t)(rand_r(&seed) % 50 - 25),
			    .imm = rand_r(&seed) % 50 - 25,
			};
		prog = prog_of(insns, len);
		assert_int_equal(cfg_build(&prog, &c), 0);
		check_tiling(&c, len);
		cfg_free(&c);
		buf_reset(&out);
		assert_int_equal(cfg_render_dot(&prog, NULL, &out), 0);
	}
}

static unsigned int count(const char *text, const char *word)
{
	unsigned int n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

static void test_dot(void **state)
{
	struct buf out __buf_free = {};
	struct code_fixture f;
	const char *text;

	(void)state;
	assert_int_equal(fixture_make(&f), 0);
	assert_int_equal(cfg_render_dot(&f.prog, f.btf, &out), 0);
	text = buf_cstr(&out);
	assert_int_equal(count(text, "subgraph \"cluster_"), 2);
	assert_int_equal(count(text, "label=\"ENTRY\""), 2);
	assert_int_equal(count(text, "label=\"EXIT\""), 2);
	assert_non_null(strstr(text, "label=\"int entry(struct ctx * c)\""));
	/* quotes and backslashes of the source survive, its two records of one line are one */
	assert_int_equal(count(text, "; while (!helper(\\\"a\\\\n\\\"))\\l"), 1);
	assert_non_null(strstr(text, "1: (18) r1 = map[id:7]\\l3: (85) call pc+2#bpf_prog_"));
	assert_non_null(strstr(text, "\tb1:s -> b1:n ["));
	assert_non_null(strstr(text, "\tb1:s -> b2:n ["));
	assert_non_null(strstr(text, "\tb2:s -> exit_0:n ["));
	assert_non_null(strstr(text, "\tb3:s -> exit_1:n ["));
	btf__free(f.btf);
}

static void test_graphviz_takes_it(void **state)
{
	struct buf out __buf_free = {};
	struct code_fixture f;
	FILE *dot;

	(void)state;
	if (system("dot -V >/dev/null 2>&1") != 0)
		skip();
	assert_int_equal(fixture_make(&f), 0);
	fixture_line(&f, 4, 6, "x &amp; {a|b} <c> \xff \\l \"", LINE(3, 0), 0x3000);
	assert_int_equal(cfg_render_dot(&f.prog, f.btf, &out), 0);
	dot = popen("dot -Tplain -o /dev/null", "w");
	assert_non_null(dot);
	assert_int_equal(fwrite(out.data, 1, out.len, dot), out.len);
	assert_int_equal(pclose(dot), 0);
	btf__free(f.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_two_functions),     cmocka_unit_test(test_jumps),
	    cmocka_unit_test(test_indirect),	      cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_random_programs),   cmocka_unit_test(test_dot),
	    cmocka_unit_test(test_graphviz_takes_it),
	};

	return cmocka_run_group_tests_name("cfg", tests, NULL, NULL);
}
