# SPDX-License-Identifier: GPL-2.0-or-later
"""prog/ID/xlated and its kin, line by line beside bpftool's dump."""
import json
import os
import shutil
import subprocess
import tempfile

import pytest

import kernel
from kernel import insn
from oracle import bpftool, bpftool_text
from test_prog import WITH_PROGRAMS, short

FORMS = {"xlated": [], "xlated.opcodes": ["opcodes"], "xlated.linum": ["linum"]}


@pytest.fixture(params=WITH_PROGRAMS, ids=short)
def programs(request, loaded):
    return [kernel.id_of(fd) for fd in loaded(request.param).progs.values()]


def lines(text):
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize("form", FORMS)
def test_text_is_bpftools(view, programs, form):
    for number in programs:
        expected = bpftool_text("prog", "dump", "xlated", "id", number, *FORMS[form])
        assert lines(view.text("prog", number, form)) == lines(expected)


def test_json_is_bpftools(view, programs):
    for number in programs:
        expected = bpftool("prog", "dump", "xlated", "id", number)
        assert view.json("prog", number, "xlated.json") == expected


def test_bin_is_bpftools(view, programs):
    for number in programs:
        with tempfile.NamedTemporaryFile() as file:
            subprocess.run(["bpftool", "prog", "dump", "xlated", "id", str(number), "file",
                            file.name], check=True)
            assert view.read("prog", number, "xlated.bin") == file.read()


def test_source_has_the_lines_of_linum(view, programs):
    for number in programs:
        said = {line[2:].split(" [file:")[0].strip()
                for line in lines(view.text("prog", number, "xlated.linum"))
                if line.startswith("; ") and "[file:" in line}
        if not said:
            continue
        source = view.text("prog", number, "source")
        missing = [line for line in said if line not in source]
        assert not missing, f"{missing} of program {number} are not in its source"


def test_cfg_is_accepted_by_dot(view, programs):
    for number in programs:
        graph = view.read("prog", number, "cfg.dot")
        assert graph.startswith(b"digraph")
        if shutil.which("dot"):
            drawn = subprocess.run(["dot", "-Tplain"], input=graph, capture_output=True,
                                   check=False)
            assert drawn.returncode == 0 and not drawn.stderr, drawn.stderr


def test_cfg_has_the_edges_of_a_branch(view):
    branch = (insn(0xb7, 0, imm=1) + insn(0x15, 1, off=1) + insn(0xb7, 0, imm=2) + insn(0x95))
    with kernel.Prog(branch) as prog:
        graph = view.text("prog", prog.id, "cfg.dot")
        # entry block, the block jumped over, the exit block: at least three edges join them
        assert graph.count("->") >= 3


ATOMIC64, ATOMIC32 = 0xdb, 0xc3
STACK_READY = insn(0xb7, 1, imm=5) + insn(0x7b, 10, 1, off=-8)
RAW = {
    # instruction set version 4 and atomics: the compiler of the release cannot make them
    "sdiv": insn(0xb7, 1, imm=-7) + insn(0xb7, 2, imm=2) + insn(0x3f, 1, 2, off=1)
    + insn(0x9f, 1, 2, off=1) + insn(0x37, 1, off=1, imm=3) + insn(0x97, 1, off=1, imm=3)
    + insn(0x3c, 1, 2, off=1) + insn(0x9c, 1, 2, off=1),
    "movsx": insn(0xb7, 1, imm=-7) + b"".join(insn(0xbf, 2, 1, off=bits) for bits in (8, 16, 32))
    + b"".join(insn(0xbc, 2, 1, off=bits) for bits in (8, 16)),
    "bswap": insn(0xb7, 1, imm=-7) + b"".join(insn(code, 1, imm=bits) for bits in (16, 32, 64)
                                             for code in (0xd7, 0xd4, 0xdc)),
    "ldsx": STACK_READY + insn(0x91, 1, 10, off=-8) + insn(0x89, 1, 10, off=-8)
    + insn(0x81, 1, 10, off=-8),
    "gotol": insn(0x61, 2, 1) + insn(0x15, 2, off=1, imm=5) + insn(0x06, imm=1) + insn(0xb7, 0),
    "jmp32": insn(0xb7, 1, imm=-7) + b"".join(
        insn(op << 4 | 6, 1, imm=3) for op in (1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13))
    + b"".join(insn(op << 4 | 0xe, 1, 1) for op in (1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13)),
    "may_goto": insn(0xe5, off=1) + insn(0x05),
    "atomics": STACK_READY + b"".join(
        insn(width, 10, 1, off=-8, imm=op) for width in (ATOMIC64, ATOMIC32)
        for op in (0x00, 0x40, 0x50, 0xa0)) + b"".join(
        insn(0xb7, 1, imm=1) + insn(ATOMIC64, 10, 1, off=-8, imm=op)
        for op in (0x01, 0x41, 0x51, 0xa1, 0xe1)) + insn(0xb7, 0)
    + insn(0xb7, 1, imm=1) + insn(ATOMIC64, 10, 1, off=-8, imm=0xf1),
    "load_acquire": STACK_READY + insn(ATOMIC64, 1, 10, off=-8, imm=0x100)
    + insn(ATOMIC64, 10, 1, off=-8, imm=0x110),
    "stores": b"".join(insn(code, 10, off=-8, imm=-3) for code in (0x62, 0x6a, 0x72, 0x7a)),
    "packet": insn(0xbf, 6, 1) + insn(0x20, imm=12) + insn(0x28, imm=12) + insn(0x30, imm=12)
    + insn(0xb7, 2) + insn(0x50, 0, 2, imm=3),
    "neg": insn(0xb7, 1, imm=-7) + insn(0x87, 1) + insn(0x84, 1),
}


@pytest.mark.parametrize("name", RAW)
def test_instructions_the_compiler_cannot_make(view, name):
    try:
        prog = kernel.Prog(RAW[name] + kernel.EXIT_0)
    except OSError as err:
        pytest.skip(f"this kernel: {os.strerror(err.errno)}: {str(err)[-200:]!r}")
    with prog:
        expected = lines(bpftool_text("prog", "dump", "xlated", "id", prog.id))
        found = lines(view.text("prog", prog.id, "xlated"))
        if any("BUG" in line for line in expected):
            # an older bpftool: the words of the kernel's verifier
            assert name == "load_acquire" and len(found) == len(expected)
            assert found[2].endswith("(db) r1 = load_acquire((u64 *)(r10 -8))")
            assert found[3].endswith("(db) store_release((u64 *)(r10 -8), r1)")
        else:
            assert found == expected


def test_opcodes_are_the_bytes(view):
    with kernel.Prog(RAW["sdiv"] + kernel.EXIT_0) as prog:
        raw = view.read("prog", prog.id, "xlated.bin")
        shown = [line.strip() for line in lines(view.text("prog", prog.id, "xlated.opcodes"))]
        digits = "".join(line.replace(" ", "") for line in shown if ":" not in line)
        assert bytes.fromhex(digits) == raw


def test_json_opcodes_agree(view, loaded):
    number = kernel.id_of(loaded("calls").progs["with_subprograms"])
    code = [item for item in view.json("prog", number, "xlated.json") if "disasm" in item]
    text = [line for line in lines(view.text("prog", number, "xlated"))
            if line[:1] == " " and ": (" in line]
    assert [line.split(": ", 1)[1] for line in text] == [item["disasm"] for item in code]


def test_big_program(view):
    with kernel.Prog(insn(0xb7, 0) * 60000 + kernel.EXIT_0) as prog:
        shown = lines(view.text("prog", prog.id, "xlated"))
        assert len(shown) == len(view.read("prog", prog.id, "xlated.bin")) // 8
        assert shown == lines(bpftool_text("prog", "dump", "xlated", "id", prog.id))
        assert json.loads(view.read("prog", prog.id, "xlated.json"))


def test_wide_immediates_are_named(view, loaded):
    held = loaded("code")
    number = kernel.id_of(held.progs["immediates"])
    text = view.text("prog", number, "xlated")
    assert f"map[id:{kernel.id_of(held.maps['table'])}]" in text
    assert f"map[id:{kernel.id_of(held.maps['code.data'])}][0]+0" in text
    assert "0xfedcba9876543210" in text
    text = view.text("prog", kernel.id_of(loaded("calls").progs["with_callbacks"]), "xlated")
    assert "subprog[" in text
