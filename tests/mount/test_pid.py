# SPDX-License-Identifier: GPL-2.0-or-later
"""pid/: what processes hold."""
import os
import subprocess
import sys

import pytest

import kernel
from kernel import wait_until

HOLD = """
import sys
sys.path.insert(0, sys.argv[1])
import kernel
made = [kernel.Prog(), kernel.Map("array", 4, 4, 1)]
print(*(item.id for item in made), flush=True)
sys.stdin.read()
"""


def test_ours(view):
    me = os.getpid()
    with kernel.Prog() as prog, kernel.Map("array", 4, 4, 1) as a_map:
        assert str(me) in view.list("pid")
        assert sorted(view.list("pid", me)) == ["btf", "link", "map", "prog"]
        for kind, made in (("prog", prog), ("map", a_map)):
            assert str(made.id) in view.list("pid", me, kind)
            assert view.target("pid", me, kind, made.id) == f"{kind}/{made.id}"
            with pytest.raises(FileNotFoundError):
                os.readlink(view.at("pid", me, "btf" if kind == "map" else "link", made.id))


def test_links_and_btf(view, loaded):
    me = os.getpid()
    held = loaded("trace")
    with kernel.raw_tracepoint(held.progs["on_raw_tracepoint"], "sched_process_exec") as link:
        assert view.target("pid", me, "link", link.id) == f"link/{link.id}"
    prog = view.json("prog", kernel.id_of(held.progs["on_raw_tracepoint"]), "info.json")
    assert view.target("pid", me, "btf", prog["btf_id"]) == f"btf/{prog['btf_id']}"


def test_what_bpftool_says(view, loaded):
    loaded("net")
    for kind in ("prog", "map", "link"):
        expected = {}
        for item in view.json(kind, "list.json"):
            for holder in item.get("pids", ()):
                expected.setdefault(holder["pid"], set()).add(str(item["id"]))
        found = {int(pid): set(view.list("pid", pid, kind)) for pid in view.list("pid")}
        mine = os.getpid()
        assert found.get(mine, set()) == expected.get(mine, set())
        assert view.pid in found and found[view.pid] == expected.get(view.pid, set())


def test_another_process_comes_and_goes(view):
    folder = os.path.dirname(os.path.abspath(kernel.__file__))
    with subprocess.Popen([sys.executable, "-c", HOLD, folder], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        prog, a_map = child.stdout.readline().split()
        assert view.list("pid", child.pid, "prog") == [prog.decode()]
        assert view.list("pid", child.pid, "map") == [a_map.decode()]
        assert view.list("pid", child.pid, "link") == []
    wait_until(lambda: str(child.pid) not in view.list("pid"))
    with pytest.raises(FileNotFoundError):
        view.list("pid", child.pid)


@pytest.mark.parametrize("name", ["0", "x", "1x", "-1", "00", "99999999999"])
def test_no_such_process(view, name):
    assert not os.path.exists(view.at("pid", name))
