// SPDX-License-Identifier: GPL-2.0-or-later
/* Every class of instruction against the words that Linux 6.18's verifier log has for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/disasm.h"

#include <stdlib.h>
#include <string.h>

struct sample {
	struct bpf_insn insn;
	const char *text;
};

#define INSN(code_, dst, src, off_, imm_)                                                          \
	{                                                                                          \
		.code = code_, .dst_reg = dst, .src_reg = src, .off = off_, .imm = imm_            \
	}

static const struct sample samples[] = {
    /* arithmetic */
    {INSN(0x07, 1, 0, 0, 5), "(07) r1 += 5"},
    {INSN(0x0f, 1, 2, 0, 0), "(0f) r1 += r2"},
    {INSN(0x04, 1, 0, 0, -5), "(04) w1 += -5"},
    {INSN(0x0c, 10, 9, 0, 0), "(0c) w10 += w9"},
    {INSN(0x17, 3, 0, 0, 1), "(17) r3 -= 1"},
    {INSN(0x2f, 3, 4, 0, 0), "(2f) r3 *= r4"},
    {INSN(0x37, 0, 0, 0, 3), "(37) r0 /= 3"},
    {INSN(0x37, 0, 0, 1, 3), "(37) r0 s/= 3"},
    {INSN(0x3c, 0, 1, 1, 0), "(3c) w0 s/= w1"},
    {INSN(0x9f, 0, 1, 0, 0), "(9f) r0 %= r1"},
    {INSN(0x9f, 0, 1, 1, 0), "(9f) r0 s%= r1"},
    {INSN(0x97, 0, 0, 1, 5), "(97) r0 s%= 5"},
    {INSN(0x47, 1, 0, 0, 2147483647), "(47) r1 |= 2147483647"},
    {INSN(0x5c, 1, 2, 0, 0), "(5c) w1 &= w2"},
    {INSN(0x67, 1, 0, 0, 32), "(67) r1 <<= 32"},
    {INSN(0x77, 1, 0, 0, 32), "(77) r1 >>= 32"},
    {INSN(0xc7, 1, 0, 0, 3), "(c7) r1 s>>= 3"},
    {INSN(0xcc, 1, 0, 0, 0), "(cc) w1 s>>= w0"},
    {INSN(0xa7, 1, 0, 0, -1), "(a7) r1 ^= -1"},
    {INSN(0x87, 2, 0, 0, 0), "(87) r2 = -r2"},
    {INSN(0x84, 2, 0, 0, 0), "(84) w2 = -w2"},
    /* moves */
    {INSN(0xb7, 0, 0, 0, 0), "(b7) r0 = 0"},
    {INSN(0xb4, 0, 0, 0, -1), "(b4) w0 = -1"},
    {INSN(0xbf, 2, 10, 0, 0), "(bf) r2 = r10"},
    {INSN(0xbf, 2, 1, 8, 0), "(bf) r2 = (s8)r1"},
    {INSN(0xbf, 2, 1, 16, 0), "(bf) r2 = (s16)r1"},
    {INSN(0xbf, 2, 1, 32, 0), "(bf) r2 = (s32)r1"},
    {INSN(0xbc, 2, 1, 8, 0), "(bc) w2 = (s8)w1"},
    {INSN(0xbf, 1, 10, 1, 1), "(bf) r1 = addr_space_cast(r10, 0, 1)"},
    {INSN(0xbf, 1, 10, 1, 0x10000), "(bf) r1 = addr_space_cast(r10, 1, 0)"},
    {INSN(0xbf, 1, 10, -1, 5), "(bf) r1 = &(void __percpu *)(r10)"},
    /* byte order */
    {INSN(0xd4, 2, 0, 0, 32), "(d4) r2 = le32 r2"},
    {INSN(0xdc, 2, 0, 0, 64), "(dc) r2 = be64 r2"},
    {INSN(0xd7, 2, 0, 0, 16), "(d7) r2 = bswap16 r2"},
    {INSN(0xd7, 2, 0, 0, 64), "(d7) r2 = bswap64 r2"},
    {INSN(0xd7, 2, 0, 0, 8), "BUG_alu_d7"},
    {INSN(0xdf, 2, 0, 0, 16), "BUG_alu_df"},
    {INSN(0xe7, 2, 0, 0, 0), "BUG_alu_e7"},
    {INSN(0xf4, 2, 0, 0, 0), "BUG_alu_f4"},
    /* loads and stores */
    {INSN(0x61, 3, 10, -8, 0), "(61) r3 = *(u32 *)(r10 -8)"},
    {INSN(0x69, 3, 10, 0, 0), "(69) r3 = *(u16 *)(r10 +0)"},
    {INSN(0x71, 3, 10, 32767, 0), "(71) r3 = *(u8 *)(r10 +32767)"},
    {INSN(0x79, 3, 10, -32768, 0), "(79) r3 = *(u64 *)(r10 -32768)"},
    {INSN(0x91, 3, 10, -8, 0), "(91) r3 = *(s8 *)(r10 -8)"},
    {INSN(0x89, 3, 10, -8, 0), "(89) r3 = *(s16 *)(r10 -8)"},
    {INSN(0x81, 3, 10, -8, 0), "(81) r3 = *(s32 *)(r10 -8)"},
    {INSN(0x99, 3, 10, -8, 0), "BUG_ldx_99"},
    {INSN(0x21, 3, 10, -8, 0), "BUG_ldx_21"},
    {INSN(0x7a, 10, 0, -24, -1), "(7a) *(u64 *)(r10 -24) = -1"},
    {INSN(0x62, 10, 0, -28, 5), "(62) *(u32 *)(r10 -28) = 5"},
    {INSN(0x63, 10, 1, -4, 0), "(63) *(u32 *)(r10 -4) = r1"},
    {INSN(0x6b, 10, 1, -4, 0), "(6b) *(u16 *)(r10 -4) = r1"},
    {INSN(0x73, 10, 1, -4, 0), "(73) *(u8 *)(r10 -4) = r1"},
    {INSN(0xc2, 0, 0, 0, 0), "(c2) nospec"},
    {INSN(0xca, 0, 0, 0, 0), "BUG_st_ca"},
    {INSN(0x83, 0, 0, 0, 0), "BUG_83"},
    /* atomics */
    {INSN(0xdb, 10, 1, -8, 0x00), "(db) lock *(u64 *)(r10 -8) += r1"},
    {INSN(0xc3, 10, 1, -8, 0x50), "(c3) lock *(u32 *)(r10 -8) &= r1"},
    {INSN(0xc3, 10, 1, -8, 0x40), "(c3) lock *(u32 *)(r10 -8) |= r1"},
    {INSN(0xdb, 10, 1, -8, 0xa0), "(db) lock *(u64 *)(r10 -8) ^= r1"},
    {INSN(0xdb, 10, 1, -8, 0x01), "(db) r1 = atomic64_fetch_add((u64 *)(r10 -8), r1)"},
    {INSN(0xc3, 10, 1, -8, 0x51), "(c3) r1 = atomic_fetch_and((u32 *)(r10 -8), r1)"},
    {INSN(0xdb, 10, 1, -8, 0x41), "(db) r1 = atomic64_fetch_or((u64 *)(r10 -8), r1)"},
    {INSN(0xdb, 10, 1, -8, 0xa1), "(db) r1 = atomic64_fetch_xor((u64 *)(r10 -8), r1)"},
    {INSN(0xc3, 10, 1, -8, 0xe1), "(c3) r1 = atomic_xchg((u32 *)(r10 -8), r1)"},
    {INSN(0xdb, 10, 1, -8, 0xf1), "(db) r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)"},
    {INSN(0xd3, 1, 10, -8, 0x100), "(d3) r1 = load_acquire((u8 *)(r10 -8))"},
    {INSN(0xdb, 2, 10, -8, 0x100), "(db) r2 = load_acquire((u64 *)(r10 -8))"},
    {INSN(0xcb, 10, 1, -8, 0x110), "(cb) store_release((u16 *)(r10 -8), r1)"},
    {INSN(0xdb, 10, 1, -8, 0x20), "BUG_db"},
    {INSN(0xd3, 10, 1, -8, 0x00), "BUG_d3"},
    /* loads from a packet */
    {INSN(0x30, 0, 0, 0, 14), "(30) r0 = *(u8 *)skb[14]"},
    {INSN(0x28, 0, 0, 0, 12), "(28) r0 = *(u16 *)skb[12]"},
    {INSN(0x20, 0, 0, 0, -8), "(20) r0 = *(u32 *)skb[-8]"},
    {INSN(0x40, 0, 7, 0, 3), "(40) r0 = *(u32 *)skb[r7 + 3]"},
    {INSN(0x50, 0, 7, 0, -3), "(50) r0 = *(u8 *)skb[r7 + -3]"},
    {INSN(0x38, 0, 0, 0, 0), "BUG_ld_38"},
    {INSN(0x00, 0, 0, 0, 0), "BUG_ld_00"},
    /* jumps */
    {INSN(0x05, 0, 0, -2, 0), "(05) goto pc-2"},
    {INSN(0x06, 0, 0, 0, 70000), "(06) gotol pc+70000"},
    {INSN(0x0d, 3, 0, 0, 0), "(0d) gotox r3"},
    {INSN(0x0e, 3, 0, 0, 0), "BUG_jmp_0e"},
    {INSN(0xe5, 0, 0, 1, 0), "(e5) may_goto pc+1"},
    {INSN(0xe5, 0, 1, 1, 0), "BUG_jmp_e5"},
    {INSN(0x15, 0, 0, 3, 0), "(15) if r0 == 0x0 goto pc+3"},
    {INSN(0x1d, 1, 2, -1, 0), "(1d) if r1 == r2 goto pc-1"},
    {INSN(0x1e, 1, 0, 1, 0), "(1e) if w1 == w0 goto pc+1"},
    {INSN(0x25, 1, 0, 0, 65535), "(25) if r1 > 0xffff goto pc+0"},
    {INSN(0x35, 1, 0, 0, -1), "(35) if r1 >= 0xffffffff goto pc+0"},
    {INSN(0x45, 1, 0, 0, 8), "(45) if r1 & 0x8 goto pc+0"},
    {INSN(0x55, 1, 0, 0, 8), "(55) if r1 != 0x8 goto pc+0"},
    {INSN(0xa5, 1, 0, 0, 9), "(a5) if r1 < 0x9 goto pc+0"},
    {INSN(0xb5, 1, 0, 0, 9), "(b5) if r1 <= 0x9 goto pc+0"},
    {INSN(0x65, 1, 0, 0, 9), "(65) if r1 s> 0x9 goto pc+0"},
    {INSN(0x75, 1, 0, 0, 9), "(75) if r1 s>= 0x9 goto pc+0"},
    {INSN(0xc6, 1, 0, 0, -5), "(c6) if w1 s< 0xfffffffb goto pc+0"},
    {INSN(0xd6, 1, 0, 1, -5), "(d6) if w1 s<= 0xfffffffb goto pc+1"},
    {INSN(0xf5, 1, 0, 1, 0), "BUG_jmp_f5"},
    {INSN(0x86, 0, 0, 0, 1), "BUG_jmp_86"},
    {INSN(0x95, 0, 0, 0, 0), "(95) exit"},
    /* calls */
    {INSN(0x85, 0, 0, 0, 1), "(85) call bpf_map_lookup_elem#1"},
    {INSN(0x85, 0, 0, 0, 12), "(85) call bpf_tail_call#12"},
    {INSN(0x85, 0, 0, 0, 123456), "(85) call unknown#123456"},
    {INSN(0x85, 0, 0, 0, -7), "(85) call unknown#-7"},
    {INSN(0x85, 0, 1, 0, 5), "(85) call pc+5"},
    {INSN(0x85, 0, 1, 0, -5), "(85) call pc-5"},
    {INSN(0x85, 0, 2, 0, 77), "(85) call kernel-function#77"},
};

static const struct {
	struct bpf_insn insn[2];
	const char *text;
} wide_samples[] = {
    {{INSN(0x18, 8, 0, 0, 0x1234), INSN(0, 0, 0, 0, 0x77)}, "(18) r8 = 0x7700001234"},
    {{INSN(0x18, 8, 0, 0, -1), INSN(0, 0, 0, 0, -1)}, "(18) r8 = 0xffffffffffffffff"},
    {{INSN(0x18, 1, 1, 0, 12), INSN(0, 0, 0, 0, 0)}, "(18) r1 = map[id:12]"},
    {{INSN(0x18, 1, 2, 0, 12), INSN(0, 0, 0, 0, 8)}, "(18) r1 = map[id:12][0]+8"},
    {{INSN(0x18, 1, 3, 0, 0x1000), INSN(0, 0, 0, 0, -1)}, "(18) r1 = 0xffffffff00001000"},
    {{INSN(0x18, 1, 4, 0, 9), INSN(0, 0, 0, 0, 0)}, "(18) r1 = subprog[+9]"},
    {{INSN(0x18, 1, 5, 0, 2), INSN(0, 0, 0, 0, 0)}, "(18) r1 = map[idx:2]"},
    {{INSN(0x18, 1, 6, 0, 2), INSN(0, 0, 0, 0, 8)}, "(18) r1 = map[idx:2]+8"},
};

static void test_samples(void **state)
{
	struct buf out __buf_free = {};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		buf_reset(&out);
		assert_int_equal(disasm_insn(&samples[i].insn, 1, NULL, &out), 1);
		assert_string_equal(buf_cstr(&out), samples[i].text);
	}
}

static void test_wide_samples(void **state)
{
	struct buf out __buf_free = {};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wide_samples) / sizeof(*wide_samples); i++) {
		buf_reset(&out);
		assert_int_equal(disasm_insn(wide_samples[i].insn, 2, NULL, &out), 2);
		assert_string_equal(buf_cstr(&out), wide_samples[i].text);
	}
}

/* Half an instruction at the end of a program: the second slot may not be read. */
static void test_cut_off(void **state)
{
	struct bpf_insn *insn = malloc(sizeof(*insn));
	struct buf out __buf_free = {};

	(void)state;
	assert_non_null(insn);
	*insn = (struct bpf_insn)INSN(0x18, 1, 1, 0, 12);
	assert_int_equal(disasm_insn(insn, 1, NULL, &out), 1);
	assert_string_equal(buf_cstr(&out), "BUG_ld_18");
	free(insn);
}

static void check_any(const struct bpf_insn *insn, struct buf *out)
{
	unsigned int slots;
	size_t i;

	buf_reset(out);
	slots = disasm_insn(insn, 2, NULL, out);
	assert_int_equal(slots, insn_slots(insn));
	assert_int_equal(out->err, 0);
	assert_in_range(out->len, 1, 200);
	for (i = 0; i < out->len; i++)
		assert_in_range(out->data[i], ' ', '~');
	assert_null(strstr(buf_cstr(out), "(null)"));
}

static void test_every_opcode(void **state)
{
	static const int16_t offs[] = {0, 1, -1, 2, 8, 16, 32, INT16_MAX, INT16_MIN};
	static const int32_t imms[] = {0,    1,	    -1,	   16,	      0x40,	0xe1,
				       0xf1, 0x100, 0x110, INT32_MAX, INT32_MIN};
	struct buf out __buf_free = {};
	struct bpf_insn insn[2] = {};
	unsigned int code, reg;
	size_t o, i;

	(void)state;
	for (code = 0; code < 256; code++)
		for (reg = 0; reg < 16; reg++)
			for (o = 0; o < sizeof(offs) / sizeof(*offs); o++)
				for (i = 0; i < sizeof(imms) / sizeof(*imms); i++) {
					insn[0] = (struct bpf_insn)INSN((uint8_t)code, 15 - reg,
									reg, offs[o], imms[i]);
					check_any(insn, &out);
				}
}

static void test_random_bytes(void **state)
{
	struct buf out __buf_free = {};
	struct bpf_insn insn[2];
	unsigned char *bytes = (unsigned char *)insn;
	unsigned int n, seed = 4711;
	size_t i;

	(void)state;
	for (n = 0; n < 200000; n++) {
		for (i = 0; i < sizeof(insn); i++)
			bytes[i] = (unsigned char)(rand_r(&seed) >> 3);
		check_any(insn, &out);
	}
}

static bool name_imm64(const struct disasm_names *names, const struct bpf_insn *insn,
		       struct buf *out)
{
	(void)names;
	if (insn->src_reg != BPF_PSEUDO_MAP_FD)
		return false;
	buf_printf(out, "map[name:m%d]", insn->imm);
	return true;
}

static bool name_call(const struct disasm_names *names, const struct bpf_insn *insn,
		      struct buf *out)
{
	(void)names;
	if (insn->imm == 1)
		return false;
	buf_str(out, insn->src_reg == BPF_PSEUDO_CALL ? "+3#sub" : "fun");
	return true;
}

static void test_names(void **state)
{
	static const struct disasm_names names = {.imm64 = name_imm64, .call = name_call};
	static const struct {
		struct bpf_insn insn[2];
		const char *text;
	} cases[] = {
	    {{INSN(0x18, 1, 1, 0, 12), INSN(0, 0, 0, 0, 0)}, "(18) r1 = map[name:m12]"},
	    {{INSN(0x18, 1, 0, 0, 12), INSN(0, 0, 0, 0, 0)}, "(18) r1 = 0xc"},
	    {{INSN(0x85, 0, 0, 0, 1), INSN(0, 0, 0, 0, 0)}, "(85) call bpf_map_lookup_elem#1"},
	    {{INSN(0x85, 0, 0, 0, 999), INSN(0, 0, 0, 0, 0)}, "(85) call fun#999"},
	    {{INSN(0x85, 0, 1, 0, 9), INSN(0, 0, 0, 0, 0)}, "(85) call pc+3#sub"},
	};
	struct buf out __buf_free = {};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_reset(&out);
		disasm_insn(cases[i].insn, 2, &names, &out);
		assert_string_equal(buf_cstr(&out), cases[i].text);
	}
}

static void test_helper_names(void **state)
{
	(void)state;
	assert_string_equal(helper_name(0), "bpf_unspec");
	assert_string_equal(helper_name(BPF_FUNC_ktime_get_ns), "bpf_ktime_get_ns");
	assert_non_null(helper_name(__BPF_FUNC_MAX_ID - 1));
	assert_null(helper_name(__BPF_FUNC_MAX_ID));
	assert_null(helper_name(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),	 cmocka_unit_test(test_wide_samples),
	    cmocka_unit_test(test_cut_off),	 cmocka_unit_test(test_every_opcode),
	    cmocka_unit_test(test_random_bytes), cmocka_unit_test(test_names),
	    cmocka_unit_test(test_helper_names),
	};

	return cmocka_run_group_tests_name("disasm", tests, NULL, NULL);
}
