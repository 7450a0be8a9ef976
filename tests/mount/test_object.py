# SPDX-License-Identifier: GPL-2.0-or-later
"""object/: libbpf's steps as folders and files, and what of it outlives the daemon."""
import errno
import json
import os
import shutil
import signal
import socket
import subprocess

import pytest

import kernel
from daemon import View, clear, own_bpffs
from objects import BUILD, path_of
from oracle import bpftool
from writing import last_words, order, put, refused


@pytest.fixture(scope="module")
def bpffs():
    """One that nobody else pins in."""
    with own_bpffs() as folder:
        yield folder


@pytest.fixture
def own(mount, bpffs):
    """A daemon whose objects are gone afterwards, and a look at what they left."""
    view = mount(f"bpffs={bpffs}")
    yield view
    for name in view.list("object"):
        if not name.startswith("list"):
            os.rmdir(view.at("object", name))
    assert os.listdir(f"{bpffs}/bpfview") == [] if os.path.exists(f"{bpffs}/bpfview") else True
    if os.path.exists(f"{bpffs}/stages_shared"):
        os.unlink(f"{bpffs}/stages_shared")


def begin(view, name, obj):
    os.mkdir(view.at("object", name))
    shutil.copyfile(path_of(obj), view.at("object", name, "elf"))
    return lambda *parts: view.at("object", name, *parts)


def ids_of(view, name):
    """Of all that an object has become."""
    info = view.json("object", name, "info.json")
    return {kind: {part["name"]: part["id"] for part in info[kind + "s"] if "id" in part}
            for kind in ("map", "prog", "link") if kind + "s" in info}


def gone(ids):
    return kernel.wait_until(lambda: not any(
        number in kernel.ids(kind) for kind, parts in ids.items() for number in parts.values()))


# --- the steps ---

def test_steps(own):
    at = begin(own, "foo", "stages")
    info = own.json("object/foo/info.json")
    assert info["state"] == "open" and "links" not in info
    assert {part["name"] for part in info["maps"]} == \
        {"flows", "counts", "stages_shared", "foo.rodata", "foo.data", "foo.bss"}
    assert {part["name"]: part["section"] for part in info["progs"]} == \
        {"count_calls": "raw_tp/sys_enter", "count_returns": "raw_tp/sys_exit", "pass": "xdp"}
    assert set(own.list("object/foo/var")) == \
        {"watched_pid", "first", "calls", "other", "neighbour", "note"}
    put(at("map/flows/max_entries"), "1000000\n")
    put(at("map/flows/map_flags"), "no_prealloc\n")
    put(at("prog/pass/autoload"), "0\n")
    put(at("var/watched_pid"), f"{os.getpid()}\n")
    put(at("var/first"), '.saddr=10.0.0.1\n')
    order(at("load"), "1\n")
    ids = ids_of(own, "foo")
    assert own.json("object/foo/info.json")["state"] == "loaded"
    assert set(ids["prog"]) == {"count_calls", "count_returns"}
    shown = bpftool("map", "show", "id", ids["map"]["flows"])
    assert (shown["max_entries"], shown["flags"]) == (1000000, 1)
    for name, number in ids["map"].items():
        assert own.target("object/foo/map", name, "map") == f"map/{number}"
    assert "prog" not in own.list("object/foo/prog/pass")
    assert own.target("object/foo/prog/count_calls/prog") == f"prog/{ids['prog']['count_calls']}"
    before = int(own.text("object/foo/var/calls"))
    assert before == 5
    order(at("attach"), "1\n")
    assert own.json("object/foo/info.json")["state"] == "attached"
    assert set(own.links("object/foo/link")) == {"count_calls", "count_returns"}
    for _ in range(10):
        os.getppid()
    assert int(own.text("object/foo/var/calls")) >= before + 10
    assert own.json("object/foo/map/counts/map/dump.json")[0]["value"] >= 10
    os.unlink(at("link/count_calls"))
    assert set(own.links("object/foo/link")) == {"count_returns"}
    # reading is calling; what ended may run for a moment still
    kernel.wait_until(lambda: own.text("object/foo/var/calls") == own.text("object/foo/var/calls"))
    order(at("detach"), "1\n")
    assert own.list("object/foo/link") == []
    ids = ids_of(own, "foo")
    os.rmdir(at())
    assert "foo" not in own.list("object")
    gone({"prog": ids["prog"], "map": {name: number for name, number in ids["map"].items()
                                      if name != "stages_shared"}})


def test_file_is_kept(own):
    at = begin(own, "foo", "stages")
    with open(path_of("stages"), "rb") as file:
        content = file.read()
    assert own.read("object/foo/elf") == content
    order(at("load"), "1\n")
    assert own.read("object/foo/elf") == content
    # what keeps it is no leftover
    unused = [row["pinned"] for row in own.json("summary.json")["pinned_unused_maps"]]
    assert not [path for path in unused if path.endswith("/bpfview/foo/elf")]


def test_one_copy_does_it(own):
    subprocess.run(["cp", path_of("stages"), own.at("object/")], check=True)
    assert own.json("object/stages/info.json")["state"] == "loaded"
    assert "stages.bpf.o" not in own.list("object")
    done = subprocess.run(["cp", path_of("stages"), own.at("object/")], check=False,
                          capture_output=True)
    assert done.returncode and b"exists" in done.stderr
    assert "there is an object of that name" in last_words(own)
    for name, command in (("dropped", ["gio", "copy"]), ("kept", ["cp", "-p"]),
                          ("installed", ["install", "-m", "600"])):
        subprocess.run([*command, path_of("globals"), own.at("object", f"{name}.o")], check=True)
        assert own.json("object", name, "info.json")["state"] == "loaded"


def test_xdp_tools(own):
    """What others compiled."""
    folder = "/usr/lib/x86_64-linux-gnu/bpf"
    files = [name for name in sorted(os.listdir(folder)) if name != "xdpdump_bpf.o"]
    assert files
    for name in files:
        subprocess.run(["cp", f"{folder}/{name}", own.at("object/")], check=True)
    rows = {row["name"]: row for row in own.json("object/list.json")}
    for name in files:
        row = rows[name[:-2].replace(".", "_")]
        assert row["state"] == "loaded" and row["progs"], name
    for name in own.list("object"):
        if not name.startswith("list"):
            os.rmdir(own.at("object", name))


# --- configuring ---

def test_reuse(own, bpffs):
    with kernel.Map("hash", 8, 8, 99, name="mine") as mine, \
            kernel.Map("hash", 4, 8, 9, name="other") as wrong:
        at = begin(own, "foo", "stages")
        refused(own, errno.EINVAL, "that is a hash with keys of 4", put, at("map/flows/reuse"),
                f"{wrong.id}\n")
        put(at("map/flows/reuse"), f"{mine.id}\n")
        assert own.text("object/foo/map/flows/reuse") == f"{mine.id}\n"
        order(at("load"), "1\n")
        assert ids_of(own, "foo")["map"]["flows"] == mine.id
        os.rmdir(at())
        at = begin(own, "foo", "stages")
        os.symlink(own.at("map", mine.id), own.at("pin/here"))
        put(at("map/flows/reuse"), f"{bpffs}/here\n")
        order(at("load"), "1\n")
        assert ids_of(own, "foo")["map"]["flows"] == mine.id
        os.unlink(own.at("pin/here"))


def test_pinned_by_name(own, bpffs):
    """libbpf's own way to share maps: pinned at the bpffs's root, and found there."""
    at = begin(own, "one", "stages")
    order(at("load"), "1\n")
    at = begin(own, "two", "stages")
    order(at("load"), "1\n")
    assert os.path.exists(f"{bpffs}/stages_shared")
    one, two = ids_of(own, "one")["map"], ids_of(own, "two")["map"]
    assert one["stages_shared"] == two["stages_shared"] and one["flows"] != two["flows"]


@pytest.mark.parametrize("file,text,code,words", (
    ("map/flows/max_entries", "many", errno.EINVAL, "a number is expected"),
    ("map/flows/max_entries", "4294967296", errno.EINVAL, "too large"),
    ("map/flows/type", "hsh", errno.EINVAL, 'did you mean "hash"'),
    ("map/flows/map_flags", "no_preallok", errno.EINVAL, 'did you mean "no_prealloc"'),
    ("map/flows/reuse", "4294967295", errno.ENOENT, "map 4294967295"),
    ("map/flows/ifindex", "nosuchdev", errno.ENODEV, "no such network device"),
    ("map/flows/autoattach", "1", errno.EINVAL, "only maps of struct_ops"),
    ("map/flows/autocreate", "yes", errno.EINVAL, "0 or 1"),
    ("prog/pass/type", "xdq", errno.EINVAL, 'did you mean "xdp"'),
    ("prog/pass/expected_attach_type", "nothing_like_it", errno.EINVAL, "type of attachment"),
    ("prog/pass/attach_target", "", errno.EINVAL, "function is missing"),
    ("prog/pass/flags", "sleepy", errno.EINVAL, "flag"),
    ("prog/pass/autoload", "2", errno.EINVAL, "0 or 1"),
    ("var/watched_pid", "-1", errno.EINVAL, ""),
    ("var/note", "much too long a text", errno.EINVAL, ""),
    ("var/first", '{"sadr":1}', errno.EINVAL, 'did you mean "saddr"'),
    ("log_level", "8", errno.EINVAL, "too large"),
    ("load", "yes", errno.EINVAL, "1 is expected"),
    ("kconfig", "CONFIG_HZ=1", errno.EBUSY, "when `elf` is written"),
    ("attach", "1", errno.EINVAL, "not loaded"),
    ("detach", "1", errno.EINVAL, "not loaded"),
    ("prog/pass/attach", "1", errno.EINVAL, "not loaded"),
))
def test_wrong_settings(own, file, text, code, words):
    at = begin(own, "foo", "stages")
    before = {name: own.read("object/foo/var", name) for name in own.list("object/foo/var")}
    refused(own, code, words, order, at(file), text + "\n")
    assert before == {name: own.read("object/foo/var", name) for name in before}
    assert own.json("object/foo/info.json")["state"] == "open"


def test_wrong_order(own):
    refused(own, errno.EINVAL, "no names with a dot", os.mkdir, own.at("object/a.b"))
    with pytest.raises(OSError) as caught:
        os.mkdir(own.at("object", "n" * 201))
    assert caught.value.errno == errno.ENAMETOOLONG
    refused(own, errno.EPERM, "called NAME.o", open, own.at("object/file"), "wb")
    os.mkdir(own.at("object/foo"))
    with pytest.raises(FileExistsError):
        os.mkdir(own.at("object/foo"))
    at = lambda *parts: own.at("object/foo", *parts)
    refused(own, errno.EINVAL, "there is no file yet", order, at("load"), "1")
    assert own.list("object/foo/map") == [] and own.read("object/foo/elf") == b""
    shutil.copyfile(path_of("stages"), at("elf"))
    refused(own, errno.EBUSY, "a file already", shutil.copyfile, path_of("stages"), at("elf"))
    order(at("load"), "1")
    for file, text in (("load", "1"), ("map/flows/max_entries", "5"), ("prog/pass/autoload", "0")):
        refused(own, errno.EBUSY, "it is loaded", order, at(file), text)
    refused(own, errno.EPERM, "constant once it is loaded", order, at("var/watched_pid"), "1")
    refused(own, errno.EOPNOTSUPP, "does not say where", order, at("prog/pass/attach"), "1")
    refused(own, errno.EPERM, "cannot be removed", os.unlink, at("load"))
    with pytest.raises(OSError):
        os.rmdir(own.at("object/nothing"))


def test_no_object(own):
    os.mkdir(own.at("object/foo"))
    elf = own.at("object/foo/elf")
    with open(path_of("stages"), "rb") as file:
        content = file.read()
    refused(own, errno.EINVAL, "no ELF file", order, elf, b"#!/bin/sh\n")
    with pytest.raises(OSError):
        shutil.copyfile("/bin/true", elf)  # an ELF file, but not of BPF
    assert own.read("object/foo/elf") == b"" and own.json("object/foo/info.json")["state"] == "empty"
    with open(elf, "wb", buffering=0) as file:
        file.write(content[:len(content) // 2])
        with pytest.raises(OSError) as caught:
            file.close()
    assert caught.value.errno == errno.EINVAL
    kernel.wait_until(lambda: "ends in the middle" in last_words(own))
    for size in (1, 7, 1000):  # in pieces
        with open(elf, "wb", buffering=0) as file:
            for begin_at in range(0, len(content), size * 97):
                file.write(content[begin_at:begin_at + size * 97])
        assert own.read("object/foo/elf") == content
        os.rmdir(own.at("object/foo"))
        os.mkdir(own.at("object/foo"))


# --- variables ---

def test_variables_are_typed(own):
    at = begin(own, "foo", "globals")
    put(at("var/port"), "0x50\n")
    put(at("var/greeting"), "hi\n")
    put(at("var/favourite"), "GREEN\n")
    put(at("var/triangle"), '{"label":"square","corners":[{"x":9},{},{}]}\n')
    put(at("var/triangle"), ".corners[2].y=-7\n")
    order(at("load"), "1\n")
    assert own.text("object/foo/var/port") == "80\n"
    assert json.loads(own.text("object/foo/var/greeting")) == "hi"
    assert json.loads(own.text("object/foo/var/favourite")) == "GREEN"
    triangle = own.json("object/foo/var/triangle")
    assert triangle["label"] == "square" and triangle["colour"] == "GREEN"
    assert triangle["corners"] == [{"x": 9, "y": -1}, {"x": 2, "y": -2}, {"x": 3, "y": -7}]
    # and live, the bytes next to it staying what they are
    sections = bpftool("map", "dump", "id", ids_of(own, "foo")["map"]["foo.data"])
    put(at("var/mask"), "7\n")
    put(at("var/triangle"), ".radius=1\n")
    after = bpftool("map", "dump", "id", ids_of(own, "foo")["map"]["foo.data"])
    assert own.text("object/foo/var/mask") == "7\n"
    changed = [i for i, (one, two) in enumerate(zip(sections[0]["value"], after[0]["value"]))
               if one != two]
    assert 1 <= len(changed) <= 5
    put(at("var/hidden"), "77\n")
    assert own.text("object/foo/var/hidden") == "77\n"


def test_a_write_leaves_its_neighbours(own):
    """Programs count while somebody sets what stands next to it: no count is lost."""
    at = begin(own, "foo", "stages")
    put(at("var/watched_pid"), f"{os.getpid()}\n")
    order(at("load"), "1\n")
    order(at("attach"), "1\n")
    before = int(own.text("object/foo/var/neighbour"))
    for number in range(200):
        put(at("var/other"), f"{number}\n")
    # each round has several system calls: open, write, close at least
    assert int(own.text("object/foo/var/neighbour")) >= before + 600
    assert own.text("object/foo/var/other") == "199\n"


# --- what the verifier says ---

def test_rejected(own, bpffs):
    before = {kind: set(kernel.ids(kind)) for kind in ("map", "prog", "btf")}
    at = begin(own, "foo", "rejected")
    refused(own, errno.EACCES, "invalid mem access", order, at("load"), "1\n")
    for words in ("is_careless", "R0 invalid mem access 'map_value_or_null'", "processed"):
        assert words in own.text("object/foo/log") and words in last_words(own)
    assert not os.path.exists(f"{bpffs}/bpfview") or os.listdir(f"{bpffs}/bpfview") == []
    info = own.json("object/foo/info.json")
    assert info["state"] == "open" and not any("id" in part for part in info["progs"])
    mine = {bpftool_map.get("name") for bpftool_map in bpftool("map", "show")
            if bpftool_map["id"] not in before["map"]}
    assert "slots" not in mine
    # the settings are still there, and it can be tried again
    put(at("var/careful"), "1\n")
    order(at("load"), "1\n")
    assert own.json("object/foo/info.json")["state"] == "loaded"
    os.rmdir(at())
    done = subprocess.run(["cp", path_of("rejected"), own.at("object/")], check=False,
                          capture_output=True)
    assert done.returncode and b"Permission denied" in done.stderr
    assert "invalid mem access" in last_words(own) and "rejected" not in own.list("object")


def test_log_on_success(own):
    at = begin(own, "foo", "rejected")
    put(at("log_level"), "2\n")
    put(at("prog/is_careless/autoload"), "0\n")
    order(at("load"), "1\n")
    log = own.text("object/foo/log")
    assert "is_fine" in log and "processed" in log and "R0" in log


# --- what outlives the daemon ---

def tree(view, name):
    """All of an object's files with what they hold, links with where they lead."""
    found = {}
    top = view.at("object", name)
    for folder, folders, files in os.walk(top):
        for entry in folders + files:
            path = os.path.join(folder, entry)
            key = os.path.relpath(path, top)
            if os.path.islink(path):
                found[key] = os.readlink(path)
            elif os.path.isfile(path) and entry not in ("load", "attach", "detach", "log"):
                try:
                    with open(path, "rb") as file:
                        found[key] = file.read()
                except OSError as err:  # not every object can have a light skeleton
                    found[key] = err.errno
            else:
                found[key] = None
    return found


def kill(view):
    view.process.send_signal(signal.SIGKILL)
    view.process.wait()
    clear(view.path, view.own)


def test_a_killed_daemon_loses_nothing(bpffs):
    first = View(f"bpffs={bpffs}")
    try:
        at = begin(first, "foo", "stages")
        put(at("map/flows/max_entries"), "77\n")
        put(at("prog/pass/autoload"), "0\n")
        put(at("var/watched_pid"), f"{os.getpid()}\n")
        put(at("log_level"), "1\n")
        order(at("load"), "1\n")
        order(at("prog/count_calls/attach"), "1\n")
        put(at("var/note"), "live\n")
        put(at("var/calls"), "1000\n")
        before = tree(first, "foo")
        ids = ids_of(first, "foo")
        count = first.json("object/foo/map/counts/map/dump.json")[0]["value"]
    finally:
        kill(first)
    with View(f"bpffs={bpffs}") as second:
        after = tree(second, "foo")
        assert {key: value for key, value in before.items() if key != "var/calls"} == \
            {key: value for key, value in after.items() if key != "var/calls"}
        assert ids_of(second, "foo") == ids
        assert int(second.text("object/foo/var/calls")) > 1000
        assert second.json("object/foo/map/counts/map/dump.json")[0]["value"] > count
        # what was not attached can be now, with the same maps
        order(second.at("object/foo/attach"), "1\n")
        again = ids_of(second, "foo")
        assert again["map"] == ids["map"] and set(again["link"]) == {"count_calls", "count_returns"}
        assert again["prog"]["count_calls"] == ids["prog"]["count_calls"]
        order(second.at("object/foo/prog/count_calls/detach"), "1\n")
        assert set(second.list("object/foo/link")) == {"count_returns"}
        os.rmdir(second.at("object/foo"))
        assert os.listdir(f"{bpffs}/bpfview") == []
        os.unlink(f"{bpffs}/stages_shared")
        gone({"prog": again["prog"], "map": again["map"], "link": again["link"]})


def test_two_daemons_see_the_same(own, bpffs):
    with View(f"bpffs={bpffs}") as other:
        at = begin(own, "foo", "stages")
        assert "foo" not in other.list("object")
        order(at("load"), "1\n")
        assert tree(own, "foo") == tree(other, "foo")
        os.mkdir(other.at("object/bar"))
        os.rmdir(other.at("object/foo"))
        assert "foo" not in own.list("object")
        with pytest.raises(FileNotFoundError):
            own.read("object/foo/info")
        begin(own, "foo", "stages")
        assert own.json("object/foo/info.json")["state"] == "open"


def test_nothing_is_held(own):
    """Of what is attached the daemon has no descriptors: it lives by its pins."""
    at = begin(own, "foo", "stages")
    order(at("load"), "1\n")
    order(at("attach"), "1\n")
    assert own.bpf_fds() == []


def test_cycles_leak_nothing(own, bpffs):
    made = []

    def cycle():
        subprocess.run(["cp", path_of("stages"), own.at("object/")], check=True)
        order(own.at("object/stages/attach"), "1\n")
        ids = ids_of(own, "stages")
        del ids["map"]["stages_shared"]
        made.append(ids)
        os.rmdir(own.at("object/stages"))

    cycle()
    fds, memory = own.fds(), own.resident()
    for _ in range(200):
        cycle()
    assert own.fds() == fds and own.bpf_fds() == []
    assert own.resident() < memory + 4096
    assert os.listdir(f"{bpffs}/bpfview") == []
    for ids in made[::20] + made[-3:]:
        gone(ids)


# --- sections of all kinds ---

def test_struct_ops_registers(own):
    at = begin(own, "foo", "cc")
    order(at("load"), "1\n")
    with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as file:
        before = file.read().split()
    order(at("attach"), "1\n")
    with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as file:
        new = set(file.read().split()) - set(before)
    assert new, own.text("object/foo/log")
    with socket.socket() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, new.copy().pop().encode())
    order(at("detach"), "1\n")

    def is_gone():
        with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as file:
            return not new & set(file.read().split())
    kernel.wait_until(is_gone)


def test_tracing_attaches(own):
    at = begin(own, "foo", "trace")
    order(at("load"), "1\n")
    order(at("attach"), "1\n")
    types = {link["id"]: link["type"] for link in bpftool("link", "show")}
    assert {name: types[number] for name, number in ids_of(own, "foo")["link"].items()} == \
        {"on_tracepoint": "perf_event", "on_raw_tracepoint": "raw_tracepoint",
         "on_btf_tracepoint": "raw_tracepoint"}


# --- headers ---

@pytest.mark.parametrize("name", ("stages", "trace", "cc"))
def test_skeletons(own, name):
    """The same text as bpfview-gen's, before loading and after."""
    at = begin(own, "foo", name)
    for header, words in (("skeleton.h", ["skeleton"]), ("light_skeleton.h", ["skeleton", "-L"]),
                          ("subskeleton.h", ["subskeleton"])):
        made = subprocess.run([os.path.join(BUILD, "bpfview-gen"), *words, "--name", "foo",
                               path_of(name)], capture_output=True, check=False)
        if made.returncode:
            with pytest.raises(OSError):
                own.read("object/foo", header)
        else:
            assert own.read("object/foo", header) == made.stdout
    before = own.read("object/foo/skeleton.h")
    order(at("load"), "1\n")
    assert own.read("object/foo/skeleton.h") == before


def test_no_skeleton_without_a_file(own):
    os.mkdir(own.at("object/foo"))
    with pytest.raises(OSError) as caught:
        own.read("object/foo/skeleton.h")
    assert caught.value.errno == errno.ENODATA


# --- prog/load, prog/loadall ---

@pytest.fixture
def clean(own, bpffs):
    """What commands pinned goes."""
    before = set(os.listdir(bpffs))
    yield own
    for name in set(os.listdir(bpffs)) - before - {"bpfview"}:
        path = f"{bpffs}/{name}"
        if os.path.isdir(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)


def test_load_pins_the_first(clean, bpffs):
    order(clean.at("prog/load"), f"{path_of('stages')} first\n")
    assert clean.json("pin/first/info.json")["name"] == "count_calls"
    refused(clean, errno.EEXIST, "first", order, clean.at("prog/load"),
            f"{path_of('stages')} first\n")


def test_loadall_is_bpftools(clean, bpffs):
    file = path_of("trace")
    order(clean.at("prog/loadall"), f"{file} ours pinmaps ourmaps\n")
    subprocess.run(["bpftool", "prog", "loadall", file, f"{bpffs}/theirs", "pinmaps",
                    f"{bpffs}/theirmaps"], check=True)
    assert os.listdir(f"{bpffs}/ours") and \
        sorted(os.listdir(f"{bpffs}/ours")) == sorted(os.listdir(f"{bpffs}/theirs"))
    assert sorted(os.listdir(f"{bpffs}/ourmaps")) == sorted(os.listdir(f"{bpffs}/theirmaps"))
    for name in os.listdir(f"{bpffs}/ours"):
        one, two = (clean.json("pin", folder, name, "info.json") for folder in ("ours", "theirs"))
        assert (one["type"], one["tag"], one["name"]) == (two["type"], two["tag"], two["name"])


def test_load_options(clean, bpffs):
    with kernel.Map("array", 4, 8, 4, name="instead") as instead:
        begin(clean, "look", "stages")
        index = [part["name"] for part in clean.json("object/look/info.json")["maps"]].index("counts")
        os.rmdir(clean.at("object/look"))
        for number, which in enumerate(("name counts", f"idx {index}")):
            order(clean.at("prog/loadall"),
                  f"{path_of('stages')} all{number} map {which} id {instead.id} pinmaps m{number}\n")
            used = {os.path.basename(target) for target in clean.links(
                "pin", f"all{number}", "count_calls", "maps").values()}
            assert str(instead.id) in used
    order(clean.at("prog/loadall"), f"{path_of('stages')} auto autoattach\n")
    kinds = {name: target.split("/")[-2] for name, target in clean.links_only("pin/auto").items()}
    assert kinds == {"count_calls": "link", "count_returns": "link", "pass": "prog"}


@pytest.mark.parametrize("text,code,words", (
    ("", errno.EINVAL, "path of an object file is missing"),
    ("FILE", errno.EINVAL, "a path in a bpffs is missing"),
    ("/nowhere.o x", errno.ENOENT, "nowhere.o"),
    ("FILE ../x", errno.EINVAL, ".."),
    ("FILE /tmp/bpfview-no-bpffs", errno.EPERM, "no bpffs"),
    ("FILE x tipe xdp", errno.EINVAL, 'did you mean "type"'),
    ("FILE x type xdq", errno.EINVAL, 'did you mean "xdp"'),
    ("FILE x map name nothing id 1", errno.ENOENT, ""),
    ("FILE x map idx 99 name MAP", errno.ENOENT, "no such map"),
    ("FILE x dev nosuchdev", errno.ENODEV, "no such network device"),
    ("REJECTED x", errno.EACCES, "invalid mem access"),
    ("/etc/hostname x", errno.EINVAL, ""),
))
def test_wrong_loads(clean, bpffs, text, code, words):
    with kernel.Map("array", 4, 4, 1, name=f"w{os.getpid()}") as made:
        text = text.replace("FILE", path_of("stages")).replace("REJECTED", path_of("rejected"))
        before = set(os.listdir(bpffs)) - {"stages_shared"}
        for verb in ("prog/load", "prog/loadall"):
            refused(clean, code, words, order, clean.at(verb),
                    text.replace("MAP", f"w{os.getpid()}") + "\n")
        assert set(os.listdir(bpffs)) - {"stages_shared"} == before and made.id


# --- at mount ---

def test_load_at_mount(bpffs, tmp_path):
    for name in ("stages", "rejected", "trace"):
        shutil.copyfile(path_of(name), tmp_path / f"{name}.bpf.o")
    (tmp_path / "notes").write_text("no object")
    view = View(f"bpffs={bpffs},load={tmp_path}")
    try:
        assert {row["name"]: row["state"] for row in view.json("object/list.json")} == \
            {"stages": "attached", "trace": "attached"}
        assert "rejected.bpf.o" in view.words() and view.words().count("\n") == 1
        assert "invalid mem access" in last_words(view)
        ids = ids_of(view, "stages")
        kill(view)
        view = View(f"bpffs={bpffs},load={tmp_path}")
        assert ids_of(view, "stages") == ids
        for name in ("stages", "trace"):
            os.rmdir(view.at("object", name))
    finally:
        kill(view)
        for name in ("stages_shared",):
            if os.path.exists(f"{bpffs}/{name}"):
                os.unlink(f"{bpffs}/{name}")
