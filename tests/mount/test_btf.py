# SPDX-License-Identifier: GPL-2.0-or-later
"""btf/: the type information that programs and maps were made with."""
import pytest

import kernel
import objects
from oracle import bpftool, check, holders

WITH_BTF = objects.names()


@pytest.fixture(params=WITH_BTF)
def blob(request, view, loaded):
    """A loaded object and the id of its BTF."""
    held = loaded(request.param)
    numbers = [view.json("prog", kernel.id_of(fd), "info.json").get("btf_id")
               for fd in held.progs.values()]
    numbers += [view.json("map", kernel.id_of(fd), "info.json").get("btf_id")
                for fd in held.maps.values()]
    return held, next(filter(None, numbers))


def test_info_json_is_bpftools(view, blob):
    _, number = blob
    expected = bpftool("btf", "show", "id", number)
    for key in {"prog_ids", "map_ids"} & set(expected):
        expected[key].sort()  # bpftool's order is that of its hash tables
    check(expected, view.json("btf", number, "info.json"), "info.json")


def test_links_to_its_users(view, blob):
    held, number = blob
    for kind, fds in (("prog", held.progs), ("map", held.maps)):
        users = {str(kernel.id_of(fd)) for fd in fds.values()
                 if view.json(kind, kernel.id_of(fd), "info.json").get("btf_id") == number}
        assert users <= set(view.list("btf", number, kind + "s"))
        for user in users:
            assert view.target("btf", number, kind + "s", user) == f"{kind}/{user}"
            assert view.target(kind, user, "btf") == f"btf/{number}"


def test_list(view, loaded):
    loaded("net")
    expected = {item["id"]: item for item in bpftool("btf", "show")}
    found = {item["id"]: item for item in view.json("btf", "list.json")}
    rows = {int(row.split()[0]) for row in view.text("btf", "list").splitlines()[1:]}
    assert set(found) == rows or set(found) <= rows | set(expected)
    assert 1 in found and found[1]["name"] == "vmlinux"
    assert found[1]["kernel"] is True
    assert found[1]["size"] == expected[1]["size"]


def test_the_kernels(view):
    assert view.target("btf", "by-name", "vmlinux") == "btf/1"


def test_pids(view, blob):
    _, number = blob
    assert view.json("btf", number, "pids.json") == {"id": number,
                                                    "pids": holders("btf", number)}
