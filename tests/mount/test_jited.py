# SPDX-License-Identifier: GPL-2.0-or-later
"""prog/ID/jited and its kin beside objdump and the kernel's own numbers."""
import errno
import os
import re
import shutil
import subprocess

import pytest

import daemon
import kernel
from kernel import insn
from oracle import parse_text
from test_code import lines
from test_prog import WITH_PROGRAMS, short

FORMS = ("jited", "jited.opcodes", "jited.linum", "jited.json", "jited.bin")
MACHINES = {"x86_64": "i386:x86-64", "aarch64": "aarch64"}
INSTRUCTION = re.compile(r" *([0-9a-f]+):\t(.*)")


@pytest.fixture(params=WITH_PROGRAMS, ids=short)
def programs(request, loaded):
    return [kernel.id_of(fd) for fd in loaded(request.param).progs.values()]


@pytest.fixture(autouse=True)
def with_jit(view):
    with kernel.Prog() as prog:
        if not view.json("prog", prog.id, "info.json")["jited"]:
            pytest.skip("this kernel compiles no programs")


def blocks(text):
    """[(symbol, [(offset, instruction)])], without source lines."""
    found = []
    for line in lines(text):
        matched = INSTRUCTION.fullmatch(line)
        if matched:
            found[-1][1].append((int(matched[1], 16), matched[2]))
        elif re.fullmatch(r"bpf_prog_\w+:|0x[0-9a-f]{16}:", line):
            found.append((line[:-1], []))
    return found


def bpf_symbols():
    """(name, address) of what the kernel calls its programs; empty where it does not say.  Others may
    have programs of the same name, and what they free makes a reader of the table miss some."""
    found = set()
    with open("/proc/kallsyms") as table:
        for line in table:
            address, _, name = line.rstrip("\n").split(" ", 2)
            if name.endswith("\t[bpf]") and int(address, 16):
                found.add((name.split("\t")[0], int(address, 16)))
    return found


def test_bytes_add_up(view, programs):
    for number in programs:
        info = view.json("prog", number, "info.json")
        raw = view.read("prog", number, "jited.bin")
        assert len(raw) == info["bytes_jited"]
        shown = [line.strip() for line in view.text("prog", number, "jited.opcodes").splitlines()
                 if re.fullmatch(r"\t([0-9a-f]{2} )+", line)]
        assert bytes.fromhex("".join(shown)) == raw


def test_blocks_are_the_kernels_sub_programs(view, programs):
    symbols = set()
    for number in programs:
        info = view.json("prog", number, "info.json")
        found = blocks(view.text("prog", number, "jited"))
        subprograms = [sub["symbol"] for sub in info.get("subprogs", [])]
        assert [name for name, _ in found] == (subprograms or [found[0][0]])
        assert found[0][0].startswith(f"bpf_prog_{info['tag']}") or subprograms
        native = view.json("prog", number, "jited.json")
        for (name, _), block in zip(found, native, strict=True):
            assert block["name"] == name
            symbols.add((name, int(block["address"], 16)))
    if bpf_symbols():
        kernel.wait_until(lambda: symbols <= bpf_symbols(), what="finding all in kallsyms")


def test_json_says_the_same(view, programs):
    for number in programs:
        native = view.json("prog", number, "jited.json")
        for (_, code), block in zip(blocks(view.text("prog", number, "jited")), native,
                                    strict=True):
            assert [hex(offset) for offset, _ in code] == [one["pc"] for one in block["insns"]]
            for (_, text), one in zip(code, block["insns"]):
                assert text.startswith(one["operation"])
                operands = [part for part in one["operands"] if part is not None]
                assert ",".join(operands) in text.replace(", ", ",")
                assert ("target" in one) == text.endswith(">")
                assert f"<{one.get('target')}>" in text or "target" not in one


def objdump(raw, machine):
    """[(offset, instruction)] of a piece of code at address 0."""
    name = f"/proc/self/fd/{os.memfd_create('code', 0)}"
    fd = int(name.rsplit("/", 1)[1])
    try:
        os.write(fd, raw)
        done = subprocess.run(["objdump", "-D", "-b", "binary", "-m", machine, "-w",
                               "--no-show-raw-insn", "-z", name], capture_output=True, check=True,
                              pass_fds=[fd])
    finally:
        os.close(fd)
    return [(int(matched[1], 16), matched[2]) for matched in
            map(INSTRUCTION.fullmatch, lines(done.stdout.decode())) if matched]


def bare(text, start):
    """An instruction with addresses counted from the start of its code, and no names."""
    text = re.sub(r" <[^>]*>$", "", text)
    text = re.sub(r"0x([0-9a-f]{16})$", lambda one: hex(
        (int(one[1], 16) - start) & (1 << 64) - 1), text)
    return re.sub(r"\s+", " ", text).rstrip()


def sizes(text):
    """Bytes of each block of a dump with opcodes."""
    found = []
    for line in text.splitlines():
        if line.startswith("   0:\t"):
            found.append(0)
        elif re.fullmatch(r"\t([0-9a-f]{2} )+", line):
            found[-1] += len(line.split())
    return found


def test_agrees_with_objdump(view, programs):
    machine = MACHINES.get(os.uname().machine)
    if not machine or not shutil.which("objdump"):
        pytest.skip("no objdump for this machine")
    for number in programs:
        raw, at = view.read("prog", number, "jited.bin"), 0
        code = blocks(view.text("prog", number, "jited"))
        starts = [int(one["address"], 16) for one in view.json("prog", number, "jited.json")]
        lengths = sizes(view.text("prog", number, "jited.opcodes"))
        assert sum(lengths) == len(raw)
        for (_, ours), start, length in zip(code, starts, lengths, strict=True):
            theirs = objdump(raw[at:at + length], machine)
            assert [(offset, bare(text, start)) for offset, text in ours] == \
                [(offset, bare(text, 0)) for offset, text in theirs]
            at += length


def llvm(raw, folder):
    """The same by a disassembler that shares no code with binutils, prefixes before what they are
    for."""
    plain, made = folder / "code", folder / "code.o"
    plain.write_bytes(raw)
    subprocess.run(["objcopy", "-I", "binary", "-O", "elf64-x86-64", "--rename-section",
                    ".data=.text,alloc,load,readonly,code,contents", plain, made], check=True)
    done = subprocess.run(["llvm-objdump", "-d", "-z", "--no-show-raw-insn", made],
                          capture_output=True, check=True)
    found, prefix = [], None
    for at, text in re.findall(r"^ *([0-9a-f]+):\s+(.*?)(?: *[<#].*)?$", done.stdout.decode(),
                               re.M):
        if prefix:
            at, text, prefix = prefix[0], f"{prefix[1]} {text}", None
        if text in ("lock", "rep", "repne"):
            prefix = at, text
        else:
            found.append((int(at, 16), text))
    return found


def numbers(text):
    """Immediate values and displacements, as far as all spellings agree on them."""
    return [int(value or displacement or "0", 0) & 0xffffffff for value, displacement in
            re.findall(r"\$(-?\w+)|(-?\w*)\(", text)]


def test_agrees_with_llvm(view, programs, tmp_path):
    """Where instructions begin, what they are (AT&T's letters for sizes aside), their registers and
    numbers."""
    if os.uname().machine != "x86_64" or not shutil.which("llvm-objdump"):
        pytest.skip("no llvm-objdump, or another machine than it is asked for")
    for number in programs:
        lengths = sizes(view.text("prog", number, "jited.opcodes"))
        blocks_of = view.json("prog", number, "jited.json")
        code = [(sum(lengths[:i]) + int(one["pc"], 16), one)
                for i, block in enumerate(blocks_of) for one in block["insns"]]
        theirs = llvm(view.read("prog", number, "jited.bin"), tmp_path)
        assert [at for at, _ in code] == [at for at, _ in theirs]
        for (_, one), (_, text) in zip(code, theirs):
            operation, _, operands = text.rpartition("\t")
            ours = ",".join(part for part in one["operands"] if part)
            if not operation:
                operation, operands = text, ""
            assert re.fullmatch(f"{one['operation']}[bwlq]?", operation.replace("\t", " ")), text
            assert re.findall(r"%\w+", ours) == re.findall(r"%\w+", operands), text
            if "target" not in one and not operation.startswith("j"):
                assert numbers(ours) == numbers(operands.replace(" ", "")), text


def test_source_lines_are_those_of_xlated(view, programs):
    for number in programs:
        for form in ("", ".linum"):
            native = {line for line in lines(view.text("prog", number, "jited" + form))
                      if line.startswith("; ")}
            translated = {line for line in lines(view.text("prog", number, "xlated" + form))
                          if line.startswith("; ")}
            assert native <= translated
            assert bool(native) == bool(translated)


def test_calls_of_kernel_functions_have_names(view, loaded):
    prog = kernel.id_of(loaded("kfuncs").progs["with_kernel_functions"])
    assert re.search(r"<bpf_rcu_read_lock>$", view.text("prog", prog, "jited"), re.M)


def test_calls_have_names(view, loaded):
    held = loaded("calls")
    text = view.text("prog", kernel.id_of(held.progs["with_subprograms"]), "jited")
    for name in ("global_deeper", "global_sum", "mix_twice", "mix"):
        assert re.search(rf"^bpf_prog_[0-9a-f]{{16}}_{name}:$", text, re.M)
        assert re.search(rf" <bpf_prog_[0-9a-f]{{16}}_{name}>$", text, re.M), name
    if os.uname().machine == "x86_64":
        # a tail call through a known slot is a jump into the other program
        text = view.text("prog", kernel.id_of(held.progs["tail_first"]), "jited")
        assert re.search(r"<bpf_prog_[0-9a-f]{16}_tail_second\+0x[0-9a-f]+>$", text, re.M)


def test_jumps_within_name_lines(view, programs):
    for number in programs:
        for _, code in blocks(view.text("prog", number, "jited")):
            offsets = {offset for offset, _ in code}
            for _, text in code:
                within = re.search(r"<\+0x([0-9a-f]+)>$", text)
                assert not within or int(within[1], 16) in offsets


@pytest.mark.parametrize("size", [1, 4000, 60000])
def test_long_programs(view, size):
    with kernel.Prog(insn(0xb7, 1, imm=7) * size + kernel.EXIT_0) as prog:
        code = blocks(view.text("prog", prog.id, "jited"))[0][1]
        assert len(code) > size or size > 4000  # constants may be folded one day
        assert sum(len(block["insns"]) for block in view.json("prog", prog.id, "jited.json")) \
            == len(code)


def test_version_says_what_is_built_in(view):
    said = parse_text(view.text("version"))
    assert re.fullmatch(r"\d+\.\d+(\.\d+)*", said["BFD"])
    assert os.uname().machine in said["built in"]


def test_hidden_code_is_no_data(mount, monkeypatch, tmp_path):
    """A daemon that may not see kernel addresses is told no native code."""
    with open("/proc/sys/kernel/perf_event_paranoid") as file:
        if int(file.read()) < 2:
            pytest.skip("perf_event_paranoid lets everybody see kernel addresses")
    wrapper = tmp_path / "bpfview"
    wrapper.write_text(f'#!/bin/sh\nexec setpriv --bounding-set -syslog {daemon.BINARY} "$@"\n')
    wrapper.chmod(0o700)
    monkeypatch.setattr(daemon, "BINARY", str(wrapper))
    hidden = mount()
    with kernel.Prog() as prog:
        for form in FORMS:
            with pytest.raises(OSError) as failure:
                hidden.read("prog", prog.id, form)
            assert failure.value.errno == errno.ENODATA
        assert hidden.read("prog", prog.id, "info")
