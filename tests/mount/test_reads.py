# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading as on any file system: offsets, steps, listings, inodes."""
import concurrent.futures
import ctypes
import os
import subprocess
import threading

import pytest

import kernel


@pytest.fixture(scope="module")
def file(view, loaded):
    """A file of some length whose content stays."""
    number = kernel.id_of(loaded("net").progs["count_xdp"])
    return view.at("prog", number, "xlated")


def test_one_byte_reads(file):
    with open(file, "rb", buffering=0) as opened:
        whole = opened.read()
        opened.seek(0)
        assert b"".join(iter(lambda: opened.read(1), b"")) == whole
        assert opened.read(1) == b""


@pytest.mark.parametrize("step", [2, 3, 7, 511, 4095, 4097, 1 << 20])
def test_odd_steps(file, step):
    with open(file, "rb", buffering=0) as opened:
        whole = opened.read()
        opened.seek(0)
        assert b"".join(iter(lambda: opened.read(step), b"")) == whole


def test_past_the_end(file):
    fd = os.open(file, os.O_RDONLY)
    try:
        size = len(os.pread(fd, 1 << 20, 0))
        for offset in (size, size + 1, size + 4096, 1 << 32, 1 << 62):
            assert os.pread(fd, 4096, offset) == b""
        assert len(os.pread(fd, 100, size - 1)) == 1
        assert os.pread(fd, 0, 0) == b""
        with pytest.raises(OSError):
            os.pread(fd, 1, -1)
        assert os.lseek(fd, 0, os.SEEK_END) == size
        assert os.lseek(fd, 5, os.SEEK_SET) == 5
    finally:
        os.close(fd)


def test_backwards(file):
    fd = os.open(file, os.O_RDONLY)
    try:
        whole = os.pread(fd, 1 << 20, 0)
        for offset in range(len(whole) - 1, -1, -13):
            assert os.pread(fd, 17, offset) == whole[offset:offset + 17]
    finally:
        os.close(fd)


def test_readers_in_parallel(view, file):
    whole = open(file, "rb").read()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        for data in pool.map(lambda _: open(file, "rb").read(), range(400)):
            assert data == whole


def test_a_thousand_open_files(view, file):
    whole = open(file, "rb").read()
    before = view.threads()
    fds = [os.open(file, os.O_RDONLY) for _ in range(1000)]
    try:
        assert all(os.read(fd, 1 << 20) == whole for fd in fds)
        assert view.threads() <= before + 2
    finally:
        for fd in fds:
            os.close(fd)


def test_python_coreutils_and_gio_read_it_all(file):
    whole = open(file, "rb").read()
    for command in (["cat", file], ["head", "-c", "100000000", file], ["gio", "cat", file],
                    ["dd", "if=" + file, "bs=100", "status=none"]):
        assert subprocess.run(command, capture_output=True, check=True).stdout == whole, command
    assert int(subprocess.run(["wc", "-c", file], capture_output=True, check=True)
               .stdout.split()[0]) == len(whole)


def test_copies(file, tmp_path):
    whole = open(file, "rb").read()
    for i, command in enumerate((["cp"], ["gio", "copy"], ["rsync"], ["install"])):
        target = tmp_path / str(i)
        try:
            subprocess.run([*command, file, target], check=True, capture_output=True)
        except FileNotFoundError:
            continue
        assert target.read_bytes() == whole, command


# --- listings ---


class Dirent(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_uint64), ("off", ctypes.c_int64), ("len", ctypes.c_uint16),
                ("type", ctypes.c_uint8), ("name", ctypes.c_char * 256)]


libc = ctypes.CDLL(None, use_errno=True)
libc.fdopendir.restype = ctypes.c_void_p
libc.readdir64.restype = ctypes.POINTER(Dirent)
libc.telldir.restype = ctypes.c_long


class Folder:
    """opendir(3) and its kin."""

    def __init__(self, path):
        self.handle = ctypes.c_void_p(libc.fdopendir(os.open(path, os.O_RDONLY)))

    def read(self):
        entry = libc.readdir64(self.handle)
        return (entry.contents.name.decode(), entry.contents.ino) if entry else None

    def tell(self):
        return libc.telldir(self.handle)

    def seek(self, place):
        libc.seekdir(self.handle, ctypes.c_long(place))

    def rest(self):
        return list(iter(self.read, None))

    def close(self):
        libc.closedir(self.handle)


@pytest.fixture(scope="module")
def many():
    """Some hundreds of maps."""
    maps = [kernel.Map("array", 4, 4, 1, name=f"many_{i}") for i in range(600)]
    yield maps
    for made in maps:
        made.close()


def test_listing_has_all(view, many):
    wanted = {str(made.id) for made in many}
    assert wanted <= set(view.list("map"))
    assert {f"many_{i}" for i in range(600)} <= set(view.list("map", "by-name"))
    assert wanted <= set(view.list("map", "by-type", "array"))


def getdents(path, size):
    """Raw getdents64(2) with a buffer of `size` bytes: names and inode numbers."""
    number = {"x86_64": 217, "aarch64": 61}[os.uname().machine]
    room = ctypes.create_string_buffer(size)
    fd, found = os.open(path, os.O_RDONLY), []
    try:
        while True:
            n = libc.syscall(number, fd, room, size)
            assert n >= 0, os.strerror(ctypes.get_errno())
            if not n:
                return found
            at = 0
            while at < n:
                ino, _, length = kernel.struct.unpack_from("=QqH", room, at)
                name = room.raw[at + 19:at + length].split(b"\0")[0].decode()
                found.append((name, ino))
                at += length
    finally:
        os.close(fd)


@pytest.mark.parametrize("folder", ["map", "map/by-name", "map/by-type/array", "prog", ""])
def test_small_buffers(view, many, folder):
    small, large = getdents(view.at(folder), 280), getdents(view.at(folder), 1 << 16)
    names = [name for name, _ in small]
    assert len(names) == len(set(names))
    assert {".", ".."} <= set(names)
    ours = {str(made.id) for made in many} | {f"many_{i}" for i in range(600)}
    assert [entry for entry in small if entry[0] in ours] == \
        [entry for entry in large if entry[0] in ours]


@pytest.mark.parametrize("path", ["map", "map/by-name", "map/by-type/array"])
def test_places_in_a_listing_stay_valid(view, many, path):
    folder = Folder(view.at(path))
    ours = {str(made.id) for made in many} | {f"many_{i}" for i in range(600)}
    places = []
    while True:
        place = folder.tell()
        entry = folder.read()
        if not entry:
            break
        if entry[0] in ours:
            places.append((place, entry))
    assert len(places) == len(many)
    for place, entry in [*places[::-37], *places[::41], places[0], places[-1]]:
        folder.seek(place)
        assert folder.read() == entry
    folder.seek(places[len(places) // 2][0])
    rest = [entry for entry in folder.rest() if entry[0] in ours]
    assert rest == [entry for _, entry in places[len(places) // 2:]]
    folder.close()


def test_listing_while_objects_come_and_go(view, many):
    """What is there all along is listed once, whatever else happens."""
    ours, stop = {str(made.id) for made in many}, threading.Event()

    def churn():
        while not stop.is_set():
            with kernel.Map("array", 4, 4, 1), kernel.Map("array", 4, 4, 1):
                pass

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(30):
            names = [name for name, _ in getdents(view.at("map"), 500)]
            assert len(names) == len(set(names))
            assert ours <= set(names)
    finally:
        stop.set()
        thread.join()


def test_rewinding_looks_again(view):
    folder = Folder(view.at("prog"))
    first = folder.rest()
    with kernel.Prog() as prog:
        libc.rewinddir(folder.handle)
        assert str(prog.id) in [name for name, _ in folder.rest()]
        assert first
    folder.close()


# --- inodes ---


def test_inodes_are_unique(view, loaded):
    for name in ("net", "kinds"):
        loaded(name)
    seen = {}
    for folder, folders, files in os.walk(view.path):
        for name in folders + files:
            path = os.path.join(folder, name)
            try:
                ino = os.lstat(path).st_ino
            except FileNotFoundError:
                continue
            assert ino and ino not in seen, f"{path} and {seen.get(ino)} share inode {ino}"
            seen[ino] = path


def test_listings_tell_the_inode_of_stat(view, many):
    for folder in ("", "map", "map/by-name", f"map/{many[0].id}", "prog"):
        for name, ino in getdents(view.at(folder), 4096):
            if name == ".." and not folder:
                continue
            try:
                assert os.lstat(view.at(folder, name)).st_ino == ino, (folder, name)
            except FileNotFoundError:
                continue


def test_inodes_stay(view, many):
    paths = ["README", f"map/{many[0].id}", f"map/{many[0].id}/info", "map/by-name/many_7",
             "map/by-type/array", f"map/by-type/array/{many[3].id}", "prog"]
    before = {path: os.lstat(view.at(path)).st_ino for path in paths}
    with open("/proc/sys/vm/drop_caches", "w") as drop:
        drop.write("2")
    for path in reversed(paths):
        assert os.lstat(view.at(path)).st_ino == before[path], path


def test_hard_links_and_times_make_sense(view, many):
    for path in ("prog", "README", f"map/{many[0].id}/info"):
        stat = os.lstat(view.at(path))
        assert stat.st_nlink >= 1 and stat.st_mtime > 0
