# SPDX-License-Identifier: GPL-2.0-or-later
"""pin/: a bpffs of the test's own, folder by folder."""
import contextlib
import errno
import os
import stat
import subprocess

import pytest

import attach
import kernel
from daemon import View, own_bpffs
from writing import last_words, refused


@pytest.fixture(scope="module")
def own():
    """A bpffs, and a daemon that shows it."""
    with own_bpffs() as folder, View(f"bpffs={folder}") as view:
        view.bpffs = folder
        view.preloaded = [f"{folder}/{name}" for name in os.listdir(folder)]
        yield view


@pytest.fixture(autouse=True)
def tidy(own):
    yield
    for folder, folders, files in os.walk(own.bpffs, topdown=False):
        for name in files + folders:
            path = os.path.join(folder, name)
            if stat.S_ISDIR(os.lstat(path).st_mode):
                os.rmdir(path)
            elif path not in own.preloaded:
                os.unlink(path)


def links(own, *parts):
    """The symlinks there; the kernel has put iterators of its own into each bpffs."""
    folder = own.at("pin", *parts)
    return {name: os.readlink(os.path.join(folder, name)) for name in names(own, *parts)
            if os.path.islink(os.path.join(folder, name))}


def names(own, *parts):
    return [name for name in own.list("pin", *parts)
            if os.path.join(own.bpffs, *parts, name) not in own.preloaded]


def fails(code, function, *arguments):
    with pytest.raises(OSError) as caught:
        function(*arguments)
    assert caught.value.errno == code, caught.value


def test_objects_of_each_kind(own, loaded):
    prog = loaded("iter").progs["list_maps"]
    with kernel.Map("array", 4, 4, 1) as made, attach.iterator(prog) as link:
        kernel.pin(made.fd, f"{own.bpffs}/a map")
        kernel.pin(prog, f"{own.bpffs}/a_prog")
        kernel.pin(link.fd, f"{own.bpffs}/a_link")
        assert links(own) == {"a map": f"../map/{made.id}", "a_link": f"../link/{link.id}",
                                    "a_prog": f"../prog/{kernel.id_of(prog)}"}
        assert own.target("pin", "a_link") == f"link/{link.id}"
        assert own.json("pin", "a map", "info.json")["id"] == made.id
        assert f"{own.bpffs}/a map" in own.text("pin", "a map", "pins").splitlines()


def test_preloaded_iterators(own):
    """Links that the kernel pins in each new bpffs; it may have forgotten their programs."""
    for path in own.preloaded:
        name = os.path.basename(path)
        assert name in own.list("pin")
        try:
            with kernel.Fd(kernel.bpf(kernel.OBJ_GET, kernel.attr_of(
                    "QII", kernel.address(kernel.buffer(path.encode() + b"\0")), 0, 0))) as link:
                assert own.target("pin", name) == f"link/{link.id}"
        except OSError as err:
            assert own.text("pin", name) == f"not shown: {os.strerror(err.errno)}\n"


def test_folders_in_folders(own):
    with kernel.Map("array", 4, 4, 1) as made:
        path, seen = own.bpffs, {}
        for depth in range(12):
            path = os.path.join(path, "d")
            os.mkdir(path)
            kernel.pin(made.fd, os.path.join(path, f"map{depth}"))
        for folder, folders, files in os.walk(own.at("pin")):
            for name in files + folders:
                if "map" in name and os.path.islink(os.path.join(folder, name)):
                    seen[os.path.relpath(os.path.join(folder, name), own.at("pin"))] = \
                        os.readlink(os.path.join(folder, name))
        assert seen == {"d/" * (n + 1) + f"map{n}": "../" * (n + 2) + f"map/{made.id}"
                        for n in range(12)}
        assert own.target("pin", *["d"] * 12, "map11") == f"map/{made.id}"


def test_changes_show_at_once(own):
    with kernel.Map("array", 4, 4, 1) as one, kernel.Map("array", 4, 4, 1) as other:
        for _ in range(5):
            os.mkdir(f"{own.bpffs}/x")
            kernel.pin(one.fd, f"{own.bpffs}/x/map")
            assert links(own, "x") == {"map": f"../../map/{one.id}"}
            os.rename(f"{own.bpffs}/x/map", f"{own.bpffs}/map")
            assert names(own, "x") == [] and own.target("pin", "map") == f"map/{one.id}"
            os.unlink(f"{own.bpffs}/map")
            kernel.pin(other.fd, f"{own.bpffs}/map")
            assert own.target("pin", "map") == f"map/{other.id}"
            os.unlink(f"{own.bpffs}/map")
            os.rmdir(f"{own.bpffs}/x")
            kernel.pin(one.fd, f"{own.bpffs}/x")
            assert links(own) == {"x": f"../map/{one.id}"}
            os.unlink(f"{own.bpffs}/x")
            assert names(own) == []


def test_symlinks_stay_inside(own):
    with kernel.Map("array", 4, 4, 1) as made:
        os.mkdir(f"{own.bpffs}/x")
        kernel.pin(made.fd, f"{own.bpffs}/x/map")
        inside = {"one": "x/map", "folder": "x", "nowhere": "x/none", "x/up": "../x/map"}
        outside = {"root": "/", "etc": "/etc/passwd", "above": "../..", "x/far": "../../../etc",
                   "x/self": "..", "x/trick": "self/../..", "loop": "loop"}
        inside["x/self"] = outside.pop("x/self")
        for name, text in (inside | outside).items():
            os.symlink(text, f"{own.bpffs}/{name}")
        for name, text in inside.items():
            assert os.readlink(own.at("pin", name)) == text
        for name in outside:
            assert os.path.basename(name) in own.list("pin", os.path.dirname(name))
            assert stat.S_ISREG(os.lstat(own.at("pin", name)).st_mode)
            words = os.strerror(errno.ELOOP if name == "loop" else errno.EXDEV)
            assert own.text("pin", name) == f"not shown: {words}\n"
        assert own.target("pin", "one") == own.target("pin", "x", "up") == f"map/{made.id}"
        assert links(own, "folder")["map"] == f"../../map/{made.id}"
        # no daemon goes through a symlink by itself
        assert stat.S_ISLNK(os.lstat(own.at("pin", "folder")).st_mode)


@contextlib.contextmanager
def mounted(*words):
    subprocess.run(["mount", *words], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", words[-1]], check=True)


def test_other_mounts_are_not_there(own):
    with kernel.Map("array", 4, 4, 1) as made:
        os.mkdir(f"{own.bpffs}/x")
        os.mkdir(f"{own.bpffs}/y")
        kernel.pin(made.fd, f"{own.bpffs}/y/map")
        with mounted("-t", "tmpfs", "none", f"{own.bpffs}/x"):
            with open(f"{own.bpffs}/x/secret", "w", encoding="ascii"):
                pass
            assert names(own) == ["y"]
            assert not os.path.lexists(own.at("pin", "x"))
            assert not os.path.lexists(own.at("pin", "x", "secret"))
        with mounted("--bind", f"{own.bpffs}/y", f"{own.bpffs}/x"):
            assert names(own) == ["y"]
        assert sorted(names(own)) == ["x", "y"] and names(own, "x") == []


def test_modes_do_not_matter(own):
    """The daemon is root: it shows what others may not see, to those who may see the mount."""
    with kernel.Map("array", 4, 4, 1) as made:
        os.mkdir(f"{own.bpffs}/x", 0)
        kernel.pin(made.fd, f"{own.bpffs}/x/map")
        os.chmod(f"{own.bpffs}/x/map", 0)
        assert own.target("pin", "x", "map") == f"map/{made.id}"


def test_many(own):
    with kernel.Map("array", 4, 4, 1) as made:
        for number in range(1000):
            kernel.pin(made.fd, f"{own.bpffs}/map{number}")
        assert sorted(names(own)) == sorted(f"map{number}" for number in range(1000))
        assert set(links(own).values()) == {f"../map/{made.id}"}
        before = own.bpf_fds()
        links(own)
        assert own.bpf_fds() == before


def test_gone_while_listed(own):
    with kernel.Map("array", 4, 4, 1) as made:
        os.mkdir(f"{own.bpffs}/x")
        kernel.pin(made.fd, f"{own.bpffs}/x/map")
        fd = os.open(own.at("pin", "x"), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.unlink(f"{own.bpffs}/x/map")
            os.rmdir(f"{own.bpffs}/x")
            os.listdir(fd)
            fails(errno.ENOENT, os.readlink, own.at("pin", "x", "map"))
        finally:
            os.close(fd)
        assert names(own) == []


def test_default_is_sys_fs_bpf(view):
    if "bpf" not in subprocess.run(["stat", "-f", "-c", "%T", "/sys/fs/bpf"], check=True,
                                   capture_output=True, text=True).stdout:
        assert view.list("pin") == []
        return
    name = f"/sys/fs/bpf/bpfview_test_{os.getpid()}"
    with kernel.Map("array", 4, 4, 1) as made:
        kernel.pin(made.fd, name)
        try:
            assert view.target("pin", os.path.basename(name)) == f"map/{made.id}"
        finally:
            os.unlink(name)


def test_wrong_options(mount):
    for value in ("/tmp", "/nowhere/at/all", ""):
        with pytest.raises(AssertionError) as caught:
            mount(f"bpffs={value}")
        assert "bpfview: " in str(caught.value)


# --- changes ---

@pytest.fixture
def array():
    with kernel.Map("array", 4, 4, 1, name="pinned_here") as made:
        yield made


def pinned_id(path):
    name = kernel.buffer(path.encode() + b"\0")
    with kernel.Fd(kernel.bpf(kernel.OBJ_GET,
                              kernel.attr_of("QII", kernel.address(name), 0, 0))) as pin:
        return pin.id


def test_symlinks_pin(own, array):
    for name, text in (("absolute", own.at("map", array.id)), ("relative", f"../map/{array.id}"),
                       ("named", "../map/by-name/pinned_here"), ("again", "absolute"),
                       ("pinned", f"{own.bpffs}/absolute")):
        os.symlink(text, own.at("pin", name))
        assert pinned_id(f"{own.bpffs}/{name}") == array.id
        assert links(own)[name] == f"../map/{array.id}"
    for name in ("absolute", "relative", "named", "again", "pinned"):
        os.unlink(own.at("pin", name))
        assert not os.path.lexists(f"{own.bpffs}/{name}")


def test_what_cannot_be_pinned(own, array):
    path = own.at("pin", "new")
    for text in ("/etc/passwd", own.at("map"), own.at("README"), "nothing", f"{own.bpffs}/nothing",
                 f"{own.bpffs}x", "../../../etc/passwd", f"{own.bpffs}/../../etc/passwd"):
        with pytest.raises(OSError) as caught:
            os.symlink(text, path)
        assert caught.value.errno in (errno.EINVAL, errno.ENOENT, errno.EXDEV), text
        assert text in last_words(own)
        assert not os.path.lexists(path) and not os.path.lexists(f"{own.bpffs}/new")
    refused(own, errno.EPERM, "no names with a dot", os.symlink, own.at("map", array.id),
            own.at("pin", "with.dot"))
    refused(own, errno.EPERM, "no file can be made", open, own.at("pin", "new"), "wb")


def test_folders_come_move_and_go(own, array):
    os.mkdir(own.at("pin", "one"))
    os.mkdir(own.at("pin", "one", "two"))
    assert os.path.isdir(f"{own.bpffs}/one/two")
    refused(own, errno.EPERM, "no names with a dot", os.mkdir, own.at("pin", "a.b"))
    os.symlink(own.at("map", array.id), own.at("pin", "one", "two", "it"))
    assert own.target("pin", "one", "two", "it") == f"map/{array.id}"
    refused(own, errno.ENOTEMPTY, "not empty", os.rmdir, own.at("pin", "one", "two"))
    os.rename(own.at("pin", "one", "two", "it"), own.at("pin", "moved"))
    assert pinned_id(f"{own.bpffs}/moved") == array.id
    os.rename(own.at("pin", "one", "two"), own.at("pin", "three"))
    assert own.list("pin", "one") == []
    with pytest.raises(FileExistsError):
        os.mkdir(own.at("pin", "three"))
    refused(own, errno.EPERM, "renamed", os.rename, own.at("pin", "moved"), own.at("map", "moved"))
    os.unlink(own.at("pin", "moved"))
    os.rmdir(own.at("pin", "three"))
    os.rmdir(own.at("pin", "one"))
    assert not {"one", "three", "moved"} & set(os.listdir(own.bpffs))


def test_other_mounts_are_out_of_reach(own, array):
    """What is mounted inside the bpffs is neither shown nor changed."""
    os.mkdir(f"{own.bpffs}/outside")
    subprocess.run(["mount", "-t", "tmpfs", "none", f"{own.bpffs}/outside"], check=True)
    try:
        with open(f"{own.bpffs}/outside/kept", "wb"):
            pass
        for change in (os.unlink, os.mkdir, os.rmdir):
            with pytest.raises(OSError):
                change(own.at("pin", "outside", "kept"))
        with pytest.raises(OSError):
            os.symlink(own.at("map", array.id), own.at("pin", "outside", "new"))
        assert os.listdir(f"{own.bpffs}/outside") == ["kept"]
    finally:
        subprocess.run(["umount", f"{own.bpffs}/outside"], check=True)
        os.rmdir(f"{own.bpffs}/outside")


def test_a_view_to_read_changes_nothing(own, mount, array):
    view = mount(f"ro,bpffs={own.bpffs}")
    for change in (lambda: os.symlink(view.at("map", array.id), view.at("pin", "new")),
                   lambda: os.mkdir(view.at("pin", "new"))):
        with pytest.raises(OSError) as caught:
            change()
        assert caught.value.errno == errno.EROFS
