# SPDX-License-Identifier: GPL-2.0-or-later
"""bpfview-gen min-core-btf: the least of a kernel's BTF."""
import os
import struct

import pytest

import objects
from gen import ALL, CORE, VMLINUX, gen, run, tags
from oracle import bpftool

OWN = [path for path in ALL if path.startswith(f"{objects.BUILD}/bpf/")]


def reduced(tmp_path, *paths):
    out = tmp_path / "least.btf"
    gen("min-core-btf", VMLINUX, out, *paths)
    return out


def types(path):
    return bpftool("btf", "dump", "file", path)["types"]


def load_tags(path, btf=None):
    try:
        with objects.Object(path, btf=btf) as loaded:
            return tags(loaded)
    except OSError as err:
        if not btf:
            pytest.skip(f"{os.path.basename(path)}, this kernel: {os.strerror(err.errno)}")
        raise


@pytest.mark.parametrize("path", [CORE, *OWN], ids=os.path.basename)
def test_relocates_as_with_the_whole(tmp_path, path):
    least = reduced(tmp_path, path)
    assert os.path.getsize(least) < os.path.getsize(VMLINUX) / 500
    whole = load_tags(path)
    assert whole and load_tags(path, least) == whole


def test_that_of_another_object_does_not_do(tmp_path):
    """So the file is what counts, not the kernel's own BTF."""
    least = reduced(tmp_path, OWN[0])
    try:
        with objects.Object(CORE, btf=least) as loaded:
            assert tags(loaded) != load_tags(CORE)
    except OSError:
        pass


def test_one_for_several_objects(tmp_path):
    least = reduced(tmp_path, CORE, *OWN)
    for path in (CORE, *OWN):
        assert load_tags(path, least) == load_tags(path)


@pytest.mark.parametrize("path", [CORE, *ALL], ids=os.path.basename)
def test_as_small_as_bpftools(tmp_path, path):
    theirs = tmp_path / "theirs.btf"
    done = run("gen", "min_core_btf", VMLINUX, theirs, path, tool="bpftool")
    ours = reduced(tmp_path, path)
    if done.returncode:  # it wants to see relocations
        assert types(ours) == []
        return
    assert os.path.getsize(ours) <= os.path.getsize(theirs) * 1.1 + 100
    # of types to match bpftool keeps all members, such as one of upid that core.bpf.c does not have
    assert {(t["kind"], t["name"]) for t in types(theirs)} - {("STRUCT", "pid_namespace")} <= \
        {(t["kind"], t["name"]) for t in types(ours)}


def test_of_a_struct_only_what_is_used(tmp_path):
    tasks = [t for t in types(reduced(tmp_path, CORE)) if t["name"] == "task_struct"]
    assert len(tasks) == 1
    members = {member["name"] for member in tasks[0]["members"]}
    assert {"comm", "thread_pid", "tasks", "in_execve"} <= members
    assert members <= {"comm", "thread_pid", "tasks", "in_execve", "sched_reset_on_fork",
                       "sched_contributes_to_load", "thread_info", "__state", "state", "(anon)"}
    whole = next(t for t in types(VMLINUX) if t["name"] == "task_struct" and t["kind"] == "STRUCT")
    assert tasks[0]["size"] == whole["size"]
    for member in tasks[0]["members"]:
        assert member["bits_offset"] in {m["bits_offset"] for m in whole["members"]
                                         if m["name"] == member["name"]}


def test_an_object_that_asks_for_nothing(tmp_path):
    out = reduced(tmp_path, f"{objects.PROGS}/globals.bpf.o")
    assert types(out) == []


def swapped(blob):
    """Raw BTF in the other byte order: header and types are words but for the first eight bytes."""
    magic, version, flags, size = struct.unpack_from("=HBBI", blob)
    words = struct.unpack_from("=4I", blob, 8)
    head = struct.pack(">HBBI4I", magic, version, flags, size, *words)
    kinds = blob[size:size + words[1]]
    body = b"".join(struct.pack(">I", *struct.unpack_from("=I", kinds, i))
                    for i in range(0, len(kinds), 4))
    return head + body + blob[size + words[2]:]


def test_of_a_machine_of_the_other_byte_order(tmp_path):
    least = reduced(tmp_path, CORE)
    other, out = tmp_path / "other.btf", tmp_path / "out.btf"
    other.write_bytes(swapped(least.read_bytes()))
    gen("min-core-btf", other, out, CORE)
    assert out.read_bytes() == other.read_bytes()
