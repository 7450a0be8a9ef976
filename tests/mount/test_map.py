# SPDX-License-Identifier: GPL-2.0-or-later
"""map/: what is said of every map, beside what bpftool says."""
import os

import pytest

import kernel
import objects
from oracle import bpftool, check, holders, parse_text
from test_prog import short


@pytest.fixture(params=objects.names() + objects.XDP_TOOLS, ids=short)
def maps(request, loaded):
    """The ids of an object's maps, by name."""
    found = {name: kernel.id_of(fd) for name, fd in loaded(request.param).maps.items()}
    if not found:
        pytest.skip("an object without maps")
    return found


def test_info_json_is_bpftools(view, maps):
    for number in maps.values():
        check(bpftool("map", "show", "id", number), view.json("map", number, "info.json"))


def test_info_text_has_the_facts_of_info_json(view, maps):
    for number in maps.values():
        text = parse_text(view.text("map", number, "info"))
        facts = view.json("map", number, "info.json")
        assert list(text) == [key for key in facts if key != "flag_names"]
        for key, value in facts.items():
            if key != "flags" and isinstance(value, (int, str)):
                assert text[key] == (str(value).lower() if value is True else str(value)), key


def test_flags_are_words_in_text(view):
    with kernel.Map("hash", 4, 4, 5, flags=kernel.NO_PREALLOC | 1 << 6) as made:
        facts = view.json("map", made.id, "info.json")
        assert facts["flags"] == 65
        assert facts["flag_names"] == ["no_prealloc", "zero_seed"]
        assert parse_text(view.text("map", made.id, "info"))["flags"] == "no_prealloc,zero_seed"


def test_frozen(view):
    with kernel.Map("array", 4, 4, 1) as made:
        before = view.json("map", made.id, "info.json")["frozen"]
        made.freeze()
        after = view.json("map", made.id, "info.json")["frozen"]
        assert (int(before), int(after)) == (0, 1)


def test_owner_of_a_prog_array(view, loaded):
    number = kernel.id_of(loaded("calls").maps["jump_table"])
    facts = view.json("map", number, "info.json")
    check(bpftool("map", "show", "id", number), facts)
    assert facts["owner_prog_type"] == "socket_filter"


def test_list_is_bpftools(view, loaded):
    ours = {kernel.id_of(fd) for held in loaded.all() for fd in held.maps.values()}
    found = {item["id"]: item for item in view.json("map", "list.json")}
    assert ours <= set(found)
    for number in ours:
        # bpftool's own list shows a map without BTF with that of the map before it
        check(bpftool("map", "show", "id", number), found[number], f"list.json {number}")


def test_list_columns(view, loaded):
    header, *rows = view.text("map", "list").splitlines()
    held = loaded("kinds")
    header, *rows = view.text("map", "list").splitlines()
    assert header.split()[0] == "id" and {"type", "name"} <= set(header.split())
    table = {row.split()[0]: row for row in rows}
    assert len(table) == len(rows)
    for name, fd in held.maps.items():
        row = table[str(kernel.id_of(fd))]
        facts = view.json("map", kernel.id_of(fd), "info.json")
        for column in ("type", "name"):
            start = header.index(column)
            assert row[start:].split()[0] == facts[column], (name, column)


def test_pids(view, loaded):
    number = kernel.id_of(loaded("net").maps["flows"])
    expected = holders("map", number)
    assert os.getpid() in [holder["pid"] for holder in expected]
    assert view.json("map", number, "pids.json") == {"id": number, "pids": expected}
    assert view.json("map", number, "info.json")["pids"] == expected


def test_btf_link(view, loaded):
    number = kernel.id_of(loaded("net").maps["flows"])
    btf = view.json("map", number, "info.json")["btf_id"]
    assert os.readlink(view.at("map", number, "btf")).split("/")[-2:] == ["btf", str(btf)]


def test_inner_maps(view, loaded):
    held = loaded("kinds")
    number = kernel.id_of(held.maps["k_array_of_maps"])
    expected = {"0": f"map/{kernel.id_of(held.maps['k_inner_a'])}",
                "3": f"map/{kernel.id_of(held.maps['k_inner_b'])}"}
    found = {name: view.target("map", number, "inner", name)
             for name in view.list("map", number, "inner")}
    assert found == expected


def test_inner_programs_of_a_prog_array(view, loaded):
    held = loaded("calls")
    number = kernel.id_of(held.maps["jump_table"])
    assert {name: view.target("map", number, "inner", name)
            for name in view.list("map", number, "inner")} == \
        {"2": f"prog/{kernel.id_of(held.progs['tail_second'])}"}


def test_map_without_name(view):
    with kernel.Map("array", 4, 4, 1) as made:
        check(bpftool("map", "show", "id", made.id), view.json("map", made.id, "info.json"))
