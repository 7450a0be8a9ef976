# SPDX-License-Identifier: GPL-2.0-or-later
"""struct_ops/: beside what bpftool says."""
import os

import pytest

import kernel
import objects
from oracle import bpftool, check, parse_text

pytestmark = pytest.mark.guest


def private_name():
    """As long as the one in cc.bpf.c: a name can be registered once on a system."""
    return f"bv{os.urandom(5).hex()}".encode()


@pytest.fixture(scope="module")
def ops():
    name = private_name()
    with objects.Object("cc", prepare=lambda o: o.replace("lazy_cc", b"bpfview_lazy", name)) as cc:
        cc.register("lazy_cc")
        cc.name, cc.id = name.decode(), kernel.id_of(cc.maps["lazy_cc"])
        yield cc


def test_list(view, ops):
    found = {item["id"]: item for item in view.json("struct_ops", "list.json")}
    expected = next(o for o in bpftool("struct_ops", "list") if o["id"] == ops.id)
    check(expected, found[ops.id])
    header, *rows = view.text("struct_ops", "list").splitlines()
    row = next(row.split() for row in rows if row.split()[0] == str(ops.id))
    assert dict(zip(header.split(), row))["kernel_struct_ops"] == "tcp_congestion_ops"
    assert str(ops.id) in view.list("struct_ops")


def test_info(view, ops):
    info = view.json("struct_ops", ops.id, "info.json")
    check(bpftool("struct_ops", "show", "id", ops.id), info)
    if kernel.RELEASE < (6, 4):
        assert info[0]["state"] == "inuse" and "links" not in info[0]
    else:
        link = kernel.id_of(objects.lib.bpf_link__fd(objects.ctypes.c_void_p(ops.links[0])))
        assert (info[0]["state"], info[0]["links"]) == ("ready", [link])
    assert {f["member"]: (f["prog_id"], f["name"]) for f in info[0]["functions"]} == {
        member: (kernel.id_of(ops.progs[name]), name) for member, name in (
            ("ssthresh", "half_ssthresh"), ("cong_avoid", "lazy_cong_avoid"),
            ("undo_cwnd", "same_undo_cwnd"))}
    text = parse_text(view.text("struct_ops", ops.id, "info"))
    assert text["id"] == str(ops.id) and text["state"] == info[0]["state"]
    assert "half_ssthresh" in text["functions"]


def test_dump(view, ops):
    dump = view.json("struct_ops", ops.id, "dump.json")
    check(bpftool("struct_ops", "dump", "id", ops.id), dump)
    assert list(dump[1]) == ["bpf_struct_ops_tcp_congestion_ops"]
    data = dump[1]["bpf_struct_ops_tcp_congestion_ops"]["data"]
    assert data["name"] == ops.name
    number = kernel.id_of(ops.progs["half_ssthresh"])
    assert data["ssthresh"] == f"u32 (struct sock *) half_ssthresh/prog_id:{number}"


def flat(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, path + (key,))
    else:
        yield path, value


def test_dump_text_has_a_line_a_member(view, ops):
    dump = view.json("struct_ops", ops.id, "dump.json")
    lines = view.text("struct_ops", ops.id, "dump").splitlines()
    found, path = [], []
    for line in filter(None, lines):
        depth = (len(line) - len(line.lstrip())) // 2
        key, _, value = line.strip().partition(":")
        path[depth:] = [key]
        if value:
            found.append((tuple(path), value[1:]))
    expected = [(path, str(value)) for part in dump for path, value in flat(part)]
    assert found == expected


def test_map_link(view, ops):
    assert view.target("struct_ops", ops.id, "map") == f"map/{ops.id}"


def test_loaded_but_not_registered(view):
    with objects.Object("cc") as cc:
        number = kernel.id_of(cc.maps["lazy_cc"])
        check(bpftool("struct_ops", "show", "id", number),
              view.json("struct_ops", number, "info.json"))
        info = view.json("struct_ops", number, "info.json")[0]
        assert (info["state"], info.get("links", [])) == ("init", [])
        view.read("struct_ops", number, "dump.json")
    kernel.wait_until(lambda: not kernel.exists("map", number))
    assert str(number) not in view.list("struct_ops")
    assert not os.path.lexists(view.at("struct_ops", number))


def test_other_maps_are_none(view):
    with kernel.Map("array", 4, 4, 1) as made:
        assert str(made.id) not in view.list("struct_ops")
        assert not os.path.lexists(view.at("struct_ops", made.id))
