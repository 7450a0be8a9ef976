# SPDX-License-Identifier: GPL-2.0-or-later
"""btf/ID/: whole BTF objects in four forms, and single types in C."""
import collections
import json
import os
import random
import re
import subprocess

import pytest

import kernel
import objects
from oracle import bpftool, bpftool_text, check
from test_reads import Folder, getdents

VMLINUX = "/sys/kernel/btf/vmlinux"
CLANG, GCC = ("clang", "-target", "bpf", "-g"), ("gcc",)
NAMED = ("STRUCT", "UNION", "ENUM", "ENUM64", "TYPEDEF", "FUNC")


@pytest.fixture(params=["vmlinux", *objects.names()])
def number(request, view, loaded):
    """The id of an object's BTF, or of the kernel's."""
    if request.param == "vmlinux":
        return view.json("btf", "by-name", "vmlinux", "info.json")["id"]
    held = loaded(request.param)
    users = [("prog", fd) for fd in held.progs.values()] + [("map", fd) for fd in held.maps.values()]
    numbers = [view.json(kind, kernel.id_of(fd), "info.json").get("btf_id") for kind, fd in users]
    return next(filter(None, numbers))


@pytest.fixture(scope="module")
def vmlinux(view):
    """The kernel's types by id, as the mount has them."""
    return {t["id"]: t for t in view.json("btf/by-name/vmlinux/json")["types"]}


def compile_c(compiler, text, tmp_path, *more):
    source, out = tmp_path / "types.c", tmp_path / "types.o"
    source.write_text(text)
    done = subprocess.run([*compiler, "-w", "-c", "-o", out, source, *more], capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr.decode()[:2000]
    return out


# --- whole objects ---


def test_raw_is_bpftools(view, number):
    ours, theirs = view.text("btf", number, "raw"), bpftool_text("btf", "dump", "id", number)
    if ours != theirs:
        pairs = zip(ours.splitlines(), theirs.splitlines())
        assert not next(((a, b) for a, b in pairs if a != b), "lengths differ")


def mend(types):
    """bpftool takes a 32-bit enumerator without sign for one with it, and extends that."""
    for item in types:
        if item["kind"] == "ENUM" and item["encoding"] == "UNSIGNED":
            for value in item["values"]:
                value["val"] &= 0xffffffff
    return types


def test_json_is_bpftools(view, number):
    ours, theirs = view.json("btf", number, "json"), bpftool("btf", "dump", "id", number)
    mend(theirs["types"])
    if ours != theirs:
        check(theirs, ours, "json")
    assert ours.keys() == theirs.keys()


def test_bin_is_the_blob(view, number, tmp_path):
    blob = view.read("btf", number, "bin")
    info = view.json("btf", number, "info.json")
    assert len(blob) == info["size"]
    if info.get("name") == "vmlinux":
        with open(VMLINUX, "rb") as file:
            assert blob == file.read()
        return
    (tmp_path / "blob").write_bytes(blob)
    assert bpftool("btf", "dump", "file", tmp_path / "blob") == \
        bpftool("btf", "dump", "id", number)
    with kernel.Btf(blob) as again:
        assert view.read("btf", again.id, "bin") == blob
        assert view.read("btf", again.id, "raw") == view.read("btf", number, "raw")


@pytest.mark.parametrize("compiler", [CLANG, GCC], ids=["clang", "gcc"])
def test_the_header_compiles(view, number, tmp_path, compiler):
    compile_c(compiler, view.text("btf", number, "c"), tmp_path)


def lines_of(header):
    """A header's lines without the frame, which words things in its own way; `()` became `(void)`
    in a later libbpf."""
    return collections.Counter(line.replace("()", "(void)") for line in header.splitlines()
                               if line.strip() and not re.match(r"#|/\*", line))


def test_the_header_is_bpftools(view, number):
    ours = lines_of(view.text("btf", number, "c"))
    theirs = lines_of(bpftool_text("btf", "dump", "id", number, "format", "c"))
    # which of several types of one name gets a suffix depends on the order; bpftool 7.5 loses one type
    missing, more = (theirs - ours).total(), (ours - theirs).total()
    assert missing <= theirs.total() / 5000 and more <= 5 + theirs.total() / 5000, \
        ((theirs - ours).most_common(10), (ours - theirs).most_common(10))


def test_the_header_is_sorted(view):
    text = view.text("btf/by-name/vmlinux/c")
    names = re.findall(r"^enum (\w+) {$", text, re.M)
    assert len(names) > 1000 and names == sorted(names)


PROGRAM = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

pid_t seen;

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	seen = BPF_CORE_READ(next, group_leader, tgid) + next->pid;
	return 0;
}

char _license[] SEC("license") = "GPL";
"""


def test_a_program_with_the_header_loads(view, tmp_path):
    (tmp_path / "vmlinux.h").write_text(view.text("btf/by-name/vmlinux/c"))
    out = compile_c(CLANG, PROGRAM, tmp_path, "-O2", "-D__TARGET_ARCH_x86", "-I", tmp_path)
    with objects.Object(str(out)) as held:
        assert set(held.progs) == {"on_switch"}


# --- single types ---


def names_of(types):
    """The names of files in type/, of types as `json` has them."""
    named = [t for t in types if t["kind"] in NAMED and t["name"] != "(anon)"]
    count = collections.Counter(t["name"] for t in named)
    return {f"{t['name']}.{t['id']}" if count[t["name"]] > 1 else t["name"]: t for t in named}


def test_every_named_type_is_listed(view, number):
    listed = view.list("btf", number, "type")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(names_of(view.json("btf", number, "json")["types"]))


def layout(types, kind, name):
    """Size and members of a struct among types as bpftool has them."""
    found = next(t for t in types if t["kind"] == kind.upper() and t["name"] == name)
    members = [(m["name"], m["bits_offset"], m.get("bitfield_size", 0)) for m in found["members"]
               if not m["name"].startswith("__gap")]
    return found["size"], members


def check_layout(view, tmp_path, number, file_name, item):
    """The text compiles to the layout that the BTF says."""
    kind, name = item["kind"].lower(), item["name"]
    text = view.text("btf", number, "type", file_name)
    out = compile_c(CLANG, f"{text}\n{kind} {name} probe;\n", tmp_path)
    found = layout(bpftool("btf", "dump", "file", out)["types"], kind, name)
    assert found == layout([item], kind, name), text[-3000:]
    asserts = [f'_Static_assert(sizeof({kind} {name}) == {item["size"]}, "size");']
    for member in item["members"]:
        if member["name"] != "(anon)" and not member.get("bitfield_size"):
            at = member["bits_offset"] // 8
            asserts.append(f"_Static_assert(__builtin_offsetof({kind} {name}, {member['name']})"
                           f' == {at}, "{member["name"]}");')
    compile_c(GCC, text + "\n".join(asserts), tmp_path)


def test_structs_have_their_layout(view, number, tmp_path):
    types = view.json("btf", number, "json")["types"]
    structs = {name: t for name, t in names_of(types).items() if t["kind"] in ("STRUCT", "UNION")}
    some = sorted(structs)
    if len(some) > 60:
        odd = [name for name in some
               if any(m.get("bitfield_size") for m in structs[name]["members"])]
        pick = random.Random(number).sample
        some = ["task_struct", "sk_buff", "net_device", *pick(odd, 20), *pick(some, 20)]
    for name in some:
        if structs[name]["size"]:
            check_layout(view, tmp_path, number, name, structs[name])


def test_other_types_compile(view, number, tmp_path):
    types = names_of(view.json("btf", number, "json")["types"])
    for kind in ("ENUM", "ENUM64", "TYPEDEF", "FUNC"):
        some = sorted(name for name, t in types.items() if t["kind"] == kind)
        if len(some) > 12:
            some = random.Random(number).sample(some, 12)
        for name in some:
            text = view.text("btf", number, "type", name)
            assert types[name]["name"] in text
            for compiler in (CLANG, GCC):
                compile_c(compiler, text, tmp_path, "-fno-builtin")


def test_offsets_and_sizes_are_told(view, vmlinux):
    text = view.text("btf/by-name/vmlinux/type/task_struct")
    body = text[text.index("struct task_struct {"):]
    task = next(t for t in vmlinux.values()
                if t["kind"] == "STRUCT" and t["name"] == "task_struct")
    for member in task["members"]:
        if member["name"] == "(anon)":
            continue
        at, bits = member["bits_offset"], member.get("bitfield_size")
        place = f"{at // 8}:{at % 8}, {bits} bits" if bits else f"{at // 8}, "
        assert re.search(rf"\b{member['name']}\b.*;\s+/\* {place}", body), member
    assert re.search(rf"^}};\s+/\* {task['size']} bytes \*/\n\Z", body, re.M)


def test_shared_names_have_their_id(view, vmlinux):
    shared = [(t["name"], name) for name, t in names_of(vmlinux.values()).items()
              if name != t["name"]]
    assert shared
    for name, file_name in shared[:40]:
        assert not os.path.lexists(view.at("btf/by-name/vmlinux/type", name))
        assert re.search(rf"\b{name}\b", view.text("btf/by-name/vmlinux/type", file_name))


@pytest.mark.parametrize("name", ["no_such_type", "task_struct.1", "task_struct.", "int", ".1",
                                  "task_struct.99999999999999999999", "x" * 255])
def test_no_such_type(view, name):
    with pytest.raises(FileNotFoundError):
        view.read("btf/by-name/vmlinux/type", name)


def test_places_in_the_listing_stay_valid(view):
    path = os.path.realpath(view.at("btf/by-name/vmlinux/type"))
    assert getdents(path, 300)[:3000] == getdents(path, 1 << 16)[:3000]
    folder, places = Folder(path), []
    for _ in range(5000):
        place = folder.tell()
        places.append((place, folder.read()))
    for place, entry in [*places[::-371], *places[::411]]:
        folder.seek(place)
        assert folder.read() == entry
    folder.close()


# --- objects that go away ---


def test_btf_that_goes_away(view, loaded):
    held = loaded("types")
    number = next(filter(None, (view.json("map", kernel.id_of(fd), "info.json").get("btf_id")
                                for fd in held.maps.values())))
    names = ["raw", "json", "c", "bin", "type/integers"]
    with kernel.Btf(view.read("btf", number, "bin")) as copy:
        gone = copy.id
        expected = {name: view.read("btf", gone, name) for name in names}
        files = {name: open(view.at("btf", gone, name), "rb") for name in names}
    kernel.wait_until(lambda: not kernel.exists("btf", gone), what="freeing of the BTF")
    for name, file in files.items():
        with file:
            assert file.read() == expected[name]
        with pytest.raises(FileNotFoundError):
            view.read("btf", gone, name)


def test_walk_over_one_object(mount, loaded, tmp_path):
    """Programs that read whole folders."""
    view = mount()
    held = loaded("types")
    number = next(filter(None, (view.json("map", kernel.id_of(fd), "info.json").get("btf_id")
                                for fd in held.maps.values())))
    folder = view.at("btf", number)
    for command in ("grep -ra integers . >{0}/out", "find . -ls", "cp -r . {0}/copy",
                    "tar -cf {0}/tar ."):
        done = subprocess.run(["sh", "-c", command.format(tmp_path)], cwd=folder,
                              capture_output=True, timeout=3 * kernel.PATIENCE, check=False)
        assert (done.returncode, done.stderr) == (0, b""), command
    assert (tmp_path / "copy/type/integers").read_bytes() == \
        view.read("btf", number, "type/integers")
    assert json.loads((tmp_path / "copy/json").read_text()) == view.json("btf", number, "json")
    kernel.wait_until(lambda: ("btf", number) not in view.bpf_fds(), what="closing of the BTF")
