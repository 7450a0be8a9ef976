# SPDX-License-Identifier: GPL-2.0-or-later
"""iter/: targets beside the kernel's BTF as bpftool dumps it, and live iterators."""
import subprocess

import pytest

import attach
import kernel

pytestmark = pytest.mark.guest


@pytest.fixture(scope="module")
def contexts():
    """The targets that BTF has, from bpftool's dump: names with the parameters of their functions."""
    text = subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux"],
                          capture_output=True, check=True, text=True).stdout
    names, functions, protos, current = set(), {}, {}, None
    for line in text.splitlines():
        if line.startswith("["):
            number, kind = line.split()[:2]
            current = None
            if kind == "FUNC_PROTO":
                current = protos.setdefault(int(number[1:-1]), [])
            elif kind == "STRUCT" and "'bpf_iter__" in line:
                names.add(line.split("'")[1][len("bpf_iter__"):])
            elif kind == "FUNC" and "'bpf_iter_" in line:
                functions[line.split("'")[1][len("bpf_iter_"):]] = (
                    int(number[1:-1]), int(line.split("type_id=")[1].split()[0]))
        elif current is not None:
            current.append(line.split("'")[1])
    return {name: (functions[name][0], protos[functions[name][1]])
            for name in names & set(functions)}


def test_targets(view, contexts):
    found = view.json("iter", "list.json")
    assert [item["name"] for item in found] == sorted(contexts)
    for item in found:
        number, parameters = contexts[item["name"]]
        assert item["type_id"] == number
        start, _, rest = item["prototype"].partition("(")
        assert start == f"int bpf_iter_{item['name']}"
        assert [word.split()[-1] for word in rest.rstrip(")").split(",")] == parameters


def test_what_targets_take(view):
    takes = {item["name"]: item.get("takes") for item in view.json("iter", "list.json")}
    known = {"bpf_map": None, "bpf_prog": None, "bpf_link": None, "task": "task",
             "task_file": "task", "task_vma": "task", "bpf_map_elem": "map", "sockmap": "map",
             "bpf_sk_storage_map": "map", "cgroup": "cgroup", "tcp": None, "udp": None}
    assert {name: takes[name] for name in known if name in takes} \
        == {name: word for name, word in known.items() if name in takes}
    assert "task" in takes and "bpf_map_elem" in takes


def target(view, name):
    return next(item for item in view.json("iter", "list.json") if item["name"] == name)


def test_live_iterators(view, loaded):
    prog = loaded("iter").progs["list_maps"]
    with attach.iterator(prog) as link:
        number = link.id
        assert {"id": number, "prog_id": kernel.id_of(prog)} in target(view, "bpf_map")["links"]
        assert all(number != live["id"] for live in target(view, "task")["links"])
        assert view.target("iter", "links", number) == f"link/{number}"
        row = next(line for line in view.text("iter", "list").splitlines()
                   if line.startswith("bpf_map "))
        assert f"{number}:{kernel.id_of(prog)}" in row
    kernel.wait_until(lambda: str(number) not in view.list("iter", "links"))
    assert all(number != live["id"] for live in target(view, "bpf_map")["links"])
