# SPDX-License-Identifier: GPL-2.0-or-later
"""prog/: what is said of every test program, beside what bpftool says."""
import os
import socket
import subprocess
import sys

import pytest

import kernel
import objects
from oracle import bpftool, check, differences, holders, parse_text

pytestmark = pytest.mark.guest

MAPS_ONLY = ("kinds", "kinds_new", "types")
WITH_PROGRAMS = [name for name in objects.names() if name not in MAPS_ONLY] + objects.XDP_TOOLS
REFUSED = ("on_kprobe", "on_fentry", "on_fexit", "on_fmod_ret", "on_lsm", "on_lsm_cgroup",
           "on_kernel_variable")
# Figures that move while a test runs.
MOVING = ("run_cnt", "run_time_ns", "recursion_misses")


def short(path):
    return os.path.basename(path).removesuffix(".o")


@pytest.fixture(params=WITH_PROGRAMS, ids=short)
def programs(request, loaded):
    """The ids of an object's programs, by name."""
    return {name: kernel.id_of(fd) for name, fd in loaded(request.param).progs.items()}


def test_info_json_is_bpftools(view, programs):
    for number in programs.values():
        check(bpftool("prog", "show", "id", number), view.json("prog", number, "info.json"),
              "info.json", MOVING)


def test_info_text_has_the_facts_of_info_json(view, programs):
    for number in programs.values():
        text = parse_text(view.text("prog", number, "info"))
        facts = view.json("prog", number, "info.json")
        assert list(text) == list(facts)
        for key, value in facts.items():
            if key in ("loaded_at", *MOVING):
                assert text[key]
            elif isinstance(value, bool):
                assert text[key] == str(value).lower(), key
            elif isinstance(value, (int, str)):
                assert text[key] == str(value), key
            elif isinstance(value, list) and value and isinstance(value[0], int):
                assert text[key].replace(",", " ").split() == [str(v) for v in value], key


def test_full_name_is_the_functions(view, programs):
    for name, number in programs.items():
        facts = view.json("prog", number, "info.json")
        assert facts["name"] == (name if "btf_id" in facts else name[:15])


@pytest.mark.parametrize("name", REFUSED)
def test_types_that_some_kernels_refuse(view, name):
    try:
        with objects.Object(objects.REFUSED, name) as held:
            number = kernel.id_of(held.progs[name])
            check(bpftool("prog", "show", "id", number), view.json("prog", number, "info.json"))
            assert view.read("prog", number, "xlated")
    except OSError as err:
        if err.filename:
            raise
        pytest.skip(f"this kernel: {os.strerror(err.errno)}")


def test_metadata(view, loaded):
    number = kernel.id_of(loaded("names").progs["a_name_longer_than_the_rest"])
    facts = view.json("prog", number, "info.json")
    assert facts["metadata"]["author"] == "bpfview's tests"
    assert facts["metadata"]["build"] == 42
    assert facts["metadata"]["version"] == {"major": 1, "minor": 7}
    assert "not_metadata" not in str(facts)
    text = view.text("prog", number, "info")
    assert "bpfview's tests" in text and "42" in text


def test_map_links(view, loaded):
    held = loaded("net")
    number = kernel.id_of(held.progs["count_xdp"])
    flows = kernel.id_of(held.maps["flows"])
    assert view.json("prog", number, "info.json")["map_ids"] == [flows]
    assert view.list("prog", number, "maps") == ["flows"]
    assert view.target("prog", number, "maps", "flows") == f"map/{flows}"
    users = {kernel.id_of(held.progs[name]) for name in ("count_xdp", "count_tc")}
    assert users == {int(name.split(".")[-1]) if name.isdigit() else
                     int(view.target("map", flows, "progs", name).split("/")[1])
                     for name in view.list("map", flows, "progs")}


def test_maps_of_the_same_name_have_links_of_their_own(view):
    with kernel.Map("array", 4, 8, 1, name="twin") as a, \
            kernel.Map("array", 4, 8, 1, name="twin") as b:
        code = b"".join(kernel.insn(0x18, 1, 1, imm=m.fd) + kernel.insn(0) for m in (a, b))
        with kernel.Prog(code + kernel.EXIT_0) as prog:
            folder = view.links("prog", prog.id, "maps")
            found = {view.target("prog", prog.id, "maps", name) for name in folder}
            assert found == {f"map/{a.id}", f"map/{b.id}"}
            assert set(folder) == {f"twin.{a.id}", f"twin.{b.id}"}


def test_btf_link(view, loaded):
    number = kernel.id_of(loaded("net").progs["count_xdp"])
    btf = view.json("prog", number, "info.json")["btf_id"]
    target = os.readlink(view.at("prog", number, "btf"))
    assert not target.startswith("/") and target.split("/")[-2:] == ["btf", str(btf)]
    with kernel.Prog() as plain:
        with pytest.raises(FileNotFoundError):
            os.readlink(view.at("prog", plain.id, "btf"))


def test_pids_are_those_of_proc(view, loaded):
    number = kernel.id_of(loaded("net").progs["count_tc"])
    expected = holders("prog", number)
    assert os.getpid() in [holder["pid"] for holder in expected]
    assert view.json("prog", number, "pids.json") == {"id": number, "pids": expected}
    assert view.json("prog", number, "info.json")["pids"] == expected
    text = view.text("prog", number, "pids")
    for holder in expected:
        assert str(holder["pid"]) in text and holder["comm"] in text


def test_pids_follow_a_holder_that_comes_and_goes(view):
    with kernel.Prog(name="handed_over") as prog:
        code = "import sys; print(flush=True); sys.stdin.read()"
        child = subprocess.Popen([sys.executable, "-c", code], pass_fds=[prog.fd],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.readline()

        def pids():
            return {holder["pid"] for holder in view.json("prog", prog.id, "pids.json")["pids"]}

        # a table of holders may be a moment old
        kernel.wait_until(lambda: pids() == {os.getpid(), child.pid}, what="a new holder")
        child.communicate()
        kernel.wait_until(lambda: pids() == {os.getpid()}, what="one holder less")


def test_pins(view, bpffs):
    folder = os.path.join(bpffs, "some folder")
    os.mkdir(folder)
    with kernel.Prog(name="pinned_one") as prog, kernel.Map("array", 4, 4, 1) as a_map:
        first, second = os.path.join(bpffs, "a"), os.path.join(folder, "b")
        kernel.pin(prog.fd, first)
        kernel.pin(prog.fd, second)
        kernel.pin(a_map.fd, os.path.join(folder, "map"))
        assert view.text("prog", prog.id, "pins").splitlines() == [first, second]
        assert view.text("map", a_map.id, "pins").splitlines() == [os.path.join(folder, "map")]
        expected = bpftool("-f", "prog", "show", "id", prog.id)
        assert sorted(expected["pinned"]) == [first, second]
        facts = view.json("prog", prog.id, "info.json")
        assert sorted(facts["pinned"]) == [first, second]
        check(expected, {**facts, "pinned": expected["pinned"]})
        check(bpftool("-f", "map", "show", "id", a_map.id),
              view.json("map", a_map.id, "info.json"))
        os.unlink(first)
        assert view.text("prog", prog.id, "pins").splitlines() == [second]
        os.unlink(second)
        assert view.read("prog", prog.id, "pins") == b""
        os.unlink(os.path.join(folder, "map"))
    os.rmdir(folder)


def test_list_is_bpftools(view, loaded):
    ours = {kernel.id_of(fd) for held in loaded.all() for fd in held.progs.values()}
    expected = {item["id"]: item for item in bpftool("prog", "show")}
    found = {item["id"]: item for item in view.json("prog", "list.json")}
    assert ours <= set(found)
    for number in ours:
        check(expected[number], found[number], f"list.json {number}", MOVING)
    assert list(found) == sorted(found)


def test_list_columns(view, loaded):
    held = loaded("net")
    header, *rows = view.text("prog", "list").splitlines()
    columns = header.split()
    assert columns[0] == "id" and {"type", "name", "tag"} <= set(columns)
    table = {row.split()[0]: row for row in rows}
    assert len(table) == len(rows)
    for name, fd in held.progs.items():
        number = str(kernel.id_of(fd))
        row = table[number]
        facts = view.json("prog", number, "info.json")
        for column in ("id", "type", "name", "tag"):
            start = header.index(column)
            assert row[start:].split()[0] == str(facts[column]), (name, column)
            assert start == 0 or row[start - 1] == " "


def test_stats(view, loaded):
    number = kernel.id_of(loaded("net").progs["let_out"])
    facts = view.json("prog", number, "stats.json")
    assert set(facts) >= {"run_cnt", "run_time_ns", "recursion_misses"}
    assert all(isinstance(facts[key], int) for key in ("run_cnt", "run_time_ns"))
    assert list(parse_text(view.text("prog", number, "stats"))) == list(facts)


@pytest.mark.parametrize("kind", [kernel.SOCKET_FILTER, kernel.XDP, kernel.SYSCALL])
def test_programs_without_btf(view, kind):
    flags = 1 << 4 if kind == kernel.SYSCALL else 0
    with kernel.Prog(kind=kind, name="no.btf_1", flags=flags) as prog:
        facts = view.json("prog", prog.id, "info.json")
        check(bpftool("prog", "show", "id", prog.id), facts)
        assert facts["name"] == "no.btf_1" and "btf_id" not in facts


def test_program_without_name(view):
    with kernel.Prog() as prog:
        facts = view.json("prog", prog.id, "info.json")
        check(bpftool("prog", "show", "id", prog.id), facts)
        row = [line for line in view.text("prog", "list").splitlines()
               if line.split()[0] == str(prog.id)]
        assert len(row) == 1
        assert prog.id not in [int(view.target("prog", "by-name", name).split("/")[1])
                               for name in view.list("prog", "by-name") if name.startswith(".")]


def test_classic_filters_are_no_programs_of_ours(view):
    """A socket's classic filter is BPF inside, yet has no id: nothing of it may appear."""
    before = set(view.list("prog"))
    with kernel.Prog(name="on_a_socket") as prog, socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, 50, prog.fd)  # SO_ATTACH_BPF
        assert str(prog.id) in set(view.list("prog")) - before
        number = prog.id
        prog.close()
        assert view.json("prog", number, "info.json")["id"] == number
    kernel.wait_until(lambda: not kernel.exists("prog", number))
    assert not os.path.exists(view.at("prog", number))


def test_differences_finds_what_differs():
    """The comparison itself."""
    assert not differences({"a": [1, {"b": "c"}]}, {"a": [1, {"b": "c", "new": 1}]})
    for wrong in ({}, {"a": "1"}, {"a": 2}, {"a": True}, {"a": [1]}):
        assert differences({"a": 1}, wrong)
