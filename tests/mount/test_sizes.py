# SPDX-License-Identifier: GPL-2.0-or-later
"""st_size of streams that are too long for it to be known: whoever copies gets all of them."""
import os
import shutil
import struct
import subprocess

import pytest

import kernel

COUNT = 60_000
LEAST = 1 << 20  # what is told before anybody has read all


@pytest.fixture
def long_dump(view):
    """A map that nobody has read yet, and the path of its dump of about 4 MB."""
    with kernel.Map("hash", 4, 16, COUNT, name="long_dump") as made:
        made.fill(struct.pack(f"={COUNT}I", *range(COUNT)), bytes(16 * COUNT), COUNT)
        yield made, view.at("map", made.id, "dump")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def with_sendfile(source, target):
    """In small portions, as far as it goes."""
    with open(source, "rb") as file, open(target, "wb") as out:
        while os.sendfile(out.fileno(), file.fileno(), None, 100_000):
            pass


def with_command(*command):
    def copy(source, target):
        if not shutil.which(command[0]):
            pytest.skip(f"no {command[0]} here")
        subprocess.run([*command, source, target], check=True, stderr=subprocess.DEVNULL)
    return copy


COPIES = {
    "sendfile": with_sendfile,
    "shutil": shutil.copyfile,
    "cp": with_command("cp"),
    "gio": with_command("gio", "copy"),
    "busybox": with_command("busybox", "cp"),
    "cat": with_command("sh", "-c", 'cat "$0" > "$1"'),
    "dd": with_command("sh", "-c", 'dd if="$0" of="$1" bs=4k'),
}


@pytest.mark.parametrize("how", COPIES)
def test_first_copy_is_whole(long_dump, tmp_path, how):
    _, dump = long_dump
    COPIES[how](dump, tmp_path / "copy")
    copied = read(tmp_path / "copy")
    assert len(copied) > 3 * LEAST
    assert copied == read(dump)


@pytest.mark.parametrize("how", COPIES)
def test_first_copy_of_what_has_a_size(view, tmp_path, how):
    """What is made at open is told its size there, also to those who do not ask."""
    for value, count in ((8, 100), (8, 2048), (1, 3277)):  # less than a page, six, four and a byte
        with kernel.Map("array", 4, value, count) as made:
            made.update(struct.pack("=I", count - 1), b"\xaa" * value)
            dump = view.at("map", made.id, "dump.bin")
            for size in [count * (4 + value)] * 2:
                COPIES[how](dump, tmp_path / "copy")
                copied = read(tmp_path / "copy")
                assert len(copied) == size and copied == read(dump)


def test_copies_of_what_changes_in_size(long_dump, tmp_path):
    """The size of the last time is more or less than that of now."""
    made, dump = long_dump
    for first, last in ((0, COUNT // 2), (0, 0), (COUNT // 2, COUNT)):
        for key in range(first, last):
            made.delete(struct.pack("=I", key))
        with_sendfile(dump, tmp_path / "copy")
        assert read(tmp_path / "copy") == read(dump)
        made.fill(struct.pack(f"={COUNT}I", *range(COUNT)), bytes(16 * COUNT), COUNT)
        with_sendfile(dump, tmp_path / "copy")
        assert read(tmp_path / "copy") == read(dump)


def tar(dump, folder):
    """Exit status, what it complains of, and what is in the archive."""
    archive = folder / "dump.tar"
    where, name = os.path.split(dump)
    done = subprocess.run(["tar", "-cf", archive, "-C", where, name], check=False, text=True,
                          stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"})
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)
    return done.returncode, done.stderr, read(folder / name)


def test_size_is_told_once_it_is_known(long_dump, tmp_path):
    made, dump = long_dump
    with open(dump, "rb") as file:
        assert os.fstat(file.fileno()).st_size == LEAST
        assert file.read(10) and os.fstat(file.fileno()).st_size >= LEAST
    assert os.stat(dump).st_size == LEAST
    status, words, content = tar(dump, tmp_path)
    assert status == 1 and "file changed as we read it" in words and len(content) == LEAST
    data = read(dump)
    assert os.stat(dump).st_size == len(data)
    assert tar(dump, tmp_path) == (0, "", data)
    assert os.stat(dump).st_size == len(data)
    made.delete(struct.pack("=I", 7))
    made.delete(struct.pack("=I", 8))
    status, words, content = tar(dump, tmp_path)
    assert status == 1 and "shrank" in words and content.rstrip(b"\0") == read(dump)
    made.fill(struct.pack("=2I", 7, 8), bytes(32), 2)
    status, words, content = tar(dump, tmp_path)
    assert status == 1 and "file changed as we read it" in words
    assert read(dump).startswith(content)


def test_end_is_found_from_the_end(long_dump):
    """tail asks for the size first."""
    _, dump = long_dump
    data = read(dump)
    done = subprocess.run(["tail", "-n", "3", dump], check=True, stdout=subprocess.PIPE)
    assert done.stdout == b"".join(data.splitlines(True)[-3:])


def test_several_readers_at_once(long_dump, tmp_path):
    """Sizes are told of a file, not of an open one."""
    _, dump = long_dump
    data = read(dump)
    with open(dump, "rb", buffering=0) as slow:
        part = slow.read(3 << 20)
        with_sendfile(dump, tmp_path / "copy")
        assert read(tmp_path / "copy") == data
        while more := slow.read(1 << 20):
            part += more
        assert part == data
