# SPDX-License-Identifier: GPL-2.0-or-later
"""struct_ops/: registering what an object file has, and taking it back."""
import errno
import os
import socket
import subprocess

import pytest

import elf
import kernel
import writing
from kernel import wait_until
from oracle import bpftool
from test_mount import as_nobody
from writing import code_of, order

CONTROLS = "/proc/sys/net/ipv4/tcp_available_congestion_control"


def private_name():
    """As long as those in the objects: a name can be registered once on a system."""
    return f"bv{os.urandom(5).hex()}".encode()


def controls():
    with open(CONTROLS, "rb") as file:
        return file.read().split()


class Copy:
    """An object file with names of congestion controls of its own."""

    def __init__(self, folder, name, *old, same=False):
        self.names = [private_name() for _ in old]
        if same:
            self.names = self.names[:1] * len(old)
        self.path = f"{folder}/{name}.bpf.o"
        with open(self.path, "wb") as file:
            file.write(elf.renamed(name, *zip(old, self.names)))


@pytest.fixture
def lazy(tmp_path):
    return Copy(tmp_path, "cc", b"bpfview_lazy")


@pytest.fixture
def two(tmp_path):
    return Copy(tmp_path, "cc_two", b"bpfview_one_", b"bpfview_two_")


@pytest.fixture
def own(mount, bpffs):
    """A daemon whose bpffs is the tests' own, left as it was found."""
    before = set(os.listdir(bpffs))
    view = mount(f"bpffs={bpffs}")
    yield view
    for name in set(os.listdir(bpffs)) - before:
        path = os.path.join(bpffs, name)
        if os.path.isdir(path):
            for inner in os.listdir(path):
                os.unlink(os.path.join(path, inner))
            os.rmdir(path)
        else:
            os.unlink(path)


def register(view, text):
    """A dict for each line of the answer."""
    lines = writing.answer(view.at("struct_ops", "register"), text).splitlines()
    words = [line.split() for line in lines]
    return [dict(zip(line[::2], line[1::2])) for line in words]


def refused(view, code, text, file="register"):
    return writing.refused(view, code, "", order, view.at("struct_ops", file), text)


def maps_of(view, name):
    """The maps that have a congestion control of that name."""
    found = []
    for ops in view.json("struct_ops", "list.json"):
        try:
            if name in view.read("map", ops["id"], "dump"):
                found.append(ops["id"])
        except FileNotFoundError:
            continue
    return found


def exchange(name):
    """What arrives of a text sent through a socket with that congestion control."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name)
        client.connect(server.getsockname())
        client.sendall(b"through it" * 1000)
        client.shutdown(socket.SHUT_WR)
        with server.accept()[0] as peer:
            text = b""
            while piece := peer.recv(65536):
                text += piece
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0") == \
            name
    return text


def test_register_use_unregister(own, bpffs, lazy):
    name = lazy.names[0]
    [made] = register(own, lazy.path)
    assert made["name"] == "lazy_cc" and name in controls()
    assert made["pinned"] == f"{bpffs}/bpfview/lazy_cc"
    assert int(made["id"]) in {ops["id"] for ops in own.json("struct_ops", "list.json")}
    assert {link["id"]: link.get("map_id") for link in bpftool("link", "list")}[
        int(made["link"])] == int(made["id"])
    assert exchange(name) == b"through it" * 1000
    order(own.at("struct_ops", made["id"], "unregister"), "1\n")
    assert name not in controls()
    assert code_of(exchange, name) == errno.ENOENT
    assert not os.path.exists(made["pinned"])
    wait_until(lambda: not kernel.exists("map", int(made["id"])), what="the map's end")
    before = own.fds()  # with what is kept for the next readers
    [made] = register(own, lazy.path)
    order(own.at("struct_ops", made["id"], "unregister"), "1\n")
    assert own.fds() == before and own.bpf_fds() == []


def test_it_outlives_the_daemon(mount, bpffs, lazy):
    view = mount(f"bpffs={bpffs}")
    [made] = register(view, lazy.path)
    view.stop()
    assert exchange(lazy.names[0])
    view = mount(f"bpffs={bpffs}")
    order(view.at("struct_ops", "unregister"), f"id {made['id']}")
    assert lazy.names[0] not in controls() and not os.path.exists(made["pinned"])


def test_links_are_pinned_where_one_likes(own, bpffs, two):
    plain, linked = register(own, f"{two.path} links\n")
    assert (plain["name"], linked["name"]) == ("plain_cc", "by_link_cc")
    assert "pinned" not in plain and linked["pinned"] == f"{bpffs}/links/by_link_cc"
    assert set(two.names) <= set(controls())
    for one, name in zip((plain, linked), two.names):
        assert exchange(name)
        order(own.at("struct_ops", "unregister"), f"map id {one['id']}")
        assert name not in controls()
    # a pin that is not below bpfview/ is not ours to remove
    assert os.listdir(f"{bpffs}/links") == ["by_link_cc"]


def test_a_name_will_do(own, two):
    register(own, two.path)
    for name in ("plain_cc", "by_link_cc"):
        same = [ops["id"] for ops in own.json("struct_ops", "list.json") if ops["name"] == name]
        if len(same) == 1:
            order(own.at("struct_ops", "unregister"), f"name {name}")
        else:
            assert "say the id" in refused(own, errno.EINVAL, f"name {name}", "unregister")
            mine = max(same)
            order(own.at("struct_ops", "unregister"), str(mine))
    assert not set(two.names) & set(controls())


def test_paths_are_the_writers(own, lazy):
    subprocess.run(["sh", "-c", f"echo cc.bpf.o > {own.at('struct_ops', 'register')}"],
                   cwd=os.path.dirname(lazy.path), check=True)
    made = next(ops for ops in own.json("struct_ops", "list.json")
                if ops["name"] == "lazy_cc" and ops["state"] == "ready")
    order(own.at("struct_ops", made["id"], "unregister"), "1")
    assert lazy.names[0] not in controls()


def test_all_or_nothing(own, bpffs, tmp_path):
    twice = Copy(tmp_path, "cc_two", b"bpfview_one_", b"bpfview_two_", same=True)
    pins = set(os.listdir(bpffs))
    for text in (twice.path, f"{twice.path} links"):
        assert "File exists" in refused(own, errno.EEXIST, text)
        assert twice.names[0] not in controls()
        wait_until(lambda: not maps_of(own, twice.names[0]), what="the maps' end")
        assert set(os.listdir(bpffs)) - pins <= {"bpfview"}
    assert not os.path.exists(f"{bpffs}/bpfview") or os.listdir(f"{bpffs}/bpfview") == []
    assert own.bpf_fds() == []


def test_a_pin_in_the_way(own, bpffs, lazy):
    os.mkdir(f"{bpffs}/links")
    with kernel.Map("array", 4, 4, 1) as made:
        kernel.pin(made.fd, f"{bpffs}/links/lazy_cc")
    words = refused(own, errno.EEXIST, f"{lazy.path} links")
    assert "links/lazy_cc: there is something" in words
    assert lazy.names[0] not in controls()
    assert os.listdir(f"{bpffs}/links") == ["lazy_cc"]


def test_the_verifiers_words(own, tmp_path):
    (tmp_path / "bad.o").write_bytes(elf.spoiled("cc_two", "struct_ops"))
    words = refused(own, errno.EACCES, f"{tmp_path}/bad.o")
    assert "R0 !read_ok" in words and "two_window" in words and "BEGIN PROG LOAD LOG" in words


@pytest.mark.parametrize("text, code, words", [
    ("", errno.EINVAL, "path of an object file"),
    ("{folder}/missing.o", errno.ENOENT, "No such file"),
    ("{folder}", errno.EINVAL, "no regular file"),
    ("{folder}/text", errno.EINVAL, "opening the object"),
    ("{net}", errno.EINVAL, "no struct_ops map"),
    ("{cc} /tmp/links", errno.EPERM, "no bpffs"),
    ("{cc} links/../..", errno.EINVAL, ".."),
    ("{cc} no/folder", errno.EPERM, "no bpffs"),
    ("{cc} links more", errno.EINVAL, "nothing more"),
])
def test_bad_input(own, bpffs, tmp_path, text, code, words):
    (tmp_path / "text").write_text("no ELF at all\n" * 10)
    pins = os.listdir(bpffs)
    text = text.format(folder=tmp_path, net=elf.objects.path_of("net"),
                       cc=elf.objects.path_of("cc"))
    assert words in refused(own, code, text + "\n")
    assert os.listdir(bpffs) == pins and not os.path.exists("/tmp/links")


def test_bad_unregistering(own, lazy):
    with kernel.Map("array", 4, 4, 1) as made:
        assert "no struct_ops map" in refused(own, errno.EINVAL, f"id {made.id}", "unregister")
    assert "No such" in refused(own, errno.ENOENT, "id 4294967295", "unregister")
    assert "missing" in refused(own, errno.EINVAL, "\n", "unregister")
    assert "no map has this name" in refused(own, errno.ENOENT, "name no_such_cc", "unregister")
    [made] = register(own, lazy.path)
    file = f"{made['id']}/unregister"
    assert "1 is expected" in refused(own, errno.EINVAL, "0", file)
    assert "nothing more" in refused(own, errno.EINVAL, f"id {made['id']} now", "unregister")
    with kernel.open_id("map", int(made["id"])):
        order(own.at("struct_ops", file), "1")
        assert "not registered" in refused(own, errno.ENOENT, "1", file)


def test_only_for_root(mount, lazy):
    view = mount("allow_other,umask=0")
    assert as_nobody(lambda: order(view.at("struct_ops", "register"), lazy.path)) == errno.EPERM
    assert "only root" in view.text("error_log")
    assert lazy.names[0] not in controls()
