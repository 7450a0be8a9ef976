# SPDX-License-Identifier: GPL-2.0-or-later
"""cgroup/: the cgroup2 tree and what is attached to it, beside what bpftool says."""
import os
import subprocess
import threading

import pytest

import attach
import kernel
import objects
from kernel import wait_until
from oracle import bpftool, check

ALLOW = kernel.insn(0xb7, 0, imm=1) + kernel.insn(0x95)
# bpftool's word for a type, the type of its programs, and whether those need to know it
TYPES = {
    "cgroup_inet_ingress": (8, False),
    "cgroup_inet_egress": (8, False),
    "cgroup_inet_sock_create": (9, False),
    "cgroup_sock_ops": (13, False),
    "cgroup_device": (15, False),
    "cgroup_inet4_connect": (18, True),
    "cgroup_udp6_sendmsg": (18, True),
    "cgroup_sysctl": (23, False),
    "cgroup_getsockopt": (25, True),
}


def program(kind, name):
    number, expects = TYPES[kind]
    return kernel.Prog(ALLOW, kind=number, name=name,
                       attach=attach.attach_type(kind) if expects else 0)


class Tree(attach.Cgroup):
    """A cgroup of the test's own with others in it, removed with all that is attached."""

    def __init__(self):
        super().__init__()
        self.real, self.inner, self.programs = self.root + self.path, [], []
        self.name = self.path[1:]

    def make(self, name):
        path = os.path.join(self.real, name)
        os.mkdir(path)
        self.inner.append(path)
        return path

    def attach(self, where, kind, name, *flags):
        """Attaches a new program with bpftool; its id."""
        prog = program(kind, name)
        self.programs.append(prog)
        subprocess.run(["bpftool", "cgroup", "attach", os.path.join(self.real, where), kind,
                        "id", str(prog.id), *flags], check=True)
        return prog.id

    def close(self):
        for prog in self.programs:
            prog.close()
        for path in reversed(self.inner):
            if os.path.isdir(path):
                os.rmdir(path)
        super().close()


@pytest.fixture
def tree():
    made = Tree()
    yield made
    made.close()


def by_id(entries):
    return sorted(entries, key=lambda entry: (entry["attach_type"], entry["id"]))


def compare(view, tree, where=""):
    """list.json and effective.json of a cgroup with bpftool; what list.json has."""
    real = os.path.join(tree.real, where).rstrip("/")
    ours = view.json("cgroup", tree.name, where, "list.json")
    check(by_id(bpftool("cgroup", "show", real)), by_id(ours), "list.json")
    effective = view.json("cgroup", tree.name, where, "effective.json")
    check(by_id(bpftool("cgroup", "show", real, "effective")), by_id(effective), "effective.json")
    assert all("attach_flags" not in entry for entry in effective)
    return ours


def test_every_type(view, tree):
    ids = {kind: tree.attach("", kind, f"at_{kind[7:17]}") for kind in TYPES}
    ours = compare(view, tree)
    assert {entry["attach_type"]: entry["id"] for entry in ours} == ids
    for kind, number in ids.items():
        names = view.list("cgroup", tree.name, kind)
        assert names == [f"01-at_{kind[7:17]}"]
        assert view.target("cgroup", tree.name, kind, names[0]) == f"prog/{number}"
    folders = {name for name in view.list("cgroup", tree.name)
               if os.path.isdir(view.at("cgroup", tree.name, name))}
    assert folders == set(TYPES)


@pytest.mark.parametrize("flag", ["multi", "override", ""])
def test_flags(view, tree, flag):
    tree.attach("", "cgroup_inet_egress", "flags", *flag.split())
    assert compare(view, tree)[0]["attach_flags"] == flag
    line = view.text("cgroup", tree.name, "list").splitlines()[1].split()
    assert line[1:4] == ["cgroup_inet_egress", flag or "-", "flags"]


def test_order_of_a_chain(view, tree):
    ids = [tree.attach("", "cgroup_inet_ingress", f"step{i}", "multi") for i in range(12)]
    assert [entry["id"] for entry in compare(view, tree)] == ids
    names = sorted(view.list("cgroup", tree.name, "cgroup_inet_ingress"))
    assert names == [f"{i + 1:02}-step{i}" for i in range(12)]
    folder = ("cgroup", tree.name, "cgroup_inet_ingress")
    assert [view.target(*folder, name) for name in names] == [f"prog/{i}" for i in ids]


def test_more_in_effect_than_one_cgroup_can_have(view, tree):
    where = ""
    for level in range(3):
        for i in range(30):
            tree.attach(where, "cgroup_inet_egress", f"p{level}_{i}", "multi")
        where = os.path.join(where, "in")
        tree.make(where)
    compare(view, tree, "in/in")
    assert len(view.json("cgroup", tree.name, where, "effective.json")) == 90
    assert view.json("cgroup", tree.name, where, "list.json") == []


def test_nested(view, tree):
    """Folders within folders of their kind, links from any depth."""
    path = ""
    for _ in range(6):
        path = os.path.join(path, "same")
        tree.make(path)
    number = tree.attach(path, "cgroup_device", "deep")
    compare(view, tree, path)
    assert view.target("cgroup", tree.name, path, "cgroup_device", "01-deep") == f"prog/{number}"
    assert os.path.realpath(view.at("cgroup", tree.name, path, "../..")) == \
        view.at("cgroup", tree.name, os.path.dirname(os.path.dirname(path)))
    found = [where for where, _, _ in os.walk(view.at("cgroup", tree.name))]
    assert len(found) == 8 and len({os.stat(where).st_ino for where in found}) == 8


def test_tree(view, tree):
    tree.make("a")
    tree.make("a/b")
    tree.make("c")
    tree.attach("", "cgroup_inet_egress", "top", "multi")
    tree.attach("a/b", "cgroup_inet_egress", "down", "multi")
    tree.attach("a/b", "cgroup_sysctl", "down2")

    def mine(entries):
        return {entry["cgroup"]: by_id(entry["programs"]) for entry in entries
                if entry["cgroup"].startswith(tree.real)}

    ours = mine(view.json("cgroup", "tree.json"))
    assert list(ours) == [tree.real, f"{tree.real}/a/b"]
    check(mine(bpftool("cgroup", "tree")), ours)
    assert f"cgroup: {tree.real}/a/b\n" in view.text("cgroup", "tree")
    assert "tree" not in view.list("cgroup", tree.name)


@pytest.mark.guest
def test_link(view, tree):
    with program("cgroup_inet_egress", "by_link") as prog:
        with attach.link(prog.fd, tree.fd, "cgroup_inet_egress"):
            assert compare(view, tree)[0]["id"] == prog.id
        assert view.json("cgroup", tree.name, "list.json") == []
        assert "cgroup_inet_egress" not in view.list("cgroup", tree.name)


@pytest.mark.guest
def test_lsm(view, tree):
    try:
        held = objects.Object(objects.REFUSED, "on_lsm_cgroup")
    except OSError as err:
        pytest.skip(f"this kernel: LSM_CGROUP: {os.strerror(err.errno)}")
    fd = held.progs["on_lsm_cgroup"]
    with held, attach.link(fd, tree.fd, "lsm_cgroup"):
        (entry,) = compare(view, tree)
        assert entry["attach_btf_name"] == "bpf_lsm_socket_post_create"
        assert view.list("cgroup", tree.name, "lsm_cgroup") == ["01-on_lsm_cgroup"]
        assert view.target("cgroup", tree.name, "lsm_cgroup", "01-on_lsm_cgroup") == \
            f"prog/{kernel.id_of(fd)}"


def test_names_like_ours(view, tree):
    """A cgroup that is named like one of our files or folders can be reached all the same."""
    for name in ("list", "list.cgroup", "tree", "cgroup_device", "plain.cgroup"):
        tree.make(name)
    tree.attach("", "cgroup_device", "here", "multi")
    number = tree.attach("list", "cgroup_inet_egress", "in_list")
    names = set(view.list("cgroup", tree.name))
    assert {"list.cgroup", "list.cgroup.cgroup", "tree.cgroup", "cgroup_device",
            "cgroup_device.cgroup", "plain.cgroup"} <= names
    assert "plain" not in names and "tree" not in names
    assert view.json("cgroup", tree.name, "list.cgroup", "list.json")[0]["id"] == number
    assert view.json("cgroup", tree.name, "list.cgroup.cgroup", "list.json") == []
    assert view.list("cgroup", tree.name, "cgroup_device") == ["01-here"]
    assert "list" in view.list("cgroup", tree.name, "cgroup_device.cgroup")


def test_removed(view, tree):
    path = tree.make("gone")
    with open(view.at("cgroup", tree.name, "gone", "list.json"), "rb") as kept:
        os.rmdir(path)
        assert kept.read() == b"[]\n"
    with pytest.raises(FileNotFoundError):
        view.text("cgroup", tree.name, "gone", "list")
    assert not os.path.exists(view.at("cgroup", tree.name, "gone"))
    assert "gone" not in view.list("cgroup", tree.name)


def test_comings_and_goings_hide_nobody(view, tree):
    """While cgroups come and go, the others are always there."""
    number = tree.attach("", "cgroup_inet_egress", "stays", "multi")
    tree.make("z")
    tree.attach("z", "cgroup_inet_egress", "stays_too", "multi")
    stop, failed = threading.Event(), []

    def churn():
        try:
            while not stop.wait(0.001):
                for i in range(20):
                    os.mkdir(f"{tree.real}/m{i}")
                for i in range(20):
                    os.rmdir(f"{tree.real}/m{i}")
        except OSError as err:
            failed.append(err)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(50):
            mine = [entry for entry in view.json("cgroup", "tree.json")
                    if entry["cgroup"].startswith(tree.real)]
            assert [entry["cgroup"] for entry in mine] == [tree.real, f"{tree.real}/z"]
            assert [len(entry["programs"]) for entry in mine] == [1, 1]
            assert mine[0]["programs"][0]["id"] == number
            names = view.list("cgroup", tree.name)
            assert {"cgroup_inet_egress", "z", "list"} <= set(names)
            for name in names:
                try:
                    view.json("cgroup", tree.name, name, "effective.json")
                except (FileNotFoundError, NotADirectoryError):
                    continue
    finally:
        stop.set()
        thread.join(60)
    assert not failed


def test_nothing_stays_open(view, tree):
    compare_with = view.fds()
    for _ in range(20):
        view.list("cgroup", tree.name)
        view.text("cgroup", tree.name, "effective")
        view.text("cgroup", "tree")
    # one more at most: that which tells when something is mounted
    assert wait_until(lambda: view.fds() <= compare_with + 1)


def test_cgroup_option(mount, tree):
    tree.make("inside")
    number = tree.attach("inside", "cgroup_sysctl", "inner")
    view = mount(f"cgroup={tree.real}")
    assert view.json("cgroup", "inside", "list.json")[0]["id"] == number
    assert [entry["cgroup"] for entry in view.json("cgroup", "tree.json")] == \
        [f"{tree.real}/inside"]


def test_cgroup_option_needs_a_cgroup(tree):
    from daemon import BINARY
    for wrong in ("/proc", "/no/such/folder", f"{tree.real}/cgroup.procs", ""):
        done = subprocess.run([BINARY, "-o", f"cgroup={wrong}", "/mnt"], capture_output=True,
                              check=False)
        assert done.returncode == 2 and b"bpfview: " in done.stderr
