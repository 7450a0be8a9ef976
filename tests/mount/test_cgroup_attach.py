# SPDX-License-Identifier: GPL-2.0-or-later
"""cgroup/PATH/: attach, detach, ln -s and rm, with a process in a cgroup of its own."""
import errno
import os

import pytest

from hooks import EVENTS
from writing import code_of, order

@pytest.mark.parametrize("spelling", [0, 1], ids=["long", "short"])
@pytest.mark.parametrize("prog", EVENTS)
def test_every_hook(hooked, inside, prog, spelling):
    names, number = EVENTS[prog][0].split(), inside.id(prog)
    cause = inside.cause(prog)
    hooked.rests(prog, cause)
    inside.attach(f"{names[spelling]} prog {number}")
    assert [(entry["attach_type"], entry["id"]) for entry in
            inside.attached()] == [(names[0], number)]
    hooked.rises(prog, cause)
    inside.detach(f"{names[spelling]} prog {number}")
    assert not os.path.exists(f"{inside.folder}/{names[0]}")
    hooked.rests(prog, cause)
    assert hooked.kept() == []


@pytest.mark.parametrize("mode", ["", "multi", "override"])
def test_modes(inside, mode):
    inside.attach(f"egress id {inside.id('egress')} {mode}")
    found = inside.attached()[0]
    assert found["attach_flags"] == mode
    code = code_of(inside.attach, f"egress id {inside.id('egress_too')} multi")
    assert code == (0 if mode == "multi" else errno.EPERM)
    if code:
        assert "another mode" in inside.hooks.log()


def test_it_outlives_the_daemon(hooked, inside):
    inside.attach(f"egress prog {inside.id('egress')}")
    hooked.restart()
    hooked.rises("egress", inside.cause("egress"))


def chain(inside):
    return [name.split("-", 1)[1][2:] for name in inside.names("cgroup_inet_egress")]


@pytest.mark.guest
def test_places_in_the_chain(hooked, inside):
    first, second = inside.id("egress"), inside.id("egress_too")
    inside.attach(f"egress prog {first} multi")
    code = code_of(inside.attach, f"egress prog {second} first")
    if code == errno.EINVAL:
        assert "Linux 6.17" in hooked.log()
        pytest.skip(hooked.log().splitlines()[-1].strip())
    assert chain(inside) == ["egress_too", "egress"]
    for words, expected in ((f"before {first}", ["egress_too", "egress"]),
                            (f"after prog {first}", ["egress", "egress_too"]),
                            ("last", ["egress", "egress_too"]),
                            (f"before id {first}", ["egress_too", "egress"])):
        inside.detach(f"egress prog {second}")
        inside.attach(f"egress prog {second} {words}")
        assert chain(inside) == expected, words
    inside.detach(f"egress prog {second}")
    code = code_of(inside.attach, f"egress prog {second} after {inside.id('ingress')}")
    assert code == errno.ENOENT and "to stand next to" in hooked.log()


def test_replace(hooked, inside):
    inside.attach(f"egress prog {inside.id('egress')} multi")
    inside.attach(f"egress prog {inside.id('egress_too')} replace {inside.id('egress')}")
    assert chain(inside) == ["egress_too"]
    hooked.rises("egress_too", inside.cause("egress"))
    hooked.rests("egress", inside.cause("egress"))
    code = code_of(inside.attach, f"egress prog {inside.id('egress')} replace"
                   f" {inside.id('egress')}")
    assert code == errno.ENOENT and "to be replaced" in hooked.log()


@pytest.mark.guest
def test_a_link(hooked, inside):
    inside.attach(f"egress prog {inside.id('egress')} link")
    number = hooked.link("egress")
    assert hooked.kept() == ["h_egress-egress"]
    hooked.rises("egress", inside.cause("egress"))
    code = code_of(inside.detach, f"egress prog {inside.id('egress')}")
    assert code == errno.ENOENT and f"link/{number}/detach" in hooked.log()
    code = code_of(inside.attach, f"egress prog {inside.id('egress_too')} link override")
    assert code == errno.EINVAL and "neither override nor replace" in hooked.log()
    order(hooked.view.at("link", number, "detach"), "1")
    hooked.rests("egress", inside.cause("egress"))
    assert hooked.kept() == []
    if not code_of(inside.attach, f"egress prog {inside.id('egress')} link first"):
        inside.attach(f"egress prog {inside.id('egress_too')} link before link"
                      f" {hooked.link('egress')}")
        assert chain(inside) == ["egress_too", "egress"]
        for prog in ("egress", "egress_too"):
            order(hooked.view.at("link", hooked.link(prog), "detach"), "1")
    assert hooked.kept() == []


# --- symlinks ---


def test_symlinks(hooked, inside):
    inside.attach(f"egress prog {inside.id('egress')} multi")
    folder = f"{inside.folder}/cgroup_inet_egress"
    target = hooked.view.at("prog", inside.id("egress_too"))
    os.symlink(target, f"{folder}/new")
    assert chain(inside) == ["egress", "egress_too"]
    hooked.rises("egress_too", inside.cause("egress"))
    os.unlink(f"{folder}/01-h_egress")
    hooked.rests("egress", inside.cause("egress"))
    assert chain(inside) == ["egress_too"]
    # others may have programs of that name
    name, = (name for name, target in hooked.view.links("prog", "by-name").items()
             if os.path.basename(target) == str(inside.id("egress")))
    os.symlink(f"../../../prog/by-name/{name}", f"{folder}/x")
    assert chain(inside) == ["egress_too", "egress"]
    code = code_of(os.symlink, target, f"{folder}/again")
    assert code == errno.EINVAL and "attached there already" in hooked.log()
    code = code_of(os.symlink, hooked.view.at("map", hooked.maps["hits"]), f"{folder}/map")
    assert code == errno.EINVAL and "only programs" in hooked.log()
    assert code_of(os.unlink, f"{folder}/03-nothing") == errno.ENOENT
    for name in inside.names("cgroup_inet_egress"):  # rm *
        os.unlink(f"{folder}/{name}")
    assert not os.path.exists(folder)


def test_removing_a_link(hooked, inside):
    inside.attach(f"egress prog {inside.id('egress')} link")
    os.unlink(f"{inside.folder}/cgroup_inet_egress/01-h_egress")
    assert hooked.kept() == [] and inside.names("cgroup_inet_egress") == []
    hooked.rests("egress", inside.cause("egress"))


def test_no_symlink_where_others_are_excluded(hooked, inside):
    inside.attach(f"egress prog {inside.id('egress')}")
    folder = f"{inside.folder}/cgroup_inet_egress"
    code = code_of(os.symlink, hooked.view.at("prog", inside.id("egress_too")), f"{folder}/x")
    assert code == errno.EPERM and "another mode" in hooked.log()
    assert chain(inside) == ["egress"]


# --- wrong ---


WRONG = [
    ("", errno.EINVAL, "an attach type is missing"),
    ("egress", errno.EINVAL, ""),
    ("egres prog {egress}", errno.EINVAL, 'did you mean "egress"?'),
    ("cgroup_inet4_bnd prog {egress}", errno.EINVAL, 'did you mean "cgroup_inet4_bind"?'),
    ("xdp prog {egress}", errno.EINVAL, "no attach type"),
    ("egress prog id x", errno.EINVAL, "an id is expected"),
    ("egress prog 4000000000", errno.ENOENT, ""),
    ("egress prog {egress} multy", errno.EINVAL, 'did you mean "multi"?'),
    ("egress prog {egress} multi override", errno.EINVAL, "already"),
    ("egress prog {egress} first last", errno.EINVAL, "already"),
    ("egress prog {egress} before", errno.EINVAL, ""),
    ("device prog {egress}", errno.EINVAL, "of type cgroup_skb may not be for cgroup_device"),
    ("bind4 prog {connect4}", errno.EINVAL, "loaded for something else"),
]


@pytest.mark.parametrize("text,code,words", WRONG, ids=[text for text, *_ in WRONG])
def test_wrong_words(hooked, inside, text, code, words):
    assert code_of(inside.attach, text.format(**hooked.progs) or "\n") == code, hooked.log()
    assert words in hooked.log()
    assert inside.attached() == [] and hooked.kept() == []


def test_detach_what_is_not_there(hooked, inside):
    code = code_of(inside.detach, f"egress prog {inside.id('egress')}")
    assert code == errno.ENOENT and "not attached here" in hooked.log()
    assert code_of(inside.detach, f"egress prog {inside.id('egress')} multi") == errno.EINVAL
    assert code_of(inside.detach, "egress") == errno.EINVAL


def test_usage(hooked, inside):
    with open(f"{inside.folder}/attach") as file:
        text = file.read()
    assert "usage: TYPE prog P [multi|override] [preorder] [first|last|before P|after P|replace P]" \
        " [link]\n" in text
    with open(f"{inside.folder}/detach") as file:
        assert "usage: TYPE prog P\n" in file.read()
    assert hooked.kept() == []


def test_a_cgroup_called_attach(hooked, inside):
    os.mkdir(f"{inside.real}/attach")
    try:
        order(f"{inside.folder}/attach.cgroup/attach", f"egress prog {inside.id('egress')}")
        assert os.listdir(f"{inside.folder}/attach.cgroup/cgroup_inet_egress") == ["01-h_egress"]
        assert inside.names("cgroup_inet_egress") == [] and hooked.kept() == []
    finally:
        os.rmdir(f"{inside.real}/attach")
