# SPDX-License-Identifier: GPL-2.0-or-later
"""The files at the root."""
import os
import re

import kernel
from oracle import parse_text


def test_readme_names_every_file(view, loaded):
    """README against the tree as it is: one object of each kind, its files by their names."""
    readme = view.text("README")
    held = loaded("net")
    for folder in ("", "prog", "map", f"prog/{kernel.id_of(held.progs['count_xdp'])}",
                   f"map/{kernel.id_of(held.maps['flows'])}"):
        for name in view.list(folder):
            if not name.isdigit():
                assert name in readme, f"{folder}/{name}"
    lines = [line for line in readme.splitlines() if line.strip()]
    assert max(map(len, lines)) <= 120


def test_version(view):
    text = view.text("version")
    for word in ("bpfview", "libbpf", "fuse", os.uname().release):
        assert word in text
    assert re.search(r"libbpf\D*\d+\.\d+", text)


def test_summary(view, loaded):
    assert loaded.all()
    before = view.json("summary.json")
    text = parse_text(view.text("summary"))
    assert set(text) == set(before)
    with kernel.Map("array", 4, 4096, 100, name="summed_up") as made:
        after = view.json("summary.json")
        assert after != before
        memory = view.json("map", made.id, "info.json")["bytes_memlock"]
        assert memory >= 409600
        shown = view.read("summary.json").decode()
        assert "summed_up" in shown and str(memory) in shown


def test_summary_finds_pins_that_nobody_uses(view, bpffs):
    path = os.path.join(bpffs, "forgotten")
    with kernel.Map("array", 4, 4, 1, name="forgotten") as made:
        kernel.pin(made.fd, path)
        number = made.id
    try:
        assert path in view.read("summary.json").decode() or \
            f"{number}" in view.read("summary.json").decode()
        assert "forgotten" in view.text("summary")
    finally:
        os.unlink(path)


def test_root_has_what_the_tree_promises(view):
    assert {"README", "version", "summary", "summary.json", "error_log", "stats_enabled",
            "trace_pipe", "prog", "map"} <= set(view.list())
    for kind in ("prog", "map"):
        assert {"list", "list.json", "by-name", "by-type"} <= set(view.list(kind))
    assert "by-tag" in view.list("prog")


def test_every_json_file_is_json(view, loaded):
    for name in ("net", "kinds", "calls", "globals"):
        loaded(name)
    ours = {"prog": set(), "map": set()}
    for name in ("net", "kinds", "calls", "globals"):
        ours["prog"] |= {str(kernel.id_of(fd)) for fd in loaded(name).progs.values()}
        ours["map"] |= {str(kernel.id_of(fd)) for fd in loaded(name).maps.values()}
    seen = 0
    for kind, numbers in ours.items():
        for number in numbers:
            for name in view.list(kind, number):
                if name.endswith(".json"):
                    view.json(kind, number, name)
                    assert view.read(kind, number, name.removesuffix(".json")) is not None
                    seen += 1
    assert seen > 100
