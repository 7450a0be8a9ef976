// SPDX-License-Identifier: GPL-2.0-or-later
#include "disasm.h"

/* Opcode fields and modes that the UAPI headers of some supported systems lack. */
#define CLASS_OF(code) ((code)&0x07)
#define SIZE_OF(code)  ((code)&0x18)
#define MODE_OF(code)  ((code)&0xe0)
#define OP_OF(code)    ((code)&0xf0)
#define OP_JCOND       0xe0
#define MODE_MEMSX     0x80
#define OPCODE_GOTOL   (BPF_JMP32 | BPF_JA)
#define OPCODE_GOTOX   (BPF_JMP | BPF_JA | BPF_X)
#define OPCODE_MAYGOTO (BPF_JMP | OP_JCOND)
#define ATOMIC_LOAD    0x100
#define ATOMIC_STORE   0x110
/* Only the kernel writes these: a barrier against speculation, and the address of a per-CPU
 * variable on this CPU. */
#define OPCODE_NOSPEC (BPF_ST | 0xc0)
#define MOV_PERCPU    (-1)
#define MOV_CAST      1

static const char *const alu_ops[16] = {
    [BPF_ADD >> 4] = "+=", [BPF_SUB >> 4] = "-=", [BPF_MUL >> 4] = "*=",  [BPF_DIV >> 4] = "/=",
    [BPF_OR >> 4] = "|=",  [BPF_AND >> 4] = "&=", [BPF_LSH >> 4] = "<<=", [BPF_RSH >> 4] = ">>=",
    [BPF_MOD >> 4] = "%=", [BPF_XOR >> 4] = "^=", [BPF_MOV >> 4] = "=",	  [BPF_ARSH >> 4] = "s>>=",
};

static const char *const jmp_ops[16] = {
    [BPF_JEQ >> 4] = "==", [BPF_JGT >> 4] = ">",   [BPF_JGE >> 4] = ">=",   [BPF_JSET >> 4] = "&",
    [BPF_JNE >> 4] = "!=", [BPF_JSGT >> 4] = "s>", [BPF_JSGE >> 4] = "s>=", [BPF_JLT >> 4] = "<",
    [BPF_JLE >> 4] = "<=", [BPF_JSLT >> 4] = "s<", [BPF_JSLE >> 4] = "s<=",
};

/* By the size field; names of the types a load or store moves. */
static const char *const unsigned_types[4] = {"u32", "u16", "u8", "u64"};
static const char *const signed_types[4] = {"s32", "s16", "s8", NULL};

static const char *const helper_names[] = {
#define HELPER(name, value, ...) [value] = "bpf_" #name,
    ___BPF_FUNC_MAPPER(HELPER)
#undef HELPER
};

const char *helper_name(uint32_t id)
{
	return id < sizeof(helper_names) / sizeof(*helper_names) ? helper_names[id] : NULL;
}

static void put_hex(struct buf *out, uint64_t v)
{
	char digits[16];
	size_t i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	buf_add(out, "0x", 2);
	buf_add(out, digits + i, sizeof(digits) - i);
}

/* With its sign, also when positive. */
static void put_offset(struct buf *out, int32_t v)
{
	if (v >= 0)
		buf_char(out, '+');
	buf_i64(out, v);
}

static void put_reg(struct buf *out, char kind, unsigned int n)
{
	buf_char(out, kind);
	buf_u64(out, n);
}

static void put_code(struct buf *out, uint8_t code)
{
	buf_char(out, '(');
	buf_hex(out, &code, 1);
	buf_add(out, ") ", 2);
}

static void put_bug(struct buf *out, const char *what, uint8_t code)
{
	buf_add(out, "BUG_", 4);
	buf_str(out, what);
	buf_hex(out, &code, 1);
}

/* (u32 *)(r1 +8) */
static void put_memory(struct buf *out, const char *type, unsigned int reg, int off)
{
	buf_char(out, '(');
	buf_str(out, type);
	buf_add(out, " *)(", 4);
	put_reg(out, 'r', reg);
	buf_char(out, ' ');
	put_offset(out, off);
	buf_char(out, ')');
}

static void put_jump(struct buf *out, const char *word, int32_t off)
{
	buf_str(out, word);
	buf_add(out, " pc", 3);
	put_offset(out, off);
}

static void put_byte_swap(struct buf *out, const struct bpf_insn *insn)
{
	bool alu64 = CLASS_OF(insn->code) == BPF_ALU64;
	bool big = insn->code & BPF_TO_BE;

	if ((alu64 && big) || (insn->imm != 16 && insn->imm != 32 && insn->imm != 64)) {
		put_bug(out, "alu_", insn->code);
		return;
	}
	put_code(out, insn->code);
	put_reg(out, 'r', insn->dst_reg);
	buf_str(out, alu64 ? " = bswap" : big ? " = be" : " = le");
	buf_i64(out, insn->imm);
	buf_char(out, ' ');
	put_reg(out, 'r', insn->dst_reg);
}

/* Moves of 64 bits between registers that are no plain copies; returns whether insn is one. */
static bool put_special_move(struct buf *out, const struct bpf_insn *insn)
{
	bool cast = insn->off == MOV_CAST;

	if (insn->code != (BPF_ALU64 | BPF_MOV | BPF_X) || (!cast && insn->off != MOV_PERCPU))
		return false;
	put_code(out, insn->code);
	put_reg(out, 'r', insn->dst_reg);
	buf_str(out, cast ? " = addr_space_cast(" : " = &(void __percpu *)(");
	put_reg(out, 'r', insn->src_reg);
	if (cast)
		buf_printf(out, ", %u, %u", (uint32_t)insn->imm >> 16, insn->imm & 0xffff);
	buf_char(out, ')');
	return true;
}

static void put_alu_operand(struct buf *out, const struct bpf_insn *insn, char reg)
{
	uint8_t op = OP_OF(insn->code);
	bool extend = op == BPF_MOV && (insn->off == 8 || insn->off == 16 || insn->off == 32);

	if (!(insn->code & BPF_X)) {
		buf_i64(out, insn->imm);
		return;
	}
	if (extend) {
		buf_add(out, "(s", 2);
		buf_i64(out, insn->off);
		buf_char(out, ')');
	}
	put_reg(out, reg, insn->src_reg);
}

static void put_alu(struct buf *out, const struct bpf_insn *insn)
{
	char reg = CLASS_OF(insn->code) == BPF_ALU64 ? 'r' : 'w';
	uint8_t op = OP_OF(insn->code);
	bool divides = op == BPF_DIV || op == BPF_MOD;

	if (op == BPF_END) {
		put_byte_swap(out, insn);
		return;
	}
	if (put_special_move(out, insn))
		return;
	if (op != BPF_NEG && !alu_ops[op >> 4]) {
		put_bug(out, "alu_", insn->code);
		return;
	}
	put_code(out, insn->code);
	put_reg(out, reg, insn->dst_reg);
	if (op == BPF_NEG) {
		buf_add(out, " = -", 4);
		put_reg(out, reg, insn->dst_reg);
		return;
	}
	buf_char(out, ' ');
	if (divides && insn->off == 1)
		buf_char(out, 's');
	buf_str(out, alu_ops[op >> 4]);
	buf_char(out, ' ');
	put_alu_operand(out, insn, reg);
}

static const char *fetch_word(int32_t imm)
{
	switch (imm) {
	case BPF_ADD | BPF_FETCH: return "fetch_add";
	case BPF_OR | BPF_FETCH: return "fetch_or";
	case BPF_AND | BPF_FETCH: return "fetch_and";
	case BPF_XOR | BPF_FETCH: return "fetch_xor";
	case BPF_XCHG: return "xchg";
	case BPF_CMPXCHG: return "cmpxchg";
	}
	return NULL;
}

/* Loads and stores with an ordering, of any size. */
static void put_ordered(struct buf *out, const struct bpf_insn *insn, const char *type)
{
	put_code(out, insn->code);
	if (insn->imm == ATOMIC_LOAD) {
		put_reg(out, 'r', insn->dst_reg);
		buf_str(out, " = load_acquire(");
		put_memory(out, type, insn->src_reg, insn->off);
	} else {
		buf_str(out, "store_release(");
		put_memory(out, type, insn->dst_reg, insn->off);
		buf_add(out, ", ", 2);
		put_reg(out, 'r', insn->src_reg);
	}
	buf_char(out, ')');
}

/* Read-modify-write that gives the old value; cmpxchg gives it in r0, and compares with r0. */
static void put_fetch(struct buf *out, const struct bpf_insn *insn, const char *type,
		      const char *word)
{
	bool compare = insn->imm == BPF_CMPXCHG;

	put_code(out, insn->code);
	put_reg(out, 'r', compare ? 0 : insn->src_reg);
	buf_str(out, SIZE_OF(insn->code) == BPF_DW ? " = atomic64_" : " = atomic_");
	buf_str(out, word);
	buf_char(out, '(');
	put_memory(out, type, insn->dst_reg, insn->off);
	buf_str(out, compare ? ", r0, " : ", ");
	put_reg(out, 'r', insn->src_reg);
	buf_char(out, ')');
}

static void put_atomic(struct buf *out, const struct bpf_insn *insn)
{
	const char *type = unsigned_types[SIZE_OF(insn->code) >> 3];
	const char *word = fetch_word(insn->imm);
	uint8_t size = SIZE_OF(insn->code);

	if (insn->imm == ATOMIC_LOAD || insn->imm == ATOMIC_STORE) {
		put_ordered(out, insn, type);
	} else if (size != BPF_W && size != BPF_DW) {
		put_bug(out, "", insn->code);
	} else if (word) {
		put_fetch(out, insn, type, word);
	} else if (insn->imm == BPF_ADD || insn->imm == BPF_OR || insn->imm == BPF_AND ||
		   insn->imm == BPF_XOR) {
		put_code(out, insn->code);
		buf_add(out, "lock *", 6);
		put_memory(out, type, insn->dst_reg, insn->off);
		buf_char(out, ' ');
		buf_str(out, alu_ops[insn->imm >> 4]);
		buf_char(out, ' ');
		put_reg(out, 'r', insn->src_reg);
	} else {
		put_bug(out, "", insn->code);
	}
}

static void put_store(struct buf *out, const struct bpf_insn *insn)
{
	bool from_reg = CLASS_OF(insn->code) == BPF_STX;

	if (from_reg && MODE_OF(insn->code) == BPF_ATOMIC) {
		put_atomic(out, insn);
	} else if (insn->code == OPCODE_NOSPEC) {
		put_code(out, insn->code);
		buf_str(out, "nospec");
	} else if (MODE_OF(insn->code) != BPF_MEM) {
		put_bug(out, from_reg ? "" : "st_", insn->code);
	} else {
		put_code(out, insn->code);
		buf_char(out, '*');
		put_memory(out, unsigned_types[SIZE_OF(insn->code) >> 3], insn->dst_reg, insn->off);
		buf_add(out, " = ", 3);
		if (from_reg)
			put_reg(out, 'r', insn->src_reg);
		else
			buf_i64(out, insn->imm);
	}
}

static void put_load(struct buf *out, const struct bpf_insn *insn)
{
	bool extend = MODE_OF(insn->code) == MODE_MEMSX;
	const char *type = (extend ? signed_types : unsigned_types)[SIZE_OF(insn->code) >> 3];

	if (!type || (!extend && MODE_OF(insn->code) != BPF_MEM)) {
		put_bug(out, "ldx_", insn->code);
		return;
	}
	put_code(out, insn->code);
	put_reg(out, 'r', insn->dst_reg);
	buf_add(out, " = *", 4);
	put_memory(out, type, insn->src_reg, insn->off);
}

static void put_plain_imm64(struct buf *out, const struct bpf_insn *insn)
{
	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD: buf_printf(out, "map[id:%d]", insn->imm); break;
	case BPF_PSEUDO_MAP_VALUE:
		buf_printf(out, "map[id:%d][0]+%d", insn->imm, insn[1].imm);
		break;
	case BPF_PSEUDO_MAP_IDX: buf_printf(out, "map[idx:%d]", insn->imm); break;
	case BPF_PSEUDO_MAP_IDX_VALUE:
		buf_printf(out, "map[idx:%d]+%d", insn->imm, insn[1].imm);
		break;
	case BPF_PSEUDO_FUNC: buf_printf(out, "subprog[%+d]", insn->imm); break;
	default: put_hex(out, (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm);
	}
}

static unsigned int put_imm64(struct buf *out, const struct bpf_insn *insn, size_t left,
			      const struct disasm_names *names)
{
	if (left < 2) {
		put_bug(out, "ld_", insn->code);
		return 1;
	}
	put_code(out, insn->code);
	put_reg(out, 'r', insn->dst_reg);
	buf_add(out, " = ", 3);
	if (!names || !names->imm64 || !names->imm64(names, insn, out))
		put_plain_imm64(out, insn);
	return 2;
}

/* The loads from a packet that classic BPF had. */
static void put_packet_load(struct buf *out, const struct bpf_insn *insn)
{
	bool indirect = MODE_OF(insn->code) == BPF_IND;

	if (SIZE_OF(insn->code) == BPF_DW || (!indirect && MODE_OF(insn->code) != BPF_ABS)) {
		put_bug(out, "ld_", insn->code);
		return;
	}
	put_code(out, insn->code);
	buf_add(out, "r0 = *(", 7);
	buf_str(out, unsigned_types[SIZE_OF(insn->code) >> 3]);
	buf_str(out, " *)skb[");
	if (indirect) {
		put_reg(out, 'r', insn->src_reg);
		buf_add(out, " + ", 3);
	}
	buf_i64(out, insn->imm);
	buf_char(out, ']');
}

static void put_call(struct buf *out, const struct bpf_insn *insn, const struct disasm_names *names)
{
	bool local = insn->src_reg == BPF_PSEUDO_CALL;
	const char *helper = insn->src_reg ? NULL : helper_name((uint32_t)insn->imm);

	put_code(out, insn->code);
	buf_str(out, local ? "call pc" : "call ");
	if (!names || !names->call || !names->call(names, insn, out)) {
		if (local)
			put_offset(out, insn->imm);
		else if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
			buf_str(out, "kernel-function");
		else
			buf_str(out, helper ? helper : "unknown");
	}
	if (!local) {
		buf_char(out, '#');
		buf_i64(out, insn->imm);
	}
}

static void put_condition(struct buf *out, const struct bpf_insn *insn)
{
	char reg = CLASS_OF(insn->code) == BPF_JMP ? 'r' : 'w';
	const char *op = jmp_ops[insn->code >> 4];

	if (!op) {
		put_bug(out, "jmp_", insn->code);
		return;
	}
	put_code(out, insn->code);
	buf_add(out, "if ", 3);
	put_reg(out, reg, insn->dst_reg);
	buf_char(out, ' ');
	buf_str(out, op);
	buf_char(out, ' ');
	if (insn->code & BPF_X)
		put_reg(out, reg, insn->src_reg);
	else
		put_hex(out, (uint32_t)insn->imm);
	put_jump(out, " goto", insn->off);
}

static void put_jmp(struct buf *out, const struct bpf_insn *insn, const struct disasm_names *names)
{
	switch (insn->code) {
	case BPF_JMP | BPF_CALL: put_call(out, insn, names); return;
	case BPF_JMP | BPF_EXIT:
		put_code(out, insn->code);
		buf_add(out, "exit", 4);
		return;
	case BPF_JMP | BPF_JA:
		put_code(out, insn->code);
		put_jump(out, "goto", insn->off);
		return;
	case OPCODE_GOTOL:
		put_code(out, insn->code);
		put_jump(out, "gotol", insn->imm);
		return;
	case OPCODE_GOTOX:
		put_code(out, insn->code);
		buf_str(out, "gotox ");
		put_reg(out, 'r', insn->dst_reg);
		return;
	case OPCODE_MAYGOTO:
		if (insn->src_reg)
			break;
		put_code(out, insn->code);
		put_jump(out, "may_goto", insn->off);
		return;
	}
	put_condition(out, insn);
}

unsigned int disasm_insn(const struct bpf_insn *insn, size_t left, const struct disasm_names *names,
			 struct buf *out)
{
	switch (CLASS_OF(insn->code)) {
	case BPF_LD:
		if (insn_slots(insn) == 2)
			return put_imm64(out, insn, left, names);
		put_packet_load(out, insn);
		break;
	case BPF_LDX: put_load(out, insn); break;
	case BPF_ST:
	case BPF_STX: put_store(out, insn); break;
	case BPF_JMP:
	case BPF_JMP32: put_jmp(out, insn, names); break;
	default: put_alu(out, insn);
	}
	return 1;
}
