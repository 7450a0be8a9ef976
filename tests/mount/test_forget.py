# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that the kernel is told to forget: the daemon's memory comes back, and nobody notices."""
import os
import struct
import subprocess
import threading

import pytest

import kernel
from daemon import View
from kernel import wait_until

COUNT = 60_000  # entries: far more than the daemon keeps in mind
GROWTH = 3_000  # kB; the names alone would be twice as much


@pytest.fixture(scope="module")
def large():
    with kernel.Map("hash", 4, 8, COUNT, name="large") as made:
        made.fill(struct.pack(f"={COUNT}I", *range(COUNT)), bytes(8 * COUNT), COUNT)
        yield made


def look_at_all(folder):
    """Name and inode number of all files, each looked up."""
    found = {}
    with os.scandir(folder) as listing:
        for entry in listing:
            found[entry.name] = entry.stat().st_ino
    return found


def settle(view):
    """Until memory has stopped shrinking to what it should be."""
    wait_until(lambda: view.resident() < view.before + GROWTH, "forgetting")


@pytest.fixture
def fresh(large):
    with View("nopipes") as view:
        view.folder = view.at("map", large.id, "entries")
        view.text("map", large.id, "info")
        os.listdir(view.folder)
        view.before = view.resident()
        yield view


def test_memory_comes_back(fresh):
    assert len(look_at_all(fresh.folder)) == COUNT
    settle(fresh)


def test_what_is_in_use_stays(fresh, large):
    """An open file, a watched one, the folder somebody is in, and inode numbers."""
    large.update(struct.pack("=I", 7), struct.pack("=Q", 5))
    path = f"{fresh.folder}/hex:07000000"
    by_type = fresh.at("map", "by-type", "hash")
    script = "ls >&2; read line; /bin/pwd -P; ls"
    with open(path, "rb", buffering=0) as held, \
            subprocess.Popen(["sh", "-c", script], cwd=by_type, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        before = os.fstat(held.fileno())
        first = look_at_all(fresh.folder)
        settle(fresh)
        assert held.read() == b"hex 05 00 00 00 00 00 00 00\n"
        assert os.fstat(held.fileno()).st_ino == before.st_ino == os.stat(path).st_ino
        large.update(struct.pack("=I", 7), struct.pack("=Q", 6))
        with open(path, "rb") as again:
            assert again.read() == b"hex 06 00 00 00 00 00 00 00\n"
        said = child.communicate(b"\n")[0].decode().splitlines()
        assert said[0] == by_type and str(large.id) in said[1:]
        assert look_at_all(fresh.folder) == first


def test_walks_meanwhile_see_everything(fresh):
    """Names are forgotten behind one that pauses, and in front of others."""
    with os.scandir(fresh.folder) as listing:
        found = {}
        for number, entry in enumerate(listing):
            if number == COUNT * 2 // 3:
                settle(fresh)
            found[entry.name] = entry.stat().st_ino
    assert len(found) == COUNT
    for command, lines in {"find . -type f": COUNT, "ls -lR": COUNT + 2}.items():
        done = subprocess.run(command.split(), cwd=fresh.folder, capture_output=True, text=True,
                              check=False)
        assert done.stderr == "" and done.returncode == 0
        assert len(done.stdout.splitlines()) == lines
    assert look_at_all(fresh.folder) == found


@pytest.mark.parametrize("seconds", (2.5, 3.5))
def test_ends_while_forgetting(large, seconds):
    """Whoever is in the middle of a walk gets an error; the daemon ends as ever."""
    view = View("nopipes")
    folder = view.at("map", large.id, "entries")
    ended = []

    def walk():
        try:
            while True:
                look_at_all(folder)
        except OSError as err:
            ended.append(err)

    walkers = [threading.Thread(target=walk) for _ in range(3)]
    for walker in walkers:
        walker.start()
    walkers[0].join(seconds)
    assert not ended
    view.stop()
    for walker in walkers:
        walker.join(kernel.PATIENCE)
    assert len(ended) == 3
