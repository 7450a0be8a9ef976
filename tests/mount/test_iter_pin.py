# SPDX-License-Identifier: GPL-2.0-or-later
"""iter/pin: iterators of object files."""
import errno
import os
import subprocess
import threading

import pytest

import elf
import kernel
import objects
import writing
from oracle import bpftool
from writing import code_of, order


@pytest.fixture
def pinned(bpffs):
    """A path for a pin, which is removed."""
    path = f"{bpffs}/iterator"
    yield path
    if os.path.exists(path):
        os.unlink(path)


def pin(view, text):
    """The link's id."""
    word, number = writing.answer(view.at("iter", "pin"), text).split()
    assert word == "id"
    return int(number)


def lines(path):
    with open(path) as file:
        return file.read().splitlines()


def refused(view, code, text):
    return writing.refused(view, code, "", order, view.at("iter", "pin"), text)


def test_an_iterator_of_maps(view, pinned, bpffs):
    before = view.fds(), view.bpf_fds()
    number = pin(view, f"{objects.path_of('iter')} {pinned}\n")
    with kernel.Map("array", 4, 4, 1, name="seen_by_it") as made:
        assert f"{made.id} seen_by_it" in lines(pinned)
        assert f"{made.id} seen_by_it" in view.text("link", number, "iter").splitlines()
    assert {link["id"]: link.get("target_name") for link in bpftool("link", "list")}[number] == \
        "bpf_map"
    assert str(number) in view.list("iter/links")
    assert (view.fds(), view.bpf_fds()) == before
    other = f"{bpffs}/bpftools"
    subprocess.run(["bpftool", "iter", "pin", objects.path_of("iter"), other], check=True)
    try:
        assert set(lines(other)) & set(lines(pinned))
    finally:
        os.unlink(other)


def test_the_tasks_of_a_process(view, pinned):
    stop = threading.Event()
    more = threading.Thread(target=stop.wait)
    more.start()
    try:
        pin(view, f"{objects.path_of('iter_task')} {pinned} pid {os.getpid()}")
        found = [tuple(map(int, line.split())) for line in lines(pinned)]
        assert {tgid for tgid, _ in found} == {os.getpid()}
        assert {pid for _, pid in found} == set(map(int, os.listdir("/proc/self/task")))
        os.unlink(pinned)
        pin(view, f"{objects.path_of('iter_task')} {pinned} tid {more.native_id}")
        assert lines(pinned) == [f"{os.getpid()} {more.native_id}"]
        os.unlink(pinned)
        pin(view, f"{objects.path_of('iter_task')} {pinned}")
        assert len({line.split()[0] for line in lines(pinned)}) > 1
    finally:
        stop.set()
        more.join()


def test_the_cgroups_below_one(view, pinned):
    with open("/proc/self/mounts") as mounts:
        root = next(line.split()[1] for line in mounts if line.split()[2] == "cgroup2")
    name = "bpfview-" + os.urandom(4).hex()
    path = f"{root}/{name}"
    os.mkdir(path)
    os.mkdir(f"{path}/inner")
    try:
        outer, inner = (str(os.stat(folder).st_ino) for folder in (path, f"{path}/inner"))
        for words, expected in ((f"cgroup {path}", [outer, inner]),
                                (f"cgroup {name}", [outer, inner]),
                                (f"cgroup /{name}/ order descendants_post", [inner, outer]),
                                (f"order self_only cgroup {name}/inner", [inner])):
            pin(view, f"{objects.path_of('iter_cgroup')} {pinned} {words}")
            assert lines(pinned) == expected, words
            os.unlink(pinned)
        pin(view, f"{objects.path_of('iter_cgroup')} {pinned}")
        assert {outer, inner} < set(lines(pinned))
        os.unlink(pinned)
        pin(view, f"{objects.path_of('iter_cgroup')} {pinned} order self_only")
        assert lines(pinned) == [str(os.stat(root).st_ino)]
        assert "cgroup" in refused(view, errno.ENOENT,
                                   f"{objects.path_of('iter_cgroup')} {pinned}-2 cgroup {name}/x")
    finally:
        os.rmdir(f"{path}/inner")
        os.rmdir(path)


def test_the_entries_of_a_map(view, pinned):
    with kernel.Map("hash", 4, 4, 4, name="walked") as made:
        for key in (3, 9):
            made.update(key.to_bytes(4, "little"), bytes(4))
        text = f"{objects.path_of('iter_elem')} {pinned} map id {made.id}"
        code = code_of(order, view.at("iter", "pin"), text)
        if code:
            assert code == errno.EPERM, view.text("error_log")
            words = view.text("error_log").splitlines()
            pytest.skip(next(line for line in words if "load failed" in line).strip())
        assert sorted(lines(pinned)) == ["3", "9"]


def test_a_map_that_is_needed(view, pinned):
    words = refused(view, errno.EINVAL, f"{objects.path_of('iter_elem')} {pinned}")
    assert "needs a map" in words
    assert not os.path.exists(pinned)


def test_the_verifiers_words(view, pinned, tmp_path):
    (tmp_path / "bad.o").write_bytes(elf.spoiled("iter", "iter/bpf_map"))
    words = refused(view, errno.EINVAL, f"{tmp_path}/bad.o {pinned}")
    assert "At program exit the register R0" in words and "list_maps" in words
    assert not os.path.exists(pinned)


@pytest.mark.parametrize("text, code, words", [
    ("", errno.EINVAL, "path of an object file"),
    ("{iter}", errno.EINVAL, "a path in a bpffs"),
    ("{iter}-missing {pin}", errno.ENOENT, "No such file"),
    ("{net} {pin}", errno.EINVAL, "is no iterator"),
    ("{types} {pin}", errno.EINVAL, "no program"),
    ("{iter} {pin} pid 1", errno.EINVAL, "cannot be limited"),
    ("{task} {pin} order self_only", errno.EINVAL, "task"),
    ("{task} {pin} pid x", errno.EINVAL, "a number is expected"),
    ("{task} {pin} pid 1 tid 1", errno.EINVAL, "already"),
    ("{task} {pin} pd 1", errno.EINVAL, 'did you mean "pid"'),
    ("{iter} {pin} map id 4294967295", errno.ENOENT, "No such file"),
    ("{iter} /tmp/pin-of-bpfview", errno.EPERM, "no bpffs"),
    ("{iter} {pin}/x", errno.ENOTDIR, "directory"),
    ("{iter} a/../../pin", errno.EINVAL, ".."),
    ("{iter} /sys/fs/bpf/none/at/all", errno.ENOENT, "no such folder"),
])
def test_bad_input(view, pinned, text, code, words):
    with kernel.Map("array", 4, 4, 1) as made:
        if "{pin}/x" in text:
            kernel.pin(made.fd, pinned)
    before = view.bpf_fds()
    text = text.format(iter=objects.path_of("iter"), net=objects.path_of("net"),
                       types=objects.path_of("types"), task=objects.path_of("iter_task"),
                       pin=pinned)
    assert words in refused(view, code, text + "\n")
    assert view.bpf_fds() == before
    assert not os.path.exists("/tmp/pin-of-bpfview")


def test_a_path_that_is_taken(view, pinned):
    pin(view, f"{objects.path_of('iter')} {pinned}")
    assert "there is something" in refused(view, errno.EEXIST,
                                           f"{objects.path_of('iter')} {pinned}")
