# SPDX-License-Identifier: GPL-2.0-or-later
"""link/ID/: update, detach, pin."""
import errno
import os

import pytest

import attach
import kernel
import objects
from hooks import PROBED, Probed
from writing import code_of, order


@pytest.fixture
def linked(hooked, inside):
    """The program egress is attached by a link made through the view."""
    inside.attach(f"egress prog {inside.id('egress')} link")
    number = hooked.link("egress")
    yield number
    assert code_of(order, hooked.view.at("link", number, "detach"), "1") in (0, errno.ENOENT)


def test_update(hooked, inside, linked):
    old, new = inside.id("egress"), inside.id("egress_too")
    path = hooked.view.at("link", linked, "update")
    cause = inside.cause("egress")
    hooked.rises("egress", cause)
    assert hooked.links("egress") == [linked]
    order(path, f"prog {new} old {old}")
    assert hooked.view.target("link", linked, "prog") == f"prog/{new}"
    assert hooked.links("egress") == [] and hooked.links("egress_too") == [linked]
    hooked.rests("egress", cause)
    hooked.rises("egress_too", cause)
    order(path, f"prog id {old}")
    hooked.rises("egress", cause)
    with open(path) as file:
        text = file.read()
    assert "usage: prog P [old P]\nusage: map M [old M]\n" in text and f"prog id {old}" in text
    hooked.restart()
    order(hooked.view.at("link", linked, "update"), f"prog {new}")
    hooked.rises("egress_too", cause)


def wrong_update(hooked, linked, text, code, words):
    assert code_of(order, hooked.view.at("link", linked, "update"), text) == code, hooked.log()
    assert words in hooked.log()


def test_wrong_updates(hooked, inside, linked):
    new = inside.id("egress_too")
    wrong_update(hooked, linked, f"prog {new} old {new}", errno.EPERM, "not have the old prog")
    wrong_update(hooked, linked, f"prog {inside.id('device')}", errno.EINVAL, "its type must be")
    wrong_update(hooked, linked, f"prog {new} old", errno.EINVAL, "")
    wrong_update(hooked, linked, f"prog {new} odl {new}", errno.EINVAL, 'did you mean "old"?')
    wrong_update(hooked, linked, "prog 4000000000", errno.ENOENT, "")
    wrong_update(hooked, linked, "prog", errno.EINVAL, "")
    wrong_update(hooked, linked, "program 1", errno.EINVAL, 'no command called "program"')
    assert hooked.view.target("link", linked, "prog") == f"prog/{inside.id('egress')}"


def test_links_that_keep_their_program(hooked):
    hooked.attach("uprobe", f"uprobe {PROBED} probed_one")
    number = hooked.link("uprobe")
    code = code_of(order, hooked.view.at("link", number, "update"),
                   f"prog {hooked.progs['kprobe']}")
    assert code in (errno.EINVAL, errno.EOPNOTSUPP)
    hooked.detach("uprobe")


def test_detach(hooked, inside, linked):
    path = hooked.view.at("link", linked, "detach")
    hooked.rises("egress", inside.cause("egress"))
    assert code_of(order, path, "0") == errno.EINVAL
    assert hooked.kept() == ["h_egress-egress"]
    order(path, "1")
    hooked.rests("egress", inside.cause("egress"))
    assert hooked.kept() == []


def test_detach_removes_our_pins_only(hooked, inside, linked):
    order(hooked.view.at("link", linked, "pin"), "mine")
    pins = hooked.view.text("link", linked, "pins").split()
    assert pins == [f"{hooked.bpffs}/bpfview/h_egress-egress", f"{hooked.bpffs}/mine"]
    try:
        order(hooked.view.at("link", linked, "detach"), "1")
        hooked.rests("egress", inside.cause("egress"))
        assert hooked.view.text("link", linked, "pins").split() == [f"{hooked.bpffs}/mine"]
    finally:
        os.unlink(f"{hooked.bpffs}/mine")


def test_links_of_others(hooked):
    """The kernel detaches what it can; what only ends with its last holder does not end."""
    cgroup = attach.Cgroup()
    try:
        with attach.link(hooked.object.progs["h_egress"], cgroup.fd, "cgroup_inet_egress") as made:
            order(hooked.view.at("link", made.id, "detach"), "1")
            assert hooked.view.json("link", made.id, "info.json").get("cgroup_id", 0) == 0
    finally:
        cgroup.close()
    with attach.probe(hooked.object.progs["h_uprobe"], "uprobe", PROBED, 0x10) as made:
        code = code_of(order, hooked.view.at("link", made.id, "detach"), "1")
        assert code == errno.EOPNOTSUPP and "nobody holds it" in hooked.log()
        assert kernel.exists("link", made.id)


def test_a_probe_is_detached_by_its_link(hooked):
    probed = Probed()
    try:
        hooked.attach("uprobe", f"uprobe {PROBED} probed_one")
        hooked.rises("uprobe", probed.one)
        order(hooked.view.at("link", hooked.link("uprobe"), "detach"), "1")
        assert hooked.kept() == [] and hooked.links("uprobe") == []
        hooked.rests("uprobe", probed.one)
    finally:
        probed.close()


def test_pin(hooked, linked):
    path = hooked.view.at("link", linked, "pin")
    order(path, "one")
    try:
        assert code_of(order, path, "one") == errno.EEXIST
        assert code_of(order, path, "/tmp/outside") == errno.EPERM
        assert code_of(order, path, "\n") == errno.EINVAL
        assert f"{hooked.bpffs}/one" in hooked.view.text("link", linked, "pins")
    finally:
        os.unlink(f"{hooked.bpffs}/one")


def test_struct_ops(hooked):
    """A link of an implementation gets another one, which must have the same name."""
    name = b"bv_" + os.urandom(4).hex().encode() + b"\0"

    def load():
        return objects.Object("cc", prepare=lambda o: o.replace("lazy_cc", b"bpfview_lazy", name))

    with load() as one, load() as two:
        one.register("lazy_cc")
        # the name is taken, but the kernel has the second one's functions now
        assert code_of(two.register, "lazy_cc") == errno.EEXIST
        ids = [kernel.id_of(made.maps["lazy_cc"]) for made in (one, two)]
        link = next(item["id"] for item in hooked.view.json("link", "list.json")
                    if item["type"] == "struct_ops" and item["map_id"] == ids[0])
        path = hooked.view.at("link", link, "update")
        order(path, f"map {ids[1]} old {ids[0]}")
        assert hooked.view.target("link", link, "map") == f"map/{ids[1]}"
        assert code_of(order, path, f"map {ids[0]} old {ids[0]}") == errno.EPERM
        assert "does not have the old map" in hooked.log()
        assert code_of(order, path, f"map {hooked.maps['hits']}") == errno.EINVAL
        order(hooked.view.at("link", link, "detach"), "1")
        with open("/proc/sys/net/ipv4/tcp_available_congestion_control") as known:
            assert name[:-1].decode() not in known.read().split()
