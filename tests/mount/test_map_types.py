# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps of every map type that can be made, of big maps, and of maps that change meanwhile."""
import contextlib
import ctypes
import json
import os
import socket
import threading

import pytest

import kernel
from kernel import Map
from test_dump import compare, keyed

U32 = kernel.struct.Struct("=I").pack
SILENT = {"queue", "stack", "bloom_filter", "ringbuf", "user_ringbuf", "sk_storage",
          "inode_storage", "arena"}


@contextlib.contextmanager
def cgroup():
    """A cgroup of version 2, as a descriptor."""
    with open("/proc/self/mountinfo") as table:
        mounts = [line.split() for line in table]
    root = next((m[4] for m in mounts if m[m.index("-") + 1] == "cgroup2"), None)
    if not root:
        pytest.skip("no cgroup2 is mounted")
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def perf_event():
    """A software event's descriptor."""
    attr = ctypes.create_string_buffer(kernel.struct.pack("=IIQQQ", 1, 128, 10, 0, 1 << 10), 128)
    number = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
    fd = kernel.libc.syscall(number, attr, -1, 0, -1, 0)
    assert fd >= 0, os.strerror(ctypes.get_errno())
    return fd


@contextlib.contextmanager
def connection():
    """A connected TCP socket."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()) as sock, server.accept()[0]:
            yield sock


def fill(stack, kind, made):
    """Puts an entry in, where user space can."""
    if kind in ("queue", "stack", "bloom_filter"):
        made.push(b"abcdefgh")
    elif kind == "prog_array":
        made.update(U32(1), U32(stack.enter_context(kernel.Prog()).fd))
    elif kind == "perf_event_array":
        fd = perf_event()
        stack.callback(os.close, fd)
        made.update(U32(0), U32(fd))
    elif kind == "cgroup_array":
        made.update(U32(1), U32(stack.enter_context(cgroup())))
    elif kind in ("devmap", "devmap_hash"):
        made.update(U32(1), U32(1))
    elif kind in ("sockmap", "sockhash"):
        sock = stack.enter_context(connection())
        made.update(U32(1), kernel.struct.pack("=Q", sock.fileno()))
    elif kind in ("array_of_maps", "hash_of_maps"):
        made.update(U32(1), U32(stack.enter_context(Map("array", 4, 4, 1)).fd))
    elif kind == "lpm_trie":
        made.update(U32(16) + b"\x0a\1\0\0", b"abcdefgh")
    elif "percpu" in kind and "cgroup" not in kind:
        made.update(U32(1), b"abcdefgh" * kernel.possible_cpus())
    elif kind in ("hash", "array", "lru_hash"):
        made.update(U32(1), b"abcdefgh")


# key size, value size, entries, flags where they are other than 4, 8, 4, 0
SIZES = {
    "prog_array": (4, 4, 4, 0), "perf_event_array": (4, 4, 4, 0), "stack_trace": (4, 64, 4, 0),
    "cgroup_array": (4, 4, 4, 0), "lpm_trie": (8, 8, 4, 1), "array_of_maps": (4, 4, 4, 0),
    "hash_of_maps": (4, 4, 4, 0), "devmap": (4, 4, 4, 0), "devmap_hash": (4, 4, 4, 0),
    "cpumap": (4, 4, 1, 0), "xskmap": (4, 4, 4, 0), "cgroup_storage": (16, 8, 0, 0),
    "percpu_cgroup_storage": (16, 8, 0, 0), "queue": (0, 8, 4, 0), "stack": (0, 8, 4, 0),
    "bloom_filter": (0, 8, 4, 0), "ringbuf": (0, 0, 4096, 0), "user_ringbuf": (0, 0, 4096, 0),
    "arena": (0, 0, 4, 1 << 10),
}
WITH_BTF = {"sk_storage": "k_sk_storage", "task_storage": "k_task_storage",
            "inode_storage": "k_inode_storage", "cgrp_storage": "k_cgrp_storage"}
MADE_ELSEWHERE = ("unspec", "struct_ops")


@pytest.mark.parametrize("kind", [k for k in kernel.MAP_TYPES if k not in MADE_ELSEWHERE])
def test_every_type(view, loaded, kind):
    with contextlib.ExitStack() as stack:
        if kind in WITH_BTF:
            held = loaded("kinds_new" if kind == "cgrp_storage" else "kinds")
            made = held.map(WITH_BTF[kind], 4, 16)
        else:
            inner = stack.enter_context(Map("array", 4, 4, 1)) if "of_maps" in kind else None
            try:
                made = stack.enter_context(Map(kind, *SIZES.get(kind, (4, 8, 4, 0)), inner=inner))
            except OSError as err:
                pytest.skip(f"this kernel: {os.strerror(err.errno)}")
            fill(stack, kind, made)
        facts = view.json("map", made.id, "info.json")
        assert facts["type"] == kind
        text = view.text("map", made.id, "dump")
        entries = view.json("map", made.id, "dump.json")
        if kind in SILENT:
            assert text.startswith("#") and text.count("\n") == 1 and len(text) > 30
            assert [list(entry) for entry in entries] == [["error"]] and entries[0]["error"]
            assert "dump.bin" not in view.list("map", made.id)
            assert not os.path.lexists(view.at("map", made.id, "dump.bin"))
        else:
            view.read("map", made.id, "dump.bin")
            lines = [line for line in text.splitlines() if not line.startswith("#")]
            assert len(lines) == len(entries)
            compare(view, made.id) if kind not in WITH_BTF else None


def test_what_waits_in_queues_stays_there(view):
    for kind in ("queue", "stack"):
        with Map(kind, 0, 8, 4) as made:
            made.push(b"first..." if kind == "queue" else b"second..")
            for name in ("dump", "dump.json", "info"):
                view.read("map", made.id, name)
            value = kernel.buffer(8)
            kernel.bpf(21, kernel.attr_of("IIQQQ", made.fd, 0, 0, kernel.address(value), 0))
            assert value.raw == (b"first..." if kind == "queue" else b"second..")


@pytest.fixture(scope="module")
def big():
    count = 100_000
    with Map("hash", 4, 8, count) as made:
        keys = b"".join(map(U32, range(count)))
        made.fill(keys, b"\1\0\0\0\0\0\0\0" * count, count)
        made.count = count
        yield made


def test_big_dump_is_whole(view, big):
    raw = view.read("map", big.id, "dump.bin")
    assert len(raw) == big.count * 12
    assert {raw[i:i + 4] for i in range(0, len(raw), 12)} == set(map(U32, range(big.count)))
    assert len(keyed(view.json("map", big.id, "dump.json"))) == big.count
    assert view.read("map", big.id, "dump").count(b"\n") == big.count


def test_big_dump_takes_little_memory(view, big):
    view.read("map", big.id, "info")
    before = view.resident()
    peak = 0
    with open(view.at("map", big.id, "dump.json"), "rb", buffering=0) as file:
        while file.read(1 << 17):
            peak = max(peak, view.resident())
    assert peak - before <= 8 * 1024


def test_reader_that_stops_half_way(view, big):
    held = view.bpf_fds()
    for size in (1, 4096, 300_000):
        with open(view.at("map", big.id, "dump"), "rb", buffering=0) as file:
            assert file.read(size)
    # the kernel tells of the close a moment after it has returned
    kernel.wait_until(lambda: ("map", big.id) not in view.bpf_fds() or ("map", big.id) in held,
                      what="closing the map")


def test_stream_read_in_odd_steps(view, big):
    whole = view.read("map", big.id, "dump")
    with open(view.at("map", big.id, "dump"), "rb", buffering=0) as file:
        pieces, size = [], 1
        while piece := file.read(size):
            pieces.append(piece)
            size = size * 3 % 70_001 + 1
        assert b"".join(pieces) == whole
        assert file.read(100) == b""


def test_stream_read_backwards(view, big):
    """Right bytes or a clear refusal, never wrong ones."""
    whole = view.read("map", big.id, "dump")
    fd = os.open(view.at("map", big.id, "dump"), os.O_RDONLY)
    try:
        for offset in (1_000_000, 0, 500_001, 12, 999_999, len(whole) - 5, 3):
            assert os.pread(fd, 1000, offset) == whole[offset:offset + 1000], offset
        assert os.pread(fd, 10, len(whole) + 10) == b""
    finally:
        os.close(fd)


def test_two_readers_of_one_stream(view, big):
    whole = view.read("map", big.id, "dump")
    results = []

    def read():
        results.append(view.read("map", big.id, "dump"))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [whole] * 4


CHURN = [("hash", 4, kernel.NO_PREALLOC), ("hash", 4, 0), ("percpu_hash", 4, 0),
         ("lpm_trie", 8, kernel.NO_PREALLOC)]


@pytest.mark.parametrize("kind,key_size,flags", CHURN, ids=lambda v: str(v))
def test_dump_under_churn(view, kind, key_size, flags):
    """While entries come and go: it ends, no key twice, and what was there all along is there."""
    head = U32(32) if key_size == 8 else b""
    stable, moving = range(2000), range(2000, 6000)

    def key(number):
        return head + number.to_bytes(4, "big" if head else "little")

    value = b"12345678" * (kernel.possible_cpus() if "percpu" in kind else 1)
    with Map(kind, key_size, 8, 8192, flags) as made:
        for number in stable:
            made.update(key(number), value)
        stop = threading.Event()

        def churn():
            while not stop.is_set():
                for number in moving:
                    made.update(key(number), value)
                for number in moving:
                    made.delete(key(number))

        thread = threading.Thread(target=churn)
        thread.start()
        try:
            wanted = {tuple(f"0x{byte:02x}" for byte in key(number)) for number in stable}
            for _ in range(8):
                entries = json.loads(view.read("map", made.id, "dump.json"))
                keys = [tuple(entry["key"]) for entry in entries if "key" in entry]
                assert len(keys) == len(set(keys)), "a key stands there twice"
                assert len(keys) <= len(stable) + len(moving)
                if not any("skipped" in entry or "error" in entry for entry in entries):
                    assert wanted <= set(keys), "an entry that was there all along is missing"
        finally:
            stop.set()
            thread.join()


def test_dump_of_a_map_that_goes_away(view):
    with Map("hash", 4, 8, 50_000) as made:
        count = 50_000
        made.fill(b"".join(map(U32, range(count))), b"x" * 8 * count, count)
        number = made.id
        file = open(view.at("map", number, "dump.bin"), "rb", buffering=0)
        first = file.read(1200)
    with file:
        rest = b"".join(iter(lambda: file.read(1 << 16), b""))
        assert len(first + rest) == 12 * count
    kernel.wait_until(lambda: not kernel.exists("map", number))
    with pytest.raises(FileNotFoundError):
        open(view.at("map", number, "dump.bin"), "rb")
