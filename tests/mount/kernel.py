# SPDX-License-Identifier: GPL-2.0-or-later
"""The bpf(2) system call, raw: what the tests make and look at without any library between.

The layouts are those of union bpf_attr in <linux/bpf.h>.
"""
import ctypes
import errno
import os
import platform
import struct
import time

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
RELEASE = tuple(map(int, os.uname().release.split("-")[0].split(".")[:2]))
libc = ctypes.CDLL(None, use_errno=True)
# How many times slower than usual this machine may be: guests of scripts/vmtest are.
SLOWNESS = int(os.environ.get("BPFVIEW_SLOWNESS", "1"))
PATIENCE = 20 * SLOWNESS  # seconds

MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, MAP_DELETE, _, PROG_LOAD, OBJ_PIN, OBJ_GET = range(8)
(TEST_RUN, PROG_NEXT_ID, MAP_NEXT_ID, PROG_BY_ID, MAP_BY_ID) = range(10, 15)
BTF_LOAD, BTF_BY_ID = 18, 19
MAP_FREEZE, BTF_NEXT_ID, BATCH_LOOKUP = 22, 23, 24
BATCH_UPDATE, BATCH_DELETE, LINK_CREATE = 26, 27, 28
LINK_BY_ID, LINK_NEXT_ID = 30, 31

NEXT_ID = {"prog": PROG_NEXT_ID, "map": MAP_NEXT_ID, "btf": BTF_NEXT_ID, "link": LINK_NEXT_ID}
BY_ID = {"prog": PROG_BY_ID, "map": MAP_BY_ID, "btf": BTF_BY_ID, "link": LINK_BY_ID}

MAP_TYPES = (
    "unspec hash array prog_array perf_event_array percpu_hash percpu_array"
    " stack_trace cgroup_array lru_hash lru_percpu_hash lpm_trie array_of_maps"
    " hash_of_maps devmap sockmap cpumap xskmap sockhash cgroup_storage"
    " reuseport_sockarray percpu_cgroup_storage queue stack sk_storage devmap_hash"
    " struct_ops ringbuf inode_storage task_storage bloom_filter user_ringbuf"
    " cgrp_storage arena"
).split()
MAP_TYPE = {name: number for number, name in enumerate(MAP_TYPES)}
# What a descriptor of a BPF object links to in /proc/PID/fd.
BPF_FILES = ("anon_inode:bpf", "anon_inode:btf")
SOCKET_FILTER, XDP, SYSCALL = 1, 6, 31
NO_PREALLOC = 1
F_LINK = 1 << 13
NOEXIST = 1


def bpf(cmd, attr, size=None):
    """One call; `attr` is a writable ctypes buffer.  Raises OSError."""
    result = libc.syscall(SYS_BPF, cmd, attr, size or len(attr))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def attr_of(fmt, *values, size=160):
    packed = struct.pack("=" + fmt, *values)
    return ctypes.create_string_buffer(packed, max(size, len(packed)))


def address(data):
    return ctypes.addressof(data)


def buffer(data):
    """A buffer that the kernel may read or write; the caller keeps it alive during the call."""
    return ctypes.create_string_buffer(data, len(data)) if isinstance(data, bytes) else \
        ctypes.create_string_buffer(data)


class Fd:
    """A descriptor of a BPF object, closed at the end of a `with`."""

    def __init__(self, fd):
        self.fd = fd

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def id(self):
        return id_of(self.fd)


def object_of(fdinfo):
    """(kind, id) of the BPF object that an fdinfo file tells of, or None."""
    with open(fdinfo) as lines:
        for line in lines:
            key, _, value = line.partition(":")
            # a link's fdinfo names its program too, after itself
            if key in ("prog_id", "map_id", "link_id", "btf_id"):
                return key[:-3], int(value)
    return None


def id_of(fd):
    found = object_of(f"/proc/self/fdinfo/{fd}")
    assert found, f"descriptor {fd} is no BPF object"
    return found[1]


class Map(Fd):
    def __init__(self, kind, key_size, value_size, max_entries, flags=0, name="", inner=None,
                 btf=None, key_type=0, value_type=0, extra=0):
        self.key_size, self.value_size, self.type = key_size, value_size, kind
        super().__init__(bpf(MAP_CREATE, attr_of(
            "7I16s5IQ", MAP_TYPE[kind], key_size, value_size, max_entries, flags,
            inner.fd if inner else 0, 0, name.encode(), 0, btf.fd if btf else 0, key_type,
            value_type, 0, extra)))

    def update(self, key, value, flags=0):
        k, v = buffer(key), buffer(value)
        bpf(MAP_UPDATE, attr_of("IIQQQ", self.fd, 0, address(k), address(v), flags))

    def lookup(self, key, size=None):
        k, v = buffer(key), buffer(size or self.value_size)
        bpf(MAP_LOOKUP, attr_of("IIQQQ", self.fd, 0, address(k), address(v), 0))
        return v.raw

    def delete(self, key):
        k = buffer(key)
        bpf(MAP_DELETE, attr_of("IIQQQ", self.fd, 0, address(k), 0, 0))

    def push(self, value):
        v = buffer(value)
        bpf(MAP_UPDATE, attr_of("IIQQQ", self.fd, 0, 0, address(v), 0))

    def fill(self, keys, values, count):
        """Adds `count` entries that stand back to back in `keys` and `values`."""
        k, v = buffer(keys), buffer(values)
        bpf(BATCH_UPDATE, attr_of("4QIIQQ", 0, 0, address(k), address(v), count, self.fd, 0, 0))

    def freeze(self):
        bpf(MAP_FREEZE, attr_of("I", self.fd))


class FdMap(Map):
    """A map that somebody else made, by a descriptor of it."""

    def __init__(self, fd, key_size, value_size):
        Fd.__init__(self, fd)
        self.key_size, self.value_size = key_size, value_size


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("=BBhi", code, src << 4 | dst, off, imm)


EXIT_0 = insn(0xb7, 0) + insn(0x95)


class Prog(Fd):
    def __init__(self, insns=EXIT_0, kind=SOCKET_FILTER, name="", flags=0, attach=0,
                 ifindex=0):
        code, license_ = buffer(insns), buffer(b"GPL\0")
        self.log = buffer(65536)
        head = (kind, len(insns) // 8, address(code), address(license_))
        tail = (0, flags, name.encode(), ifindex, attach)
        try:
            super().__init__(bpf(PROG_LOAD, attr_of("IIQQIIQII16sII", *head, 0, 0, 0, *tail)))
        except OSError as err:
            try:
                bpf(PROG_LOAD, attr_of("IIQQIIQII16sII", *head, 1, len(self.log),
                                       address(self.log), *tail))
            except OSError:
                pass
            raise OSError(err.errno, f"{err.strerror}: {self.log.value.decode()}") from None


class Btf(Fd):
    def __init__(self, blob):
        data, log = buffer(blob), buffer(65536)
        try:
            super().__init__(bpf(BTF_LOAD, attr_of("QQIII", address(data), address(log), len(blob),
                                                   len(log), 1)))
        except OSError as err:
            raise OSError(err.errno, f"{err.strerror}: {log.value.decode()}") from None


def run(fd, data=b"\0" * 64):
    """BPF_PROG_TEST_RUN once, with a packet (none for syscall programs); the return value."""
    packet = buffer(data or b"\0")
    attr = attr_of("4IQQ", fd, 0, len(data), 0, address(packet) if data else 0, 0)
    bpf(TEST_RUN, attr)
    return struct.unpack_from("=I", attr, 4)[0]


def run_tracepoint(fd, *args, cpu=None):
    """Runs a raw tracepoint program once with arguments, on a CPU; the return value, signed."""
    ctx = buffer(struct.pack(f"={len(args)}Q", *(number % 2**64 for number in args)))
    attr = attr_of("4IQQ4IQQ3I", fd, 0, 0, 0, 0, 0, 0, 0, len(ctx), 0, address(ctx), 0,
                   cpu is not None, cpu or 0, 0)
    bpf(TEST_RUN, attr)
    return struct.unpack_from("=i", attr, 4)[0]


def pin(fd, path):
    name = buffer(os.fsencode(path) + b"\0")
    bpf(OBJ_PIN, attr_of("QII", address(name), fd, 0))


def raw_tracepoint(prog_fd, name):
    text = buffer(name.encode() + b"\0")
    return Fd(bpf(17, attr_of("QI", address(text), prog_fd)))


def link(prog_fd, target_fd, attach_type):
    return Fd(bpf(LINK_CREATE, attr_of("4I", prog_fd, target_fd, attach_type, 0)))


def ids(kind):
    """All ids of that kind, ascending."""
    found, last = [], 0
    while True:
        attr = attr_of("II", last, 0)
        try:
            bpf(NEXT_ID[kind], attr)
        except OSError as err:
            if err.errno == errno.ENOENT:
                return found
            raise
        last = struct.unpack_from("=I", attr, 4)[0]
        found.append(last)


def open_id(kind, number):
    return Fd(bpf(BY_ID[kind], attr_of("3I", number, 0, 0)))


def exists(kind, number):
    attr = attr_of("II", number - 1, 0)
    try:
        bpf(NEXT_ID[kind], attr)
    except OSError as err:
        if err.errno == errno.ENOENT:
            return False
        raise
    return struct.unpack_from("=I", attr, 4)[0] == number


def wait_until(condition, what="it"):
    """Polls; returns the first true answer."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE} s"
        time.sleep(0.002)


def possible_cpus():
    with open("/sys/devices/system/cpu/possible") as text:
        last = text.read().strip().split(",")[-1]
    return int(last.split("-")[-1]) + 1
