# SPDX-License-Identifier: GPL-2.0-or-later
"""bpfview-gen header: types as a C header."""
import ctypes
import os
import struct
import subprocess

import pytest

import objects
from gen import ALL, CORE, VMLINUX, gen, refused, run

COMPILERS = {"gcc": ("gcc",), "g++": ("g++", "-fpermissive"), "clang": ("clang", "-target", "bpf", "-g")}

PROGRAM = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

pid_t seen;

SEC("tp_btf/sched_switch")
int on_switch(__u64 *ctx)
{
	struct task_struct *next = (void *)ctx[2];

	seen = BPF_CORE_READ(next, group_leader, tgid);
	return 0;
}

char _license[] SEC("license") = "GPL";
"""


def compiles(compiler, source, out):
    done = subprocess.run([*compiler, "-w", "-O2", "-c", "-o", out, source],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("path", [VMLINUX, CORE, *ALL], ids=os.path.basename)
def test_compiles(tmp_path, path, compiler):
    (tmp_path / "types.c").write_text(gen("header", path))
    compiles(COMPILERS[compiler], tmp_path / "types.c", tmp_path / "types.o")


def test_a_program_with_it_loads(tmp_path):
    gen("header", VMLINUX, "-o", tmp_path / "vmlinux.h")
    (tmp_path / "prog.bpf.c").write_text(PROGRAM)
    compiles(COMPILERS["clang"], tmp_path / "prog.bpf.c", tmp_path / "prog.bpf.o")
    with objects.Object(str(tmp_path / "prog.bpf.o")) as loaded:
        assert set(loaded.progs) == {"on_switch"}


def section(path, name):
    """The content of a section of an ELF file (elf(5))."""
    with open(path, "rb") as file:
        elf = file.read()
    table, = struct.unpack_from("=Q", elf, 40)
    size, count, names = struct.unpack_from("=3H", elf, 58)
    heads = [struct.unpack_from("=IIQQQQ", elf, table + i * size) for i in range(count)]
    for head in heads:
        at = heads[names][4] + head[0]
        if elf[at:elf.index(b"\0", at)] == name:
            return elf[head[4]:head[4] + head[5]]
    raise LookupError(name)


def test_raw_btf_is_as_in_an_elf_file(tmp_path):
    raw = tmp_path / "raw"
    raw.write_bytes(section(CORE, b".BTF"))
    assert gen("header", raw) == gen("header", CORE)
    assert "struct task_struct___never {" in gen("header", raw)


def split_btf(tmp_path):
    """BTF of a module: a struct with a member of a type of the kernel's."""
    lib = ctypes.CDLL("libbpf.so.1", use_errno=True)
    for name in ("btf__parse", "btf__new_empty_split", "btf__raw_data"):
        getattr(lib, name).restype = ctypes.c_void_p
    base = ctypes.c_void_p(lib.btf__parse(VMLINUX.encode(), None))
    btf = ctypes.c_void_p(lib.btf__new_empty_split(base))
    int_type = lib.btf__find_by_name(base, b"int")
    assert lib.btf__add_struct(btf, b"of_a_module", 4) > 0 and int_type > 0
    assert lib.btf__add_field(btf, b"its_member", int_type, 0, 0) == 0
    size = ctypes.c_uint32()
    data = lib.btf__raw_data(btf, ctypes.byref(size))
    (tmp_path / "module").write_bytes(ctypes.string_at(data, size.value))
    return tmp_path / "module"


def test_split_btf(tmp_path):
    module = split_btf(tmp_path)
    for words in (("header", "-B", VMLINUX, module), ("header", module, "--base-btf", VMLINUX),
                  ("-B", VMLINUX, "btf", "dump", "file", module, "format", "c")):
        text = gen(*words)
        assert "struct of_a_module {\n\tint its_member;\n};" in text
        assert "struct task_struct {" in text
    (tmp_path / "types.c").write_text(text)
    compiles(COMPILERS["gcc"], tmp_path / "types.c", tmp_path / "types.o")
    assert str(module) in refused("header", module)
    assert "no_such_base" in refused("header", "-B", "no_such_base", module)


def test_the_declarations_are_bpftools():
    def declared(text):
        return {line for line in text.splitlines() if line.endswith(" {")}

    theirs = run("btf", "dump", "file", VMLINUX, "format", "c", tool="bpftool").stdout
    missing = declared(theirs) - declared(gen("header", VMLINUX))
    assert len(missing) <= len(declared(theirs)) / 2000, missing
