# SPDX-License-Identifier: GPL-2.0-or-later
"""The folders of symlinks: by-name, by-tag, by-type."""
import os

import pytest

import kernel
from kernel import wait_until

KINDS = ("prog", "map")


def make(kind, name):
    return kernel.Prog(name=name) if kind == "prog" else kernel.Map("array", 4, 4, 1, name=name)


@pytest.fixture
def unique():
    """A name that nobody else uses."""
    return "t" + os.urandom(5).hex()


@pytest.mark.parametrize("kind", KINDS)
def test_unique_name(view, kind, unique):
    with make(kind, unique) as made:
        link = os.readlink(view.at(kind, "by-name", unique))
        assert not link.startswith("/")
        assert view.target(kind, "by-name", unique) == f"{kind}/{made.id}"
        assert unique in view.list(kind, "by-name")
        assert view.json(kind, "by-name", unique, "info.json")["id"] == made.id
    wait_until(lambda: not os.path.lexists(view.at(kind, "by-name", unique)))
    assert unique not in view.list(kind, "by-name")


@pytest.mark.parametrize("kind", KINDS)
def test_shared_name(view, kind, unique):
    with make(kind, unique) as a:
        with make(kind, unique) as b:
            names = [name for name in view.list(kind, "by-name") if name.startswith(unique)]
            assert sorted(names) == sorted([f"{unique}.{a.id}", f"{unique}.{b.id}"])
            assert not os.path.lexists(view.at(kind, "by-name", unique))
            for made in (a, b):
                assert view.target(kind, "by-name", f"{unique}.{made.id}") == f"{kind}/{made.id}"
            gone = b.id
        wait_until(lambda: not kernel.exists(kind, gone))
        names = [name for name in view.list(kind, "by-name") if name.startswith(unique)]
        assert names == [unique]
        assert view.target(kind, "by-name", unique) == f"{kind}/{a.id}"
        assert not os.path.lexists(view.at(kind, "by-name", f"{unique}.{gone}"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_looks_like_a_shared_one(view, kind, unique):
    """NAME.ID of one object may be the very name of another: no link may mislead."""
    unique = unique[:4]  # the kernel keeps 15 characters, and an id may have ten
    with make(kind, unique) as a, make(kind, unique) as b:
        with make(kind, f"{unique}.{a.id}") as c:
            found = [view.target(kind, "by-name", name) for name in view.list(kind, "by-name")
                     if name.startswith(unique)]
            assert sorted(found) == sorted(f"{kind}/{made.id}" for made in (a, b, c))
            for name in view.list(kind, "by-name"):
                if name.startswith(unique):
                    number = int(view.target(kind, "by-name", name).split("/")[1])
                    real = view.json(kind, number, "info.json")["name"]
                    assert name in (real, f"{real}.{number}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [".", "..", "...", ".hidden"])
def test_names_made_of_dots(view, kind, name):
    """The kernel allows them; they must not stand for the folder itself."""
    with make(kind, name) as made:
        names = os.listdir(view.at(kind, "by-name"))
        assert "." not in names and ".." not in names
        assert os.path.realpath(view.at(kind, "by-name", ".")) == view.at(kind, "by-name")
        assert os.path.realpath(view.at(kind, "by-name", "..")) == view.at(kind)
        if name in ("...", ".hidden"):
            mine = [n for n in names if n in (name, f"{name}.{made.id}")]
            assert len(mine) == 1
            assert view.target(kind, "by-name", mine[0]) == f"{kind}/{made.id}"


def test_long_names_are_whole(view, loaded):
    held = loaded("names")
    for name, fd in held.progs.items():
        mine = [n for n in view.list("prog", "by-name")
                if n in (name, f"{name}.{kernel.id_of(fd)}")]
        assert len(mine) == 1
        assert view.target("prog", "by-name", mine[0]) == f"prog/{kernel.id_of(fd)}"


def test_by_tag(view, loaded):
    held = loaded("net")
    for fd in held.progs.values():
        number = kernel.id_of(fd)
        tag = view.json("prog", number, "info.json")["tag"]
        assert str(number) in view.list("prog", "by-tag", tag)
        assert view.target("prog", "by-tag", tag, number) == f"prog/{number}"


def test_a_tag_of_two(view):
    with kernel.Prog() as a, kernel.Prog() as b:
        tag = view.json("prog", a.id, "info.json")["tag"]
        assert {str(a.id), str(b.id)} <= set(view.list("prog", "by-tag", tag))
        gone = b.id
        b.close()
        wait_until(lambda: not kernel.exists("prog", gone))
        assert str(gone) not in view.list("prog", "by-tag", tag)
        assert not os.path.lexists(view.at("prog", "by-tag", tag, gone))


@pytest.mark.parametrize("path", ["prog/by-tag/0000", "prog/by-tag/0123456789abcdeg",
                                  "prog/by-type/nothing", "map/by-type/xdp", "prog/by-name/",
                                  "map/by-tag"])
def test_what_is_not_there(view, path):
    if path.endswith("/"):
        path += "no_program_has_this_name"
    with pytest.raises(FileNotFoundError):
        os.stat(view.at(path))


def test_a_tag_that_nobody_has(view):
    with kernel.Prog(kernel.insn(0xb7, 0, imm=int.from_bytes(os.urandom(3), "big"))
                     + kernel.insn(0x95)) as prog:
        tag = view.json("prog", prog.id, "info.json")["tag"]
        number = prog.id
    wait_until(lambda: not kernel.exists("prog", number))
    assert tag not in view.list("prog", "by-tag")
    assert not os.path.exists(view.at("prog", "by-tag", tag))


@pytest.mark.parametrize("kind", KINDS)
def test_by_type(view, loaded, kind):
    held = loaded("net")
    for fd in (held.progs if kind == "prog" else held.maps).values():
        number = kernel.id_of(fd)
        word = view.json(kind, number, "info.json")["type"]
        assert word in view.list(kind, "by-type")
        assert str(number) in view.list(kind, "by-type", word)
        assert view.target(kind, "by-type", word, number) == f"{kind}/{number}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_link_of_our_objects_resolves(view, loaded, kind):
    held = loaded("calls")
    for fd in (held.progs if kind == "prog" else held.maps).values():
        for folder, _, _ in os.walk(view.at(kind, kernel.id_of(fd))):
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    assert not os.readlink(path).startswith("/")
                    assert os.path.realpath(path, strict=True).startswith(view.path + "/")
