# SPDX-License-Identifier: GPL-2.0-or-later
"""uprobes by the functions that they are in, beside nm and readelf."""
import os
import re
import shutil
import subprocess
import tempfile

import pytest

import attach
import daemon
import kernel
import objects
from test_perf import Event, attempt


def tool(*words):
    return subprocess.run(words, capture_output=True, check=True).stdout.decode()


class Binary:
    """A copy of a file, so that a probe in it is in nobody's way."""

    def __init__(self, path, folder, *nm):
        self.path = shutil.copy(path, folder)
        self.segments = [[int(word, 16) for word in found] for found in re.findall(
            r"LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", tool("readelf", "-lW", self.path))]
        self.functions = {}
        for line in tool("nm", "-S", "--defined-only", *nm, self.path).splitlines():
            words = line.split()
            if len(words) == 4 and words[2] in "tTwW" and int(words[1], 16) > 8:
                self.functions.setdefault(int(words[0], 16), set()).add(words[3].split("@")[0])

    def offset(self, addr):
        """Where in the file an address is."""
        return next(addr - at + where for where, at, size in self.segments
                    if at <= addr < at + size)

    def some(self, count):
        """(offset, names) of functions from all over the file."""
        addrs = sorted(self.functions)
        return [(self.offset(addr), self.functions[addr])
                for addr in addrs[::max(1, len(addrs) // count)]]


def libbpf():
    with open("/proc/self/maps") as maps:
        return next(line.split()[-1] for line in maps if "/libbpf.so" in line)


@pytest.fixture(scope="module", params=["symtab", "dynsym"])
def binary(request):
    assert objects.lib
    with tempfile.TemporaryDirectory(prefix="bpfview-binary-") as folder:
        if request.param == "symtab":
            yield Binary(daemon.BINARY, folder)
        else:
            made = Binary(libbpf(), folder, "-D")
            subprocess.run(["strip", made.path], check=True)
            yield made


def test_uprobe_multi(view, loaded, binary):
    prog = loaded("links_new").progs["on_many_places"]
    places = binary.some(200)
    assert len(places) >= 200
    offsets = [offset for offset, _ in places] + [places[0][0] + 4]
    with attempt(attach.uprobe_multi, prog, binary.path, offsets, [0] * len(offsets)) as link:
        facts = view.json("link", link.id, "info.json")
        told = [func["symbol"] for func in facts["funcs"]]
        for name, (_, names) in zip(told, places):
            assert name in names
        assert told[-1] == f"{told[0]}+0x4"
        assert facts["target"] == f"{binary.path}:{told[0]}:and={len(offsets) - 1}"
        assert f"symbol={told[-1]}" in view.text("link", link.id, "info")


@pytest.mark.parametrize("behind", [0, 5])
def test_uprobe(view, loaded, binary, behind):
    prog = loaded("links").progs["on_probe"]
    offset, names = binary.some(3)[1]
    suffix = f"+{behind:#x}" if behind else ""
    with attempt(attach.probe, prog, "uprobe", binary.path, offset + behind) as link:
        facts = view.json("link", link.id, "info.json")
        assert facts["symbol"].partition("+")[0] in names
        assert facts["symbol"].endswith(suffix) and facts["offset"] == offset + behind
        assert facts["target"] == f"{binary.path}:{facts['symbol']}"
        listed = next(one for one in view.json("link", "list.json") if one["id"] == link.id)
        assert listed["symbol"] == facts["symbol"]
        entry = next(one for one in view.json("perf", "list.json")
                     if one.get("link_id") == link.id)
        assert (entry["symbol"], entry["offset"]) == (facts["symbol"], offset + behind)
        line = next(line.split() for line in view.text("perf", "list").splitlines()
                    if line.split()[3] == str(link.id))
        assert line[-3:] == [binary.path, facts["symbol"], "-"]


def test_event_without_a_link(view, loaded, binary):
    prog = loaded("links").progs["on_probe"]
    offset, names = binary.some(3)[1]
    where = kernel.buffer(os.fsencode(binary.path) + b"\0")
    with attempt(Event, prog, attach.pmu("uprobe"), 0, kernel.address(where), offset) as made:
        entry = next(one for one in view.json("perf", "list.json")
                     if one.get("pid") == os.getpid() and one["fd"] == made.fd)
        assert entry["symbol"] in names


def test_file_is_gone(view, loaded, binary):
    """The probe stays in what was the file; nothing is said about what has its name now."""
    prog = loaded("links").progs["on_probe"]
    copy = shutil.copy(binary.path, binary.path + ".copy")
    with attempt(attach.probe, prog, "uprobe", copy, binary.some(3)[1][0]) as link:
        assert "symbol" in view.json("link", link.id, "info.json")
        os.unlink(copy)
        facts = view.json("link", link.id, "info.json")
        assert "symbol" not in facts and facts["file"].startswith(copy)
        before = view.fds()
        view.json("link", "list.json")
        kernel.wait_until(lambda: view.fds() <= before)
