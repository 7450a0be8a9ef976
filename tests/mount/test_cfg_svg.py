# SPDX-License-Identifier: GPL-2.0-or-later
"""prog/ID/cfg.svg: the control-flow graph drawn by Graphviz."""
import concurrent.futures
import os
import xml.etree.ElementTree

import pytest

import kernel
from kernel import insn
from test_code import lines
from test_prog import WITH_PROGRAMS, short

GRAPHVIZ = os.access("/usr/bin/dot", os.X_OK) or os.access("/usr/local/bin/dot", os.X_OK)


@pytest.fixture(params=WITH_PROGRAMS, ids=short)
def programs(request, loaded):
    return [kernel.id_of(fd) for fd in loaded(request.param).progs.values()]


def test_drawing_is_there_with_graphviz_only(view):
    with kernel.Prog() as prog:
        assert ("cfg.svg" in view.list("prog", prog.id)) == GRAPHVIZ
        assert os.path.exists(view.at("prog", prog.id, "cfg.svg")) == GRAPHVIZ


@pytest.mark.skipif(not GRAPHVIZ, reason="Graphviz is not installed")
def test_drawing_has_all_functions(view, programs):
    for number in programs[:3]:
        root = xml.etree.ElementTree.fromstring(view.read("prog", number, "cfg.svg"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        clusters = [one for one in root.iter("{http://www.w3.org/2000/svg}g")
                    if one.get("class") == "cluster"]
        assert len(clusters) == len(view.json("prog", number, "info.json").get("subprogs", [0]))


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as file:
            found += file.read().split()
    return found


@pytest.mark.skipif(not GRAPHVIZ, reason="Graphviz is not installed")
def test_drawings_do_not_keep_others_waiting(mount):
    """More drawings than the daemon has threads, and a reader of something else."""
    view = mount()
    branches = b"".join(insn(0x15, 1, off=1, imm=i) + insn(0x07, 2, imm=1) for i in range(300))
    code = insn(0x61, 1, 1) + insn(0xb7, 2) + branches + kernel.EXIT_0
    with kernel.Prog(code) as prog, concurrent.futures.ThreadPoolExecutor(6) as pool:
        drawings = [pool.submit(view.read, "prog", prog.id, "cfg.svg") for _ in range(6)]
        kernel.wait_until(lambda: len(children(view.pid)) > 1, what="drawing")
        shown = view.text("prog", prog.id, "xlated")
        undone = [one for one in drawings if not one.done()]
        assert len(lines(shown)) > 300
        assert len(undone) == len(drawings), "the other reader had to wait"
        assert len({one.result() for one in drawings}) == 1
    assert not children(view.pid)
